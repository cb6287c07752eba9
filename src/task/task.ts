// What a run needs to know of the kind of experiment it runs: the work there is for an image, the table its
// rows go to, and what is made of them at the end. A run itself knows only images, cells and rows.
import type { ImageEntry } from '../data/dataset.js';
import type { Network } from '../model/index.js';
import type { Table } from '../record/table.js';
import { AnglesTask } from '../tasks/angles/task.js';
import type { Config } from '../tasks/attack/config.js';
import { AttackTask } from '../tasks/attack/task.js';
import { InfluenceTask } from '../tasks/influence/task.js';
import type { TrainingSet } from '../tasks/influence/training-set.js';

/** One unit of work on an image; the image is its place in the data set. */
export interface AnyCell {
  readonly image: number;
}

export interface AnyRow {
  readonly image: string;
  readonly status: string;
}

/** What a cell gives. */
export interface Found<R extends AnyRow> {
  readonly rows: R[];
  /** Why the cell could not be computed; there are no rows then. */
  readonly failure?: string;
}

export interface Sort<C> {
  readonly label: string;
  readonly example: C;
  readonly cells: number;
  readonly rows: number;
}

export interface Task<C extends AnyCell = AnyCell, R extends AnyRow = AnyRow> {
  /** The file its rows go to. */
  readonly file: string;
  readonly table: Table<R>;
  /** The cells of an image, in the order in which they are computed and finally written. */
  cells(image: number): readonly C[];
  /** Cells of one group run the same programs. */
  group(cell: C): string;
  /** What identifies a cell, and the cell of a row. */
  keyOf(cell: C, imageId: string): string;
  key(row: R): string;
  rowsPerCell(row: R): number;
  /** The measure of work that progress and time left are given in. */
  steps(cell: C): number;
  stepsOfRow(row: R): number;
  /** The rows of a cell that could not be computed. */
  failed(cell: C, entry: ImageEntry, label: number): R[];
  /** Called before anything is computed, with the keys of what is there. */
  begin(done: ReadonlySet<string>): Promise<void>;
  /** Keeps what a cell gives beside its rows; `place` is the image's among those in use. */
  keep(found: Found<R>, place: number): Promise<void>;
  /** Called with all rows; gives a table to print. */
  finish(rows: readonly R[]): Promise<readonly (readonly string[])[]>;
  /** For an estimate: a cell of each sort to be timed, how many of the sort an image has, and their rows. */
  sorts(): readonly Sort<C>[];
}

/**
 * The task of a config.
 * @param training the images that the head of an influence experiment is fitted to
 */
export function taskOf(config: Config, network: Network, training: TrainingSet | undefined): Task {
  const task = () => {
    switch (config.task) {
      case 'attack':
        return new AttackTask(config, network);
      case 'angles':
        return new AnglesTask(config);
      case 'influence':
        return new InfluenceTask(config, network, training!);
    }
  };
  // a run gives back to a task only what came from it
  return task() as unknown as Task;
}
