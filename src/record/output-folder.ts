// The folder that a run writes to. It belongs to one config, its input files and its engine. Only a run with the same
// ones continues there.
import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { makeFolder } from '../folder.js';
import { isOfTable } from './attempt.js';
import { readIfThere } from './files.js';
import { type AnyConfig, differences, type Versions } from './identity.js';
import {
  checkRecord,
  type Input,
  type RunRecord,
  readRecord,
  recordedTask,
  recordFile,
} from './run-record.js';

/** The properties of a run that decide whether it may continue in a folder. */
export interface Claim {
  readonly config: AnyConfig;
  /** Versions of the components that the config uses. */
  readonly versions: Versions;
  /** Fields of the config that no row depends on, beside those of all tasks. */
  readonly free?: readonly string[] | undefined;
  readonly engine?: { readonly name: string; readonly device: string };
  /** Files and folders that its rows depend on. */
  readonly inputs: readonly Input[];
  /** Files and folders that a run of a task may leave; none for an unknown task. */
  readonly leaves: (task: string) => readonly string[];
  /** Whether the files of an earlier run are removed; other files stay. */
  readonly fresh: boolean;
}

/** The leaf to which a file or folder belongs: itself, or the table of which it is a part. */
const leafOf = (name: string, leaves: readonly string[]): string | undefined =>
  leaves.find((leaf) => isOfTable(leaf, name));

/** Whether a file or folder holds something. A table with a header alone does not count. */
async function holdsSomething(file: string): Promise<boolean> {
  const text = file.endsWith('.csv') ? await readIfThere(file) : undefined;
  return text === undefined || text.indexOf('\n') !== text.length - 1;
}

/**
 * Throws a UserError if a folder holds a file that a new run would write and that no earlier run there has made.
 * @param made what the earlier run may have left
 */
async function refuseForeign(
  folder: string,
  leaves: readonly string[],
  made: readonly string[],
): Promise<void> {
  for (const name of await readdir(folder)) {
    if (leafOf(name, leaves) === undefined || leafOf(name, made) !== undefined) continue;
    if (await holdsSomething(path.join(folder, name)))
      throw new UserError(
        `output: ${folder}: holds ${name}, but no record of a run that made it; use --out for another folder`,
      );
  }
}

/** The endings of files that runs leave in folders of their own. */
const MADE = ['.png', '.npy', '.csv', '.part'];

/** Removes what an earlier run has left in a folder, and its record. Other files stay. */
async function removeResults(folder: string, made: readonly string[]): Promise<void> {
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    if (leafOf(name, made) === undefined) continue;
    if (!(await stat(file)).isDirectory()) {
      await rm(file);
      continue;
    }
    for (const inside of await readdir(file))
      if (MADE.includes(path.extname(inside))) await rm(path.join(file, inside));
    await rmdir(file).catch((error: NodeJS.ErrnoException) => {
      // it holds other files
      if (error.code !== 'ENOTEMPTY') throw error;
    });
  }
  await rm(recordFile(folder), { force: true });
}

const choice = 'use --fresh to replace them or --out for another folder';

/** The key of an input: its kind, and its number among the inputs of that kind. */
const placeOf = (inputs: readonly Input[], at: number): string => {
  const { of } = inputs[at]!;
  return `${of} ${inputs.slice(0, at).filter((other) => other.of === of).length}`;
};

/** The first difference between the inputs of an earlier run and those of a run now, as part of a message. */
function differingInput(before: readonly Input[], now: readonly Input[]): string | undefined {
  const byPlace = (inputs: readonly Input[]) =>
    new Map(inputs.map((input, i) => [placeOf(inputs, i), input]));
  const [there, here] = [byPlace(before), byPlace(now)];
  for (const place of new Set([...here.keys(), ...there.keys()])) {
    const [a, b] = [there.get(place), here.get(place)];
    const { of, file } = (a ?? b)!;
    if (a === undefined || b === undefined)
      return `results ${a === undefined ? 'without' : 'with'} ${of} (${file}), here ${a === undefined ? 'with' : 'without'} them`;
    if (a.sha256 !== b.sha256)
      return `results of other ${of} (${file}, SHA-256 ${a.sha256.slice(0, 12)}…)`;
  }
  return undefined;
}

/**
 * The first difference between the earlier run of a folder and a run that would continue there, as part of a message.
 */
function differing(before: RunRecord, claim: Claim): string | undefined {
  const [first] = differences(before.config, claim.config, claim.free);
  if (first !== undefined)
    return `results of another config (${first.field} is ${first.before ?? 'not given'} there, here ${first.now ?? 'not given'}); ${choice}`;
  const recorded = before.versions.of;
  const changed = [...Object.keys(recorded), ...Object.keys(claim.versions)].find(
    (what) => recorded[what] !== claim.versions[what],
  );
  if (changed !== undefined)
    return `results of version ${recorded[changed] ?? 'none'} of ${changed}, this program has version ${claim.versions[changed] ?? 'none'}; ${choice}`;
  const inputs = differingInput(before.inputs, claim.inputs);
  if (inputs !== undefined) return `${inputs}; ${choice}`;
  const { engine } = claim;
  if (
    engine !== undefined &&
    (before.engine.name !== engine.name || before.engine.device !== engine.device)
  )
    return `results computed by ${before.engine.name} on ${before.engine.device}, this run has ${engine.name} on ${engine.device}; name that engine in the config, or ${choice}`;
  return undefined;
}

/**
 * Prepares the output folder of a run.
 * @returns the record of the run to continue; undefined for a new run
 * Throws a UserError when the folder holds the results of another config, or is not a folder.
 */
export async function claimFolder(claim: Claim): Promise<RunRecord | undefined> {
  const folder = claim.config.output;
  const status = await stat(folder).catch(() => undefined);
  if (status !== undefined && !status.isDirectory())
    throw new UserError(`output: ${folder}: not a folder; expected a folder for results`);
  if (status === undefined) {
    await makeFolder(folder).catch((error) => {
      throw new UserError(`output: ${folder}: cannot be made: ${error.code ?? error.message}`);
    });
    return undefined;
  }
  const task = await recordedTask(folder);
  const made = task === undefined ? [] : claim.leaves(task);
  if (claim.fresh || task === undefined) {
    await refuseForeign(folder, claim.leaves(claim.config.task), made);
    if (task !== undefined) await removeResults(folder, made);
    return undefined;
  }
  const before = (await readRecord(
    folder,
    '; use --fresh to begin again or --out for another folder',
  ))!;
  const other = differing(before, claim);
  if (other !== undefined) throw new UserError(`output: ${folder}: holds ${other}`);
  // checked last: which fields are free may depend on other fields
  checkRecord(folder, before, claim.free);
  return before;
}
