// The folder a run writes to. It belongs to one config: a run continues there only where it began.
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { makeFolder } from '../folder.js';
import type { Source } from '../subject/patterns.js';
import { readIfThere } from './files.js';

/** What a run may leave in its folder. */
const own = [
  'results.csv',
  'angles.csv',
  'influence.csv',
  'summary.csv',
  'trace.csv',
  'run.json',
  'originals',
  'perturbed',
  'scores.csv',
  'maps',
  'panel.png',
  'panels',
  'train-log.csv',
  'checkpoint.safetensors',
  'weights.safetensors',
];

/** The record of a run, as far as it decides whether another may go on in its folder. */
interface Recorded {
  readonly configHash?: string;
  readonly start?: string;
  readonly end?: string | null;
  readonly config?: { readonly name?: string };
  readonly weights?: Partial<Source>;
  readonly patterns?: readonly Partial<Source>[];
  readonly head?: { readonly trainingImages?: { readonly sha256?: string } };
  readonly engine?: { readonly name?: string; readonly device?: string };
}

async function recorded(folder: string): Promise<Recorded | undefined> {
  const file = path.join(folder, 'run.json');
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Recorded;
  } catch {
    // not JSON: said below
  }
  throw new UserError(
    `${file}: not the record of a run, expected an object in JSON; use --fresh to begin again or --out for another folder`,
  );
}

/** Whether a folder without a record holds anything of a run: more than the first line of a table that was just begun. */
async function holdsResults(folder: string): Promise<boolean> {
  for (const name of (await readdir(folder)).filter((name) => own.includes(name))) {
    const text = name.endsWith('.csv') ? await readIfThere(path.join(folder, name)) : undefined;
    if (text === undefined || text.indexOf('\n') !== text.length - 1) return true;
  }
  return false;
}

/** When the run that a folder belongs to was first started, and when it had all its rows, where it has. */
export async function timesOf(
  folder: string,
): Promise<{ readonly start?: string | undefined; readonly end?: string | undefined }> {
  const { start, end } = (await recorded(folder)) ?? {};
  return { start, end: end ?? undefined };
}

/** What tells two configs apart: their first different field, else the name of the recorded one. */
function differing(recorded: Recorded['config'], config: object | undefined): string {
  const name = recorded?.name ?? 'unnamed';
  if (recorded === undefined || config === undefined) return name;
  const [before, now] = [fieldsOf(recorded), fieldsOf(config)];
  const field = [...now.keys(), ...before.keys()].find(
    (key) =>
      before.get(key) !== now.get(key) && !/^(output$|data\.count$|engine\.workers$)/.test(key),
  );
  return field === undefined
    ? name
    : `${field} is ${before.get(field) ?? 'not given'} there, here ${now.get(field) ?? 'not given'}`;
}

/** Values by their paths. */
const fieldsOf = (value: unknown, at = ''): Map<string, string> =>
  typeof value === 'object' && value !== null
    ? new Map(
        Object.entries(value).flatMap(([key, v]) => [
          ...fieldsOf(v, at === '' ? key : `${at}.${key}`),
        ]),
      )
    : new Map([[at, String(value)]]);

/**
 * Makes a folder ready for a run.
 * @param weights SHA-256 of the weights the run uses, where it uses any
 * @param patterns the files of patterns it uses, in the order of its methods
 * @param training SHA-256 of the images its head is fitted to, where it has one
 * @param engine what it computes with, where that may differ
 * @param config the config itself, by which a message names what differs
 * @param fresh removes what an earlier run left there; files that are not a run's stay
 * Throws a UserError when the folder holds the results of another config, or is not a folder.
 */
export async function prepareOutput(
  folder: string,
  configHash: string,
  {
    fresh,
    weights,
    patterns = [],
    training,
    engine,
    config,
  }: {
    fresh: boolean;
    weights?: string;
    patterns?: readonly Source[];
    training?: string | undefined;
    config?: object;
    engine?: { readonly name: string; readonly device: string };
  },
): Promise<void> {
  const status = await stat(folder).catch(() => undefined);
  if (status !== undefined && !status.isDirectory())
    throw new UserError(`output: ${folder}: not a folder; expected a folder for results`);
  if (status === undefined) {
    await makeFolder(folder).catch((error) => {
      throw new UserError(`output: ${folder}: cannot be made: ${error.code ?? error.message}`);
    });
    return;
  }
  if (fresh) {
    for (const name of own) await rm(path.join(folder, name), { recursive: true, force: true });
    return;
  }
  const before = await recorded(folder);
  if (before !== undefined && before.configHash !== configHash)
    throw new UserError(
      `output: ${folder}: holds results of another config (${differing(before.config, config)}); use --fresh to replace them or --out for another folder`,
    );
  const used: readonly (readonly [string, Partial<Source> | undefined, string | undefined])[] = [
    ['weights', before?.weights, weights],
    ['training images', before?.head?.trainingImages, training],
    ...patterns.map(({ sha256 }, i) => ['patterns', before?.patterns?.[i], sha256] as const),
  ];
  for (const [what, other, now] of used)
    if (now !== undefined && other?.sha256 !== undefined && other.sha256 !== now)
      throw new UserError(
        `output: ${folder}: holds results of other ${what} (${other.file === undefined ? '' : `${other.file}, `}SHA-256 ${other.sha256.slice(0, 12)}…); use --fresh to replace them or --out for another folder`,
      );
  const computed = before?.engine;
  if (
    engine !== undefined &&
    computed !== undefined &&
    (computed.name !== engine.name || computed.device !== engine.device)
  )
    throw new UserError(
      `output: ${folder}: holds results computed by ${computed.name} on ${computed.device}, this run has ${engine.name} on ${engine.device}; name that engine in the config, or use --fresh to replace them or --out for another folder`,
    );
  if (before === undefined && (await holdsResults(folder)))
    throw new UserError(
      `output: ${folder}: holds results without a record of their run; use --fresh to replace them or --out for another folder`,
    );
}
