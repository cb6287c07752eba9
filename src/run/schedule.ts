// Decides what is computed next. Candidate images are tried in the plan's order until enough are
// accepted; the cells of an accepted image follow at once, so that the first rows come early, in batches of one
// group of cells. Which images are used does not depend on the number of workers or the size of batches:
// candidates are accepted in order, however their predictions arrive.
import type { Prediction } from '../task/computer.js';
import type { AnyCell } from '../task/task.js';
import type { LabelledCell } from './messages.js';

export interface ScheduleOptions {
  /** Candidate images in the order in which they are tried. */
  readonly candidates: readonly number[];
  /** Images to use, at most. */
  readonly count: number;
  /** Images that run together. */
  readonly batch: number;
  /** Whether a candidate with this prediction is used. */
  readonly accept: (image: number, prediction: Prediction) => boolean;
  /** The cells still to be computed of an accepted image. */
  readonly cells: (image: number) => readonly AnyCell[];
  /** Cells of one group can run together. */
  readonly group: (cell: AnyCell) => string;
}

export type Next =
  | { readonly kind: 'predict'; readonly images: readonly number[] }
  | { readonly kind: 'cells'; readonly cells: readonly LabelledCell[] };

export class Schedule {
  private asked = 0;
  private judged = 0;
  private readonly predictions = new Map<number, Prediction>();
  /** Cells to be computed by group, groups in the order in which they came. */
  private readonly queue = new Map<string, LabelledCell[]>();
  private waiting: (() => void)[] = [];
  private closed = false;
  /** Images in use, in order. */
  readonly accepted: number[] = [];

  constructor(private readonly options: ScheduleOptions) {}

  /** Candidates whose prediction has been judged. */
  get tried(): number {
    return this.judged;
  }

  /** The images whose predictions will be asked for next, if they are needed. */
  upcoming(): readonly number[] {
    const { candidates, count, batch } = this.options;
    return this.accepted.length >= count ? [] : candidates.slice(this.asked, this.asked + batch);
  }

  /** The next job, when there is one; waits while other workers' predictions may still bring some. */
  async next(): Promise<Next | undefined> {
    for (;;) {
      if (this.closed) return undefined;
      const { candidates, count, batch } = this.options;
      const full = [...this.queue].find(([, cells]) => cells.length >= batch);
      if (full !== undefined) return this.taken(full);
      const pending = this.asked - this.judged;
      const wanted = Math.min(
        batch,
        candidates.length - this.asked,
        count - this.accepted.length - pending,
      );
      if (wanted > 0) {
        const images = candidates.slice(this.asked, this.asked + wanted);
        this.asked += wanted;
        return { kind: 'predict', images };
      }
      // predictions under way may still fill a batch, unless there are images enough
      if (pending === 0 || this.accepted.length >= count) {
        const [rest] = this.queue;
        return rest === undefined ? undefined : this.taken(rest);
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Takes a batch from a group of the queue. */
  private taken([group, cells]: readonly [string, LabelledCell[]]): Next {
    const { batch } = this.options;
    const rest = cells.slice(batch);
    if (rest.length === 0) this.queue.delete(group);
    else this.queue.set(group, rest);
    return { kind: 'cells', cells: cells.slice(0, batch) };
  }

  /** Takes a candidate's prediction, and accepts candidates as far as predictions are known without a gap. */
  predicted(image: number, prediction: Prediction): void {
    this.predictions.set(image, prediction);
    const { candidates, count, accept, cells, group } = this.options;
    for (;;) {
      const candidate = candidates[this.judged];
      const known = candidate === undefined ? undefined : this.predictions.get(candidate);
      if (candidate === undefined || known === undefined) break;
      this.judged++;
      if (this.accepted.length < count && accept(candidate, known)) {
        this.accepted.push(candidate);
        for (const cell of cells(candidate)) {
          const queued = this.queue.get(group(cell));
          const one = { cell, label: known.label };
          if (queued === undefined) this.queue.set(group(cell), [one]);
          else queued.push(one);
        }
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
