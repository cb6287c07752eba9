// Decides what is computed next. Candidate images are tried in the plan's order until enough are
// accepted; the cells of an accepted image follow at once, so that the first rows come early. Which images are
// used does not depend on the number of workers: candidates are accepted in order, however their predictions arrive.
import type { Prediction } from './computer.js';
import type { AnyCell } from './task.js';

export interface ScheduleOptions {
  /** Candidate images in the order in which they are tried. */
  readonly candidates: readonly number[];
  /** Images to use, at most. */
  readonly count: number;
  /** Whether a candidate with this prediction is used. */
  readonly accept: (image: number, prediction: Prediction) => boolean;
  /** The cells still to be computed of an accepted image. */
  readonly cells: (image: number) => readonly AnyCell[];
}

export type Next =
  | { readonly kind: 'predict'; readonly image: number }
  | { readonly kind: 'cell'; readonly cell: AnyCell; readonly label: number };

export class Schedule {
  private asked = 0;
  private judged = 0;
  private readonly predictions = new Map<number, Prediction>();
  private readonly queue: { cell: AnyCell; label: number }[] = [];
  private waiting: (() => void)[] = [];
  private closed = false;
  /** Images in use, in order. */
  readonly accepted: number[] = [];

  constructor(private readonly options: ScheduleOptions) {}

  /** Candidates whose prediction has been judged. */
  get tried(): number {
    return this.judged;
  }

  /** The next job, when there is one; waits while other workers' predictions may still bring some. */
  async next(): Promise<Next | undefined> {
    for (;;) {
      if (this.closed) return undefined;
      const ready = this.queue.shift();
      if (ready !== undefined) return { kind: 'cell', ...ready };
      const { candidates, count } = this.options;
      if (this.accepted.length >= count || this.judged === candidates.length) return undefined;
      const pending = this.asked - this.judged;
      if (this.asked < candidates.length && this.accepted.length + pending < count)
        return { kind: 'predict', image: candidates[this.asked++]! };
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Takes a candidate's prediction, and accepts candidates as far as predictions are known without a gap. */
  predicted(image: number, prediction: Prediction): void {
    this.predictions.set(image, prediction);
    const { candidates, count, accept, cells } = this.options;
    for (;;) {
      const candidate = candidates[this.judged];
      const known = candidate === undefined ? undefined : this.predictions.get(candidate);
      if (candidate === undefined || known === undefined) break;
      this.judged++;
      if (this.accepted.length < count && accept(candidate, known)) {
        this.accepted.push(candidate);
        for (const cell of cells(candidate)) this.queue.push({ cell, label: known.label });
      }
    }
    this.wake();
  }

  /** Gives out nothing more. */
  close(): void {
    this.closed = true;
    this.wake();
  }

  private wake(): void {
    const woken = this.waiting;
    this.waiting = [];
    for (const resume of woken) resume();
  }
}
