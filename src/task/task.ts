// The contract between a kind of experiment and the program that runs it, on the side of the parent process, which
// alone writes files. A task is a folder of src/tasks; the program knows it by the lists there.
import type { Form, Origin } from '../config/file.js';
import type { ResolvedModel } from '../config/model.js';
import type { CommonConfig, DataConfig, Given } from '../config/subject.js';
import type { Dataset } from '../data/dataset.js';
import type { AnyConfig, Versions } from '../record/identity.js';
import type { Facts, Input } from '../record/run-record.js';
import type { Table } from '../record/table.js';
import type { Prediction } from '../subject/images.js';
import type { Subject } from '../subject/subject.js';

/** A config of an experiment with every default filled in. */
export interface TaskConfig extends CommonConfig, AnyConfig {
  readonly name: string;
  readonly seed: number;
  readonly model: CommonConfig['model'];
  /** The images of a task that is on some. */
  readonly data?: DataConfig;
  readonly output: string;
}

export interface AnyRow {
  readonly status: string;
}

/** What a cell gives. */
export interface Found<R extends AnyRow = AnyRow> {
  readonly rows: readonly R[];
  /** Why the cell could not be computed; there are no rows then. */
  readonly failure?: string;
}

/** A cell: one piece of work of a unit, computed by one worker. Its rows are written together. */
export interface Planned<C = unknown, R extends AnyRow = AnyRow> {
  /** What the worker is told. */
  readonly cell: C;
  /** What identifies the cell among the rows. */
  readonly key: string;
  /** Cells of one group run the same programs, and may run together. */
  readonly group: string;
  /** What estimates call the cells of its group. */
  readonly title: string;
  /** The measure of work that progress and time left are given in. */
  readonly steps: number;
  /** How many rows the cell gives. */
  readonly rows: number;
  /** The rows of the cell where it could not be computed. */
  failed(): R[];
}

/** What of a planned cell its rows tell. */
export type CellOfRow = Pick<Planned, 'key' | 'steps' | 'rows'>;

/** Images that are first screened: each is predicted, and used where its prediction is accepted, until there are enough. */
export interface Screened {
  readonly kind: 'images';
  /** The data set, and what the config calls it. */
  readonly dataset: Dataset;
  readonly name: string;
  /** Places in the data set, in the order in which images are tried. */
  readonly candidates: readonly number[];
  /** Images to use, at most. */
  readonly count: number;
  /** Whether some images may be refused. */
  readonly screens: boolean;
  /** Images asked for. */
  readonly asked: number | 'max';
  accept(image: number, prediction: Prediction): boolean;
}

/** Units that are all used: as many as said, numbered from 0. */
export interface Listed {
  readonly kind: 'list';
  readonly count: number;
}

export type Units = Screened | Listed;

/** All workers of a run, as far as a task may use them before the first cell. */
export interface Crew {
  readonly engine: { readonly name: string; readonly version: string; readonly device: string };
  /** Images that run together. */
  readonly batch: number;
  /** Has the workers compute parts of what is shared, by `part` of their computers; results in the order of the parts. */
  parts(parts: readonly unknown[], what: string): Promise<unknown[]>;
}

/** What a preparation gives. */
export interface Prepared {
  /** Given to every worker before the first cell, by `share` of its computer. */
  readonly shared: unknown;
  /** What run.json tells of it. */
  readonly facts: Facts;
}

/** A config of a task with all that it needs, opened and checked. */
export interface Experiment<R extends AnyRow = AnyRow, C = unknown, F extends Found<R> = Found<R>> {
  readonly units: Units;
  /** Files and folders that its rows depend on, beside the weights and the data set. */
  readonly inputs: readonly Input[];
  /**
   * The cells of a unit, in the order in which they are computed and finally written.
   * @param prediction of a screened image; of a listed unit undefined
   */
  plan(unit: number, prediction: Prediction | undefined): readonly Planned<C, R>[];
  /** The cell that a row is of. */
  cellOf(row: R): CellOfRow;
  /** Computes what all cells share, before the first. */
  prepare?(crew: Crew): Promise<Prepared>;
  /** Called before the first cell, with the keys of the cells that are there. */
  begin?(done: ReadonlySet<string>): Promise<void>;
  /** Keeps what a cell gives beside its rows; `place` is its unit's among those in use. */
  keep?(found: F, place: number): Promise<void>;
  /** Called with all rows in order; gives a table to print. */
  finish(rows: readonly R[]): Promise<readonly (readonly string[])[]>;
}

export interface Task<
  Config extends TaskConfig = TaskConfig,
  R extends AnyRow = AnyRow,
  C = unknown,
  F extends Found<R> = Found<R>,
> {
  /** What a config calls it. */
  readonly name: string;
  /** Raised when its own logic changes what rows hold. */
  readonly version: number;
  readonly form: Form;
  /**
   * Fills in every default of a config whose fields fit the form.
   * Throws a UserError for the first mistake.
   */
  resolve(given: Given, model: ResolvedModel, origin: Origin): Config;
  /** The versions of what a config uses, by what they are of. */
  versions(config: Config): Versions;
  /** The table of its rows, and the table's file. */
  readonly file: string;
  readonly table: Table<R>;
  /** Files and folders that it leaves beside run.json. */
  readonly leaves: readonly string[];
  /**
   * Opens what a config needs.
   * Throws a UserError where something is missing or does not fit.
   */
  open(config: Config, subject: Subject): Promise<Experiment<R, C, F>>;
}
