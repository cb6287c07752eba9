// Decides the next job of a worker. Candidate images are tried in their order until enough are accepted. The cells of a
// unit are queued as soon as it is used, so that the first rows come early; a batch has cells of one group. The number
// of workers and the batch do not change which images are used: candidates are accepted in order, whatever the order in
// which their predictions arrive.
import type { Prediction } from '../subject/images.js';
import type { Planned } from '../task/task.js';

export interface ScheduleOptions {
  /** Units in the order in which they are tried. */
  readonly candidates: readonly number[];
  /** Largest number of units to use. */
  readonly count: number;
  /** How many predictions, or cells of one group, form a batch. */
  readonly batch: number;
  /**
   * Whether a candidate with this prediction, or none because it cannot be read, is used; absent: all candidates are
   * used, without a prediction.
   */
  readonly accept?: ((unit: number, prediction: Prediction | undefined) => boolean) | undefined;
  /** The cells of a unit that are still to be computed. */
  readonly cells: (unit: number, prediction: Prediction | undefined) => readonly Planned[];
}

/** A planned cell, and its unit. */
export type Queued = Planned & { readonly unit: number };

export type Next =
  | { readonly kind: 'predict'; readonly images: readonly number[] }
  | { readonly kind: 'cells'; readonly cells: readonly Queued[] };

export class Schedule {
  private asked = 0;
  private judged = 0;
  private readonly predictions = new Map<number, Prediction | undefined>();
  /** Cells to be computed, by group; groups in the order in which they were queued. */
  private readonly queue = new Map<string, Queued[]>();
  private waiting: (() => void)[] = [];
  private closed = false;
  /** Units in use, in order. */
  readonly used: number[] = [];

  constructor(private readonly options: ScheduleOptions) {
    if (options.accept !== undefined) return;
    for (const unit of options.candidates.slice(0, options.count)) {
      this.used.push(unit);
      this.enqueue(unit, undefined);
    }
    this.asked = this.used.length;
    this.judged = this.used.length;
  }

  /** The number of candidates that were accepted or refused. */
  get tried(): number {
    return this.judged;
  }

  /** The number of those that cannot be read. */
  get unreadable(): number {
    const { candidates } = this.options;
    return candidates.slice(0, this.judged).filter((unit) => this.isUnreadable(unit)).length;
  }

  /** Whether a unit is an image that cannot be read. */
  isUnreadable(unit: number): boolean {
    return this.predictions.has(unit) && this.predictions.get(unit) === undefined;
  }

  /** The prediction of a unit in use; undefined for units without one. */
  predictionOf(unit: number): Prediction | undefined {
    return this.predictions.get(unit);
  }

  /** The images whose predictions will be asked for next, if they are needed. */
  upcoming(): readonly number[] {
    const { candidates, count, batch } = this.options;
    return this.used.length >= count ? [] : candidates.slice(this.asked, this.asked + batch);
  }

  /** The next job; undefined if none is left. It waits while predictions of other workers may still bring jobs. */
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
        count - this.used.length - pending,
      );
      if (wanted > 0) {
        const images = candidates.slice(this.asked, this.asked + wanted);
        this.asked += wanted;
        return { kind: 'predict', images };
      }
      // predictions under way may still fill a batch, unless there are images enough
      if (pending === 0 || this.used.length >= count) {
        const [rest] = this.queue;
        return rest === undefined ? undefined : this.taken(rest);
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  /** Takes a batch from a group of the queue. */
  private taken([group, cells]: readonly [string, Queued[]]): Next {
    const { batch } = this.options;
    const rest = cells.slice(batch);
    if (rest.length === 0) this.queue.delete(group);
    else this.queue.set(group, rest);
    return { kind: 'cells', cells: cells.slice(0, batch) };
  }

  /** Queues the cells of a unit in use. */
  private enqueue(unit: number, prediction: Prediction | undefined): void {
    for (const cell of this.options.cells(unit, prediction)) {
      const queued = this.queue.get(cell.group);
      if (queued === undefined) this.queue.set(cell.group, [{ ...cell, unit }]);
      else queued.push({ ...cell, unit });
    }
  }

  /**
   * Takes a candidate's prediction; undefined for an image that cannot be read, which has no cells. Judges candidates in
   * order, up to the first one that has not been predicted.
   */
  predicted(image: number, prediction: Prediction | undefined): void {
    this.predictions.set(image, prediction);
    const { candidates, count, accept } = this.options;
    for (;;) {
      const candidate = candidates[this.judged];
      if (candidate === undefined || !this.predictions.has(candidate)) break;
      const known = this.predictions.get(candidate);
      this.judged++;
      if (this.used.length >= count || !accept!(candidate, known)) continue;
      this.used.push(candidate);
      if (known !== undefined) this.enqueue(candidate, known);
    }
    this.wake();
  }

  /** Whether the schedule was ended. */
  get ended(): boolean {
    return this.closed;
  }

  /** Ends the schedule: there are no further jobs. */
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
