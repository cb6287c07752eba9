// A run in its phases: what each phase knows beside what the phase before it knew.
import type { Choice } from '../engine/choice.js';
import type { Progress } from '../progress.js';
import type { Facts, RunRecord } from '../record/run-record.js';
import type { OpenCrew } from './crew.js';
import type { Schedule } from './schedule.js';
import type { Tables } from './tables.js';
import type { Work } from './work.js';

export interface RunOptions {
  /** Data root; default $FRAGILE_DATA, else ./data. */
  readonly data?: string | undefined;
  /** Worker processes; default the config's, else one for each core, or one for a GPU. */
  readonly workers?: number | undefined;
  /** Replace the results of an earlier run in the output folder. */
  readonly fresh?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  /** Ends the run; finished rows are kept. */
  readonly signal?: AbortSignal | undefined;
}

/** A run whose folder is claimed. */
export interface Claimed extends Work {
  readonly options: RunOptions;
  readonly choice: Choice;
  /** When this start began, in milliseconds since 1970. */
  readonly began: number;
  /** The record of the run that is resumed, if any, and the time of the first start. */
  readonly before: RunRecord | undefined;
  readonly start: string;
  readonly tables: Tables;
}

/** A run whose workers have started. */
export interface Ready extends Claimed {
  readonly crew: OpenCrew;
  readonly facts: Facts | undefined;
}

/** A run whose cells are computed. */
export interface Computing extends Ready {
  readonly schedule: Schedule;
  readonly progress: Progress;
  /** Says in run.json that the run has no end yet, before the first row of this start. */
  readonly begin: () => Promise<void>;
  /** Numbers of cells that were computed, and of cells that failed. */
  readonly tally: { computed: number; failed: number };
}
