// Reads the record of a run of attacks, whose config has every default filled in.
import { UserError } from '../../errors.js';
import { checkRecord, type RunRecord, readRecord, recordFile } from '../../record/run-record.js';
import type { AttackConfig } from './config.js';

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
