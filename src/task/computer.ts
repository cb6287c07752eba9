// The contract of a task with the program, on the side of a worker process, which computes the cells.
import type { Engine } from '../engine/engine.js';
import type { Prediction } from '../subject/images.js';
import type { Subject } from '../subject/subject.js';
import type { AnyRow, Found, TaskConfig } from './task.js';

/** The cost of one step of a cell. */
export interface Probe {
  /** Of one unit: its share of the time of a batch. */
  readonly seconds: number;
  /** Largest memory of the process so far. */
  readonly peakBytes: number;
}

export interface Computer<C = unknown, F extends Found<AnyRow> = Found<AnyRow>> {
  /**
   * Compiles, one after another, all programs that its cells will need, so that the engine can measure their memory.
   */
  compile(): Promise<void>;
  /** Begins to read images that will be needed. */
  ahead?(images: readonly number[]): void;
  /** The network's prediction for an image; only tasks that screen images have it. */
  predict?(image: number): Promise<Prediction>;
  /** Computes a part of the preparation; only tasks with a preparation have it. */
  part?(part: unknown): Promise<unknown>;
  /** Takes the result of the preparation, before the first cell. */
  share?(shared: unknown): void;
  /**
   * Computes a cell. Cells of one group may be computed at the same time.
   * @param onStep called after every step of a cell with several steps
   */
  run(cell: C, onStep: () => void): Promise<F>;
  /** Times a step of a cell, after one step to warm up. */
  probe(cell: C): Promise<Probe>;
}

/** Makes computers on an engine. */
export type ComputerOn = (engine: Engine) => Computer;

/** Opens the inputs of a config for computing. It is called only with configs of its own task. */
export type OpenComputer = {
  of(config: TaskConfig, subject: Subject): Promise<ComputerOn>;
}['of'];

/** The largest memory of this process so far, in bytes. */
export const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;
