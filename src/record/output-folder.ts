// The folder that a run writes to. It belongs to one config, its input files and its engine. Only a run with the same
// ones continues there.
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { makeFolder } from '../folder.js';
import { readIfThere } from './files.js';
import { type AnyConfig, differences, type Versions } from './identity.js';
import { checkRecord, type Input, type RunRecord, readRecord } from './run-record.js';

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
  /** Files and folders that runs may leave, which `fresh` removes. */
  readonly leaves: readonly string[];
  /** Whether the files of an earlier run are removed; other files stay. */
  readonly fresh: boolean;
}

/** Whether a folder without run.json holds results. A table with a header alone does not count. */
async function holdsResults(folder: string, leaves: readonly string[]): Promise<boolean> {
  for (const name of (await readdir(folder)).filter((name) => leaves.includes(name))) {
    const text = name.endsWith('.csv') ? await readIfThere(path.join(folder, name)) : undefined;
    if (text === undefined || text.indexOf('\n') !== text.length - 1) return true;
  }
  return false;
}

const choice = 'use --fresh to replace them or --out for another folder';

/** The key of an input: its kind, and its number among the inputs of that kind. */
const placeOf = (inputs: readonly Input[], at: number): string => {
  const { of } = inputs[at]!;
  return `${of} ${inputs.slice(0, at).filter((other) => other.of === of).length}`;
};

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
  const inputs = new Map(before.inputs.map((input, i) => [placeOf(before.inputs, i), input]));
  for (const [i, now] of claim.inputs.entries()) {
    const input = inputs.get(placeOf(claim.inputs, i));
    if (input !== undefined && input.sha256 !== now.sha256)
      return `results of other ${input.of} (${input.file}, SHA-256 ${input.sha256.slice(0, 12)}…); ${choice}`;
  }
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
  if (claim.fresh) {
    for (const name of [...claim.leaves, 'run.json'])
      await rm(path.join(folder, name), { recursive: true, force: true });
    return undefined;
  }
  const before = await readRecord(
    folder,
    '; use --fresh to begin again or --out for another folder',
  );
  if (before === undefined) {
    if (await holdsResults(folder, claim.leaves))
      throw new UserError(
        `output: ${folder}: holds results without a record of their run; ${choice}`,
      );
    return undefined;
  }
  const other = differing(before, claim);
  if (other !== undefined) throw new UserError(`output: ${folder}: holds ${other}`);
  // checked last: which fields are free may depend on other fields
  checkRecord(folder, before, claim.free);
  return before;
}
