// run.json: the record of a run, with everything that its rows depend on. It is read and written here alone.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { messageOf, UserError } from '../errors.js';
import { packageVersion } from '../package.js';
import { readIfThere, writeWhole } from './files.js';
import { type AnyConfig, identityHash, type Versions } from './identity.js';

/**
 * The form of records; raised when it changes. Form 1 had no defaults in its config and no versions, form 2 no hashes
 * of the images that were read.
 */
const FORM = 3;
/** Forms that can be read. */
const READ = [2, FORM] as const;

/** A file, or a folder, that the rows of a run depend on. */
export interface Input {
  /** Its kind, such as `weights`. */
  readonly of: string;
  readonly file: string;
  readonly sha256: string;
}

/** A data set in a record. */
export interface RecordedData {
  readonly name: string;
  /** How many images it has. */
  readonly images: number;
  /** SHA-256 of the names and labels of all of them; records of form 2 have none. */
  readonly list?: string | undefined;
  /**
   * SHA-256 of the content of the images that rows depend on, null until the run has ended; in records of form 2, and of
   * trainings, of the whole data set.
   */
  readonly sha256: string | null;
}

/** Facts that one task records. */
export type Facts = Readonly<Record<string, unknown>>;

export interface RunRecord<C extends AnyConfig = AnyConfig> {
  readonly form: (typeof READ)[number];
  /** The config with every default filled in. */
  readonly config: C;
  /** SHA-256 of the fields of the config that rows depend on, and of the versions. */
  readonly configHash: string;
  /** The program that ran, and the version of each method, attack, metric, of preprocessing and of the task. */
  readonly versions: { readonly fragile: string; readonly node: string; readonly of: Versions };
  readonly engine: Readonly<Record<string, string | number>> & {
    readonly name: string;
    readonly device: string;
  };
  /** The weights of the network, the patterns of methods in their order, and further files that the task reads. */
  readonly inputs: readonly Input[];
  /** The data set. */
  readonly data?: RecordedData | undefined;
  /** Facts about the preparation before the first cell, for tasks that have one. */
  readonly prepared?: Facts | undefined;
  readonly start: string;
  /** When the last cell was finished; null before. */
  readonly end: string | null;
  /** How many images were asked for, used, and tried, which means screened. */
  readonly units?: {
    readonly asked: number | 'max';
    readonly used: number;
    readonly tried: number;
    /** Of those tried; absent: none. */
    readonly unreadable?: number | undefined;
  } | null;
  /** The results, for tasks that record them here. */
  readonly outcome?: Facts | null | undefined;
}

const text = z.string();
const time = z.iso.datetime({ error: 'expected a time such as 2026-01-31T10:00:00.000Z' });

const named = z.looseObject({ name: text });

/**
 * The checks of a record before it is used. The form of its config belongs to the task; its hash proves it unchanged.
 */
const envelope = z.object({
  form: z.literal(READ),
  config: z.looseObject({
    task: text,
    name: text,
    seed: z.number(),
    model: named,
    data: named.optional(),
    output: text,
  }),
  configHash: text,
  versions: z.object({ fragile: text, node: text, of: z.record(text, z.number()) }),
  engine: z.looseObject({ name: text, device: text }),
  inputs: z.array(z.object({ of: text, file: text, sha256: text })),
  data: z
    .object({
      name: text,
      images: z.number(),
      list: text.optional(),
      sha256: text.nullable(),
    })
    .optional(),
  prepared: z.looseObject({}).optional(),
  start: time,
  end: time.nullable(),
  units: z
    .object({
      asked: z.union([z.number(), z.literal('max')]),
      used: z.number(),
      tried: z.number(),
      unreadable: z.number().optional(),
    })
    .nullable()
    .optional(),
  outcome: z.looseObject({}).nullable().optional(),
});

export const recordFile = (folder: string): string => path.join(folder, 'run.json');

/**
 * The record in a folder; undefined where there is none.
 * @param hint advice at the end of messages, for a file that cannot be used
 * Throws a UserError for a file that is not a record, or is a record of an earlier form.
 */
export async function readRecord(folder: string, hint = ''): Promise<RunRecord | undefined> {
  const file = recordFile(folder);
  const content = await readIfThere(file);
  if (content === undefined) return undefined;
  const value = jsonOf(content);
  if (value === undefined)
    throw new UserError(`${file}: not the record of a run, expected JSON${hint}`);
  const { form, config } = (value ?? {}) as { form?: unknown; config?: unknown };
  if (form === undefined && typeof config === 'object' && config !== null)
    throw new UserError(
      `${file}: form: missing, expected ${FORM}: the record of an earlier fragile, which left out defaults${hint}`,
    );
  const checked = envelope.safeParse(value);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const field = issue!.path.join('.');
    throw new UserError(
      `${file}: ${field === '' ? '' : `${field}: `}not the record of a run: ${issue!.message}${hint}`,
    );
  }
  return value as RunRecord;
}

/**
 * The task that the record in a folder names, of whatever form it is; undefined where there is no record.
 * Throws a UserError for a file that is not a record.
 */
export async function recordedTask(folder: string): Promise<string | undefined> {
  const file = recordFile(folder);
  const content = await readIfThere(file);
  if (content === undefined) return undefined;
  const found = z
    .object({ config: z.looseObject({ task: text.optional() }), configHash: text })
    .safeParse(jsonOf(content));
  if (!found.success)
    throw new UserError(`${file}: not the record of a run; use --out for another folder`);
  const { config } = found.data;
  // configs in records of form 1 named their task only where it was not the usual one
  return config.task ?? ('epochs' in config ? 'train' : 'attack');
}

/** A text as JSON; undefined if it is none. */
function jsonOf(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

/**
 * Throws a UserError if the config of a record does not have the recorded hash, as after a change by hand.
 * @param free fields that no row of its task depends on
 */
export function checkRecord(
  folder: string,
  { config, versions, configHash }: RunRecord,
  free: readonly string[] = [],
): void {
  if (identityHash(config, versions.of, free) !== configHash)
    throw new UserError(
      `${recordFile(folder)}: configHash: not that of its config and versions, expected a record as fragile wrote it`,
    );
}

/** Files that rows depend on, as inputs of a kind. Throws a UserError for a file that cannot be read. */
export const inputsOf = (of: string, files: readonly string[]): Promise<Input[]> =>
  Promise.all(
    files.map(async (file) => {
      const bytes = await readFile(file).catch((error) => {
        throw new UserError(`${file}: cannot be read: ${messageOf(error)}`);
      });
      return {
        of,
        file: path.basename(file),
        sha256: createHash('sha256').update(bytes).digest('hex'),
      };
    }),
  );

/** The versions of this program, of Node, and of the components that a config uses. */
export const versionsHere = (of: Versions): RunRecord['versions'] => ({
  fragile: packageVersion(),
  node: process.version,
  of,
});

/** Writes the record of a run as a whole. */
export const writeRecord = (folder: string, record: Omit<RunRecord, 'form'>): Promise<void> =>
  writeWhole(recordFile(folder), `${JSON.stringify({ form: FORM, ...record }, null, 2)}\n`);
