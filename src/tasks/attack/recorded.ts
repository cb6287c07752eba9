// Reads the record of a run of attacks, whose config has every default filled in, and its tables.
import path from 'node:path';
import { UserError } from '../../errors.js';
import { readRows } from '../../record/journal.js';
import { checkRecord, type RunRecord, readRecord, recordFile } from '../../record/run-record.js';
import type { AttackConfig } from './config.js';
import { cellKey } from './plan.js';
import { type ResultRow, resultsTable, type TraceRow, traceTable } from './results.js';

/** The record of a run of attacks. */
export type AttackRecord = RunRecord & { readonly config: AttackConfig };

/**
 * Checks that a record is one of attacks.
 * Throws a UserError if it is of another task, or was changed by hand.
 */
export function asAttack(folder: string, record: RunRecord): AttackRecord {
  if (record.config.task !== 'attack')
    throw new UserError(`${recordFile(folder)}: task: ${record.config.task}, expected attack`);
  checkRecord(folder, record);
  return record as AttackRecord;
}

/** The record of a run of attacks in a folder. Throws a UserError if there is none. */
export async function readAttack(folder: string): Promise<AttackRecord> {
  const record = await readRecord(folder);
  if (record === undefined)
    throw new UserError(`${recordFile(folder)}: no such file; expected the folder of a run`);
  return asAttack(folder, record);
}

/**
 * The rows of a run of attacks, finished or not; undefined where there is no table.
 * Throws a UserError for a file that is not a table of results.
 */
export const resultsOf = (
  folder: string,
  { end }: Pick<RunRecord, 'end'>,
): Promise<ResultRow[] | undefined> =>
  readRows(path.join(folder, 'results.csv'), end !== null, { table: resultsTable, key: cellKey });

/** The trace of a run of attacks, as `resultsOf` reads its rows. */
export const traceOfRun = (
  folder: string,
  { end }: Pick<RunRecord, 'end'>,
): Promise<TraceRow[] | undefined> =>
  readRows(path.join(folder, 'trace.csv'), end !== null, { table: traceTable, key: cellKey });
