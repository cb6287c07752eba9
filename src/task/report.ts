// The contract of a task with reports: how the tables of a folder are read, which runs are shown together, and their
// figures, tables, facts and pictures.
import type { Figure } from '../drawing/figure.js';
import type { Gallery } from '../drawing/gallery.js';
import type { TextTable } from '../drawing/text-tables.js';
import type { Fact } from '../drawing/words.js';
import type { RunRecord } from '../record/run-record.js';

/** The output folder of a run, read. */
export interface RunFolder<Rows = unknown> {
  readonly folder: string;
  readonly record: RunRecord;
  readonly rows: Rows;
}

/** The figures and tables of a section. */
export interface Shown {
  readonly figures: readonly Figure[];
  readonly tables: readonly TextTable[];
}

export interface TaskReport<Rows = unknown> {
  /** The task's name in configs. */
  readonly task: string;
  /** The file of the task's table in the folder of a run. */
  readonly file: string;
  /** The words before the network's name in the line about a run, such as `training of`. */
  readonly doing: string;
  /**
   * Reads the tables of a folder, finished or not; undefined if they have no rows yet.
   * Throws a UserError for a table that is not the task's.
   */
  read(folder: string, record: RunRecord): Promise<Rows | undefined>;
  /** Whether two runs are shown together; absent: each run stands alone. */
  together?(a: RunFolder<Rows>, b: RunFolder<Rows>): boolean;
  /**
   * The figures and tables of runs that are shown together.
   * @param name the beginning of the figures' names
   */
  show(name: string, runs: readonly RunFolder<Rows>[]): Shown;
  /** Further words of the line about a run, behind the network and the data set. */
  gist?(runs: readonly RunFolder<Rows>[]): string;
  /** Fields of a record's config that no row depends on, beside those of all tasks. */
  free?(record: RunRecord): readonly string[];
  /** Facts about a run that only this task has. */
  facts?(record: RunRecord): readonly Fact[];
  /**
   * The pictures of a run; undefined if it kept none.
   * @param data the data root, which holds the names of ImageNet's classes
   */
  gallery?(run: RunFolder<Rows>, data: string | undefined): Promise<Gallery | undefined>;
}
