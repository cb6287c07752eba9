// The contract between a kind of experiment and the program that runs it, on the side of a worker, which computes.
import type { Engine } from '../engine/engine.js';
import type { Prediction } from '../subject/images.js';
import type { Subject } from '../subject/subject.js';
import type { AnyRow, Found, TaskConfig } from './task.js';

/** What one step of a cell costs. */
export interface Probe {
  /** Of one unit, with as many together as a run has. */
  readonly seconds: number;
  /** Most memory the process has held so far. */
  readonly peakBytes: number;
}

export interface Computer<C = unknown, F extends Found<AnyRow> = Found<AnyRow>> {
  /** Compiles, one after another, all programs that its cells will need, so that the engine can say what they hold. */
  compile(): Promise<void>;
  /** Begins to read images that will be needed. */
  ahead?(images: readonly number[]): void;
  /** What the network says of an image; of tasks that screen images. */
  predict?(image: number): Promise<Prediction>;
  /** A part of what all cells share; of tasks that prepare something. */
  part?(part: unknown): Promise<unknown>;
  /** Takes what was prepared, before the first cell. */
  share?(shared: unknown): void;
  /**
   * Computes a cell. Cells of one group may be computed at the same time.
   * @param onStep called after every step of a cell that has several
   */
  run(cell: C, onStep: () => void): Promise<F>;
  /** Times a step of a cell, after one to warm up. */
  probe(cell: C): Promise<Probe>;
}

/** Makes computers on an engine. */
export type ComputerOn = (engine: Engine) => Computer;

/** Opens what a config needs to be computed. It is given only configs of its own task. */
export type OpenComputer = {
  of(config: TaskConfig, subject: Subject): Promise<ComputerOn>;
}['of'];

/** The most memory that this process has held. */
export const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;
