// What a worker does with an image: the computing side of a task.
import type { Dataset } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import type { Method } from '../explain/index.js';
import type { BoundNetwork } from '../model/index.js';
import { Angles } from './angles.js';
import { Cells } from './cells.js';
import type { Config } from './config.js';
import type { AnyCell, AnyRow, Found } from './task.js';

export interface Prediction {
  readonly label: number;
  /** The classes of the five largest scores, largest first; of equals the lower class. */
  readonly top5: readonly number[];
}

/** What one step of a cell costs. */
export interface Probe {
  /** Of one image, with as many together as a run has. */
  readonly seconds: number;
  /** Most memory the process has held so far. */
  readonly peakBytes: number;
}

export interface Computer<C extends AnyCell = AnyCell, F extends Found<AnyRow> = Found<AnyRow>> {
  /** Compiles, one after another, all programs that its cells will need, as the engine then shows. */
  prepare(): Promise<void>;
  /** Begins to read images that will be needed. */
  ahead(images: readonly number[]): void;
  /** The network's class of an image. */
  predict(image: number): Promise<Prediction>;
  /**
   * Computes a cell. Cells of one group may be computed at the same time.
   * @param label the class the network gives the clean image
   * @param onStep called after every step of a cell that has several
   */
  run(cell: C, label: number, onStep: () => void): Promise<F>;
  /** Times a step of a cell, after one to warm up. */
  probe(cell: C): Promise<Probe>;
}

/**
 * The computer of a config.
 * @param methods those of an attack
 */
export function computerOf(
  config: Config,
  network: BoundNetwork,
  dataset: Dataset,
  engine: Engine,
  methods: readonly Method[],
): Computer {
  const computer =
    config.task === 'attack'
      ? new Cells(config, network, dataset, engine, methods)
      : new Angles(config, network, dataset, engine);
  // a worker is given only cells of its own config
  return computer as unknown as Computer;
}
