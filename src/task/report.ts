// The contract between a kind of experiment and reports: how the tables in a folder are read, which runs are shown
// together, and the figures, tables, facts and pictures of them.
import type { Figure } from '../drawing/figure.js';
import type { Gallery } from '../drawing/gallery.js';
import type { TextTable } from '../drawing/text-tables.js';
import type { Fact } from '../drawing/words.js';
import type { RunRecord } from '../record/run-record.js';

/** A folder that a run left. */
export interface RunFolder<Rows = unknown> {
  readonly folder: string;
  readonly record: RunRecord;
  readonly rows: Rows;
}

/** What a section shows. */
export interface Shown {
  readonly figures: readonly Figure[];
  readonly tables: readonly TextTable[];
}

export interface TaskReport<Rows = unknown> {
  /** What a config calls the task. */
  readonly task: string;
  /** The table in a folder by which a run is known. */
  readonly file: string;
  /** What runs of it do to a network, such as `training of`. */
  readonly doing: string;
  /**
   * Reads the tables of a folder; undefined where they have no rows yet.
   * @param text of the table `file`
   * Throws a UserError for a table that is not the task's.
   */
  read(folder: string, record: RunRecord, text: string): Promise<Rows | undefined>;
  /** Whether two runs are shown together; absent: each run stands alone. */
  together?(a: RunFolder<Rows>, b: RunFolder<Rows>): boolean;
  /**
   * The figures and tables of runs that are shown together.
   * @param name the beginning of the figures' names
   */
  show(name: string, runs: readonly RunFolder<Rows>[]): Shown;
  /** What else was run, in words, in a line behind the network and the data. */
  gist?(runs: readonly RunFolder<Rows>[]): string;
  /** Fields of a record's config that no row depends on, beside those of all tasks. */
  free?(record: RunRecord): readonly string[];
  /** Facts about a run that only this task has. */
  facts?(record: RunRecord): readonly Fact[];
  /**
   * The pictures of a run; undefined where it kept none.
   * @param data the data root, which holds the names of ImageNet's classes
   */
  gallery?(run: RunFolder<Rows>, data: string | undefined): Promise<Gallery | undefined>;
}
