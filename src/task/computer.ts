// What a worker does with an image: the computing side of a task.
import type { Dataset } from '../data/dataset.js';
import type { Engine } from '../engine/engine.js';
import type { Method } from '../explain/index.js';
import type { BoundNetwork } from '../model/index.js';
import { Angles } from '../tasks/angles/computer.js';
import { Cells } from '../tasks/attack/computer.js';
import type { Config } from '../tasks/attack/config.js';
import { Influences } from '../tasks/influence/computer.js';
import type { Head } from '../tasks/influence/head.js';
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
  /** Features [d] of an image, of tasks that fit a head to some. */
  features?(image: number): Promise<Float32Array>;
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
 * @param head that of an influence experiment, once it is fitted
 */
export function computerOf(
  config: Config,
  network: BoundNetwork,
  dataset: Dataset,
  engine: Engine,
  methods: readonly Method[],
  head: Head | undefined,
): Computer {
  const computer = () => {
    switch (config.task) {
      case 'attack':
        return new Cells(config, network, dataset, engine, methods);
      case 'angles':
        return new Angles(config, network, dataset, engine);
      case 'influence':
        return new Influences(config, network, dataset, engine, head);
    }
  };
  // a worker is given only cells of its own config
  return computer() as unknown as Computer;
}
