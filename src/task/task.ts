// The contract of a task with the program, on the side of the parent process, which alone writes files. A task is a
// folder of src/tasks; the program knows it by the lists there.
import type { Form, Origin } from '../config/file.js';
import type { ResolvedModel } from '../config/model.js';
import type { CommonConfig, DataConfig, Given } from '../config/subject.js';
import type { Dataset } from '../data/dataset.js';
import type { Network } from '../model/index.js';
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
  /** The images, for tasks on images. */
  readonly data?: DataConfig;
  readonly output: string;
}

export interface AnyRow {
  readonly status: string;
}

/** The result of a cell. */
export interface Found<R extends AnyRow = AnyRow> {
  readonly rows: readonly R[];
  /** Rows of the table of traces, for experiments that have one. */
  readonly trace?: readonly object[];
  /** Why the cell could not be computed; there are no rows then. */
  readonly failure?: string;
}

/** A further table, of rows that belong to the cells of the first. */
export interface Trace {
  readonly file: string;
  readonly table: Table<object>;
  /** The key of a row's cell. */
  key(row: object): string;
}

/** A cell: one piece of work of a unit, computed by one worker. Its rows are written together. */
export interface Planned<C = unknown, R extends AnyRow = AnyRow> {
  /** The cell, as it is sent to a worker. */
  readonly cell: C;
  /** The key of the cell, by which its rows are found. */
  readonly key: string;
  /** Cells of one group run the same programs, and may form a batch. */
  readonly group: string;
  /** The name of its group in estimates. */
  readonly title: string;
  /** Steps of the cell: progress and the time left are counted in steps. */
  readonly steps: number;
  /** How many rows the cell has. */
  readonly rows: number;
  /** Indices of the images that its rows depend on; absent: that of its unit alone. */
  readonly images?: readonly number[];
  /** The rows of the cell if it could not be computed. */
  failed(): R[];
}

/** The properties of a planned cell that follow from its rows. */
export type CellOfRow = Pick<Planned, 'key' | 'steps' | 'rows'>;

/** Images that are screened: each is predicted, and used if its prediction is accepted, until there are enough. */
export interface Screened {
  readonly kind: 'images';
  /** The data set, and its name in the config. */
  readonly dataset: Dataset;
  readonly name: string;
  /** Indices of images in the data set, in the order in which they are tried. */
  readonly candidates: readonly number[];
  /** Largest number of images to use. */
  readonly count: number;
  /** Whether images may be refused. */
  readonly screens: boolean;
  /** Number of images that the config asks for. */
  readonly asked: number | 'max';
  accept(image: number, prediction: Prediction): boolean;
}

/** Units that are all used, numbered from 0. */
export interface Listed {
  readonly kind: 'list';
  readonly count: number;
}

export type Units = Screened | Listed;

/** The workers of a run, for the preparation of a task. */
export interface Crew {
  readonly engine: { readonly name: string; readonly version: string; readonly device: string };
  /** How many images form a batch. */
  readonly batch: number;
  /**
   * Computes the parts of a preparation in the workers, by `part` of their computers. Results are in the order of the
   * parts.
   */
  parts(parts: readonly unknown[], what: string): Promise<unknown[]>;
}

/** The result of a preparation. */
export interface Prepared {
  /** Given to every worker before the first cell, by `share` of its computer. */
  readonly shared: unknown;
  /** Facts about it, for run.json. */
  readonly facts: Facts;
}

/** A config of a task with its units and inputs, opened and checked. */
export interface Experiment<R extends AnyRow = AnyRow, C = unknown, F extends Found<R> = Found<R>> {
  readonly units: Units;
  /** Files and folders that its rows depend on, beside the weights and the data set. */
  readonly inputs: readonly Input[];
  /**
   * The cells of a unit, in the order in which they are computed and finally written.
   * @param prediction of a screened image; of a listed unit undefined
   */
  plan(unit: number, prediction: Prediction | undefined): readonly Planned<C, R>[];
  /** The cell of a row. */
  cellOf(row: R): CellOfRow;
  /** The preparation: computes data that all cells share, before the first cell. */
  prepare?(crew: Crew): Promise<Prepared>;
  /** The table of traces, where the config asks for one. */
  readonly trace?: Trace | undefined;
  /** Writes the result of a cell beside its rows; `place` is the position of its unit among the units in use. */
  keep?(found: F, place: number): Promise<void>;
  /** Called with all rows in order; returns a table to print. */
  finish(rows: readonly R[]): Promise<readonly (readonly string[])[]>;
}

export interface Task<
  Config extends TaskConfig = TaskConfig,
  R extends AnyRow = AnyRow,
  C = unknown,
  F extends Found<R> = Found<R>,
> {
  /** Its name in configs. */
  readonly name: string;
  /** Raised when a change of its own logic changes rows. */
  readonly version: number;
  readonly form: Form;
  /**
   * Fills in every default of a config whose fields fit the form.
   * Throws a UserError for the first mistake.
   */
  resolve(given: Given, model: ResolvedModel, origin: Origin): Config;
  /** The versions of the components that a config uses on its network. */
  versions(config: Config, network: Network): Versions;
  /** The table of its rows, and the table's file. */
  readonly file: string;
  readonly table: Table<R>;
  /** Files and folders that it leaves beside run.json. */
  readonly leaves: readonly string[];
  /**
   * Opens the inputs of a config.
   * Throws a UserError if an input is missing or does not fit.
   */
  open(config: Config, subject: Subject): Promise<Experiment<R, C, F>>;
}
