// Reads the folders of runs for a report: their records and their tables.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { whyMissing } from '../folder.js';
import { checkRecord, readRecord, recordFile } from '../record/run-record.js';
import type { RunFolder, TaskReport } from '../task/report.js';
import { reports } from '../tasks/reports.js';

/** The folder of a run, with the report of its task. */
export interface Run extends RunFolder {
  readonly report: TaskReport;
}

const expected = `a folder with run.json and one of ${reports.map(({ file }) => file).join(', ')}`;

async function openRun(folder: string): Promise<Run> {
  const record = (await readRecord(folder))!;
  const { task } = record.config;
  const report = reports.find((one) => one.task === task);
  if (report === undefined)
    throw new UserError(
      `${recordFile(folder)}: config.task: ${task}, expected one of ${reports.map((one) => one.task).join(', ')}`,
    );
  checkRecord(folder, record, report.free?.(record));
  const rows = await report.read(folder, record);
  if (rows === undefined)
    throw new UserError(
      `${folder}: no rows in ${report.file}, the table of its task ${task}; expected a run with rows`,
    );
  return { folder, record, rows, report };
}

/** The folders with a run's record in and below one, in alphabetical order. */
async function runFoldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const here = entries.some((entry) => entry.isFile() && entry.name === 'run.json') ? [folder] : [];
  const below = entries
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
  const each: string[][] = [];
  for (const name of below) each.push(await runFoldersIn(path.join(folder, name)));
  return [...here, ...each.flat()];
}

/**
 * Reads all runs in and below folders, each once.
 * Throws a UserError for a folder without one, and for a run without its table.
 */
export async function openRuns(folders: readonly string[]): Promise<Run[]> {
  const all = new Map<string, string>();
  for (const folder of folders) {
    const status = await stat(folder).catch(() => undefined);
    if (!status?.isDirectory())
      throw new UserError(
        `${folder}: no such folder${await whyMissing(folder)}; expected ${expected}`,
      );
    const found = await runFoldersIn(folder);
    if (found.length === 0) throw new UserError(`${folder}: holds no run; expected ${expected}`);
    for (const one of found) if (!all.has(path.resolve(one))) all.set(path.resolve(one), one);
  }
  return Promise.all([...all.values()].map(openRun));
}

/** Puts together the runs that are shown in the same figures, in the order given. */
export function groupsOf(runs: readonly Run[]): Run[][] {
  const groups: Run[][] = [];
  for (const run of runs) {
    const group = groups.find((all) =>
      all.every((other) => other.report === run.report && run.report.together?.(other, run)),
    );
    if (group === undefined) groups.push([run]);
    else group.push(run);
  }
  return groups;
}
