// A folder a run left, as a report reads it: the record and whichever tables there are.
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { type PresetName, resolveSemantics, type Semantics } from '../config/semantics.js';
import type { TracePoint } from '../drawing/figures/trace.js';
import { messageOf, UserError } from '../errors.js';
import { readIfThere } from '../record/files.js';
import { type ResultRow, resultsTable } from '../tasks/attack/results.js';
import type { LogRow } from '../tasks/train/log.js';

/** An item of a config: a name, an id, and further fields. */
export type Item = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly id?: string;
};

/** What run.json says, as far as a report shows it. */
export interface RunRecord {
  readonly config: Readonly<Record<string, unknown>> & {
    readonly name: string;
    readonly task?: string;
    readonly model: Item;
    readonly data: Item;
    readonly explain?: readonly Item[];
    readonly attack?: readonly Item[];
    readonly epsilon?: readonly number[];
    readonly training?: Item;
    readonly influence?: Readonly<Record<string, unknown>>;
    readonly metrics?: { readonly k?: number };
    readonly semantics?: PresetName | Partial<Semantics>;
  };
  readonly configHash?: string;
  readonly seed?: number;
  readonly versions?: Readonly<Record<string, string>>;
  readonly engine?: Readonly<Record<string, string | number>>;
  readonly weights?: { readonly file?: string; readonly sha256?: string };
  readonly data?: {
    readonly name?: string;
    readonly images?: number;
    readonly sha256?: string | null;
  };
  readonly start?: string;
  readonly end?: string;
  readonly images?: { readonly asked?: number; readonly used?: number; readonly tried?: number };
  readonly testAccuracy?: number;
  readonly epochs?: number;
  readonly secondsPerEpoch?: number;
}

/** The value of every field of a run's semantics. */
export function semanticsOf({ config: { semantics = {} } }: RunRecord): Semantics {
  return resolveSemantics(typeof semantics === 'string' ? { name: semantics } : semantics);
}

/** An image under an attack on influence; the angle is in degrees. */
export type InfluenceRow = ResultRow & { readonly angle?: number | undefined };

export interface RunFolder {
  readonly folder: string;
  readonly record: RunRecord;
  readonly results?: readonly ResultRow[];
  readonly trace?: readonly (TracePoint & { readonly epsilon: number | undefined })[];
  /** Angles in degrees of the images that have one. */
  readonly angles?: readonly number[];
  readonly influence?: readonly InfluenceRow[];
  readonly log?: readonly LogRow[];
}

/** Columns that hold words; the others that a report reads hold numbers. */
const words = ['model', 'dataset', 'image', 'method', 'attack', 'status'];

/** Rows of a table by the names of its columns; those given must be there, with numbers or nothing in them. */
function rowsOf(
  text: string,
  file: string,
  columns: readonly string[],
): Readonly<Record<string, string>>[] {
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: true });
  } catch (error) {
    throw new UserError(`${file}: not a table: ${messageOf(error)}`);
  }
  const missing = rows[0] && columns.find((column) => !(column in rows[0]!));
  if (missing !== undefined)
    throw new UserError(`${file}: no column ${missing}, expected ${columns.join(', ')}`);
  const numeric = columns.filter((column) => !words.includes(column));
  for (const [i, row] of rows.entries()) {
    const odd = numeric.find((column) => Number.isNaN(Number(row[column])));
    if (odd !== undefined)
      throw new UserError(`${file}:${i + 2}: ${odd}: "${row[odd]}", expected a number`);
  }
  return rows;
}

const numberIn = (text: string | undefined): number | undefined =>
  text === undefined || text === '' ? undefined : Number(text);

/** Metrics of a row that are numbers, by their columns. */
const numbersOf = (row: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(row).map(([column, text]) => [column, numberIn(text)]));

/** How the tables a run may leave are read. */
const tables = {
  'results.csv': (text: string, file: string) => ({ results: resultsTable.parse(text, file) }),
  'angles.csv': (text: string, file: string) => ({
    angles: rowsOf(text, file, ['angle']).flatMap(({ angle }) => numberIn(angle) ?? []),
  }),
  'influence.csv': (text: string, file: string) => ({
    influence: rowsOf(text, file, [
      'model',
      'image',
      'attack',
      'epsilon',
      'status',
      'spearman',
    ]).map(
      (row) =>
        ({ ...numbersOf(row), ...wordsOf(row), method: 'influence' }) as unknown as InfluenceRow,
    ),
  }),
  'train-log.csv': (text: string, file: string) => ({
    log: rowsOf(text, file, ['epoch', 'step', 'loss', 'accuracy', 'test_accuracy']).map(
      (row) => numbersOf(row) as unknown as LogRow,
    ),
  }),
} as const;

const wordsOf = ({ model, dataset, image, attack, status }: Readonly<Record<string, string>>) => ({
  model,
  dataset,
  image,
  attack,
  status,
});

const traceOf = (text: string, file: string) =>
  rowsOf(text, file, ['image', 'method', 'attack', 'epsilon', 'iteration']).map((row) => ({
    image: row.image!,
    method: row.method!,
    attack: row.attack!,
    epsilon: numberIn(row.epsilon),
    iteration: Number(row.iteration),
    values: numbersOf(row),
  }));

const expected = `a folder with run.json and one of ${Object.keys(tables).join(', ')}`;

async function recordOf(folder: string): Promise<RunRecord> {
  const file = path.join(folder, 'run.json');
  try {
    const record = JSON.parse(await readFile(file, 'utf8'));
    if (typeof record?.config?.name === 'string' && typeof record.config.model?.name === 'string')
      return record;
  } catch {
    // not JSON: said below
  }
  throw new UserError(`${file}: not the record of a run, expected an object with a config`);
}

async function openRun(folder: string): Promise<RunFolder> {
  const record = await recordOf(folder);
  const found: Partial<Omit<RunFolder, 'folder' | 'record'>> = {};
  for (const [name, read] of Object.entries(tables)) {
    const file = path.join(folder, name);
    const text = await readIfThere(file);
    if (text !== undefined) Object.assign(found, read(text, file));
  }
  if (Object.keys(found).length === 0)
    throw new UserError(`${folder}: no table that a report knows, expected ${expected}`);
  if (Object.values(found).every((rows) => rows.length === 0))
    throw new UserError(`${folder}: its tables have no rows yet`);
  const file = path.join(folder, 'trace.csv');
  const text = await readIfThere(file);
  return { folder, record, ...found, ...(text && { trace: traceOf(text, file) }) };
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
 * Throws a UserError for a folder without one, and for a run without a table that a report knows.
 */
export async function openRuns(folders: readonly string[]): Promise<RunFolder[]> {
  const all = new Map<string, string>();
  for (const folder of folders) {
    const status = await stat(folder).catch(() => undefined);
    if (!status?.isDirectory())
      throw new UserError(`${folder}: no such folder; expected ${expected}`);
    const found = await runFoldersIn(folder);
    if (found.length === 0) throw new UserError(`${folder}: holds no run; expected ${expected}`);
    for (const one of found) if (!all.has(path.resolve(one))) all.set(path.resolve(one), one);
  }
  return Promise.all([...all.values()].map(openRun));
}
