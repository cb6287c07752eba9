// The table of results: its columns in order, and how a row is written and read. Cells that do not apply
// are empty, numbers have full precision, truth values are `true` and `false`.
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { messageOf, UserError } from '../errors.js';

const statuses = ['ok', 'label-lost', 'no-map', 'failed'] as const;
export type Status = (typeof statuses)[number];

/** Metrics of a map or image against the clean one. */
export const metricColumns = [
  'topk_intersection',
  'spearman',
  'kendall',
  'center_shift',
  'ssim',
  'pcc',
  'mse',
] as const;

const numberColumns = [
  'label',
  'prediction',
  'epsilon',
  'iterations',
  'best_iteration',
  'confidence',
  'confidence_perturbed',
  'linf',
  ...metricColumns,
  'target_ssim',
  'target_pcc',
  'target_mse',
  'image_ssim',
  'image_pcc',
  'image_mse',
  'output_change',
  'logit_mse_half',
  'softmax_mse_half',
  'seed',
  'seconds',
] as const;
type NumberColumn = (typeof numberColumns)[number];

/** The columns of results.csv. */
export const resultColumns = [
  'experiment',
  'model',
  'dataset',
  'image',
  'label',
  'prediction',
  'method',
  'attack',
  'epsilon',
  'select',
  'iterations',
  'best_iteration',
  'status',
  'label_kept',
  'confidence',
  'confidence_perturbed',
  'linf',
  ...metricColumns,
  'target_image',
  'target_ssim',
  'target_pcc',
  'target_mse',
  'image_ssim',
  'image_pcc',
  'image_mse',
  'output_change',
  'logit_mse_half',
  'softmax_mse_half',
  'seed',
  'seconds',
] as const;

/** One image under one method, attack, ε and selection rule. */
export type ResultRow = {
  readonly experiment: string;
  readonly model: string;
  readonly dataset: string;
  readonly image: string;
  readonly method: string;
  readonly attack: string;
  readonly epsilon: number;
  readonly status: Status;
  readonly select?: string | undefined;
  readonly label_kept?: boolean | undefined;
  readonly target_image?: string | undefined;
} & { readonly [C in NumberColumn]?: number | undefined };

/** The columns of trace.csv, one row per evaluated iterate. */
export const traceColumns = [
  'image',
  'method',
  'attack',
  'epsilon',
  'iteration',
  'D',
  'label_kept',
  ...metricColumns,
] as const;
export type TraceRow = {
  readonly image: string;
  readonly method: string;
  readonly attack: string;
  readonly epsilon: number;
  readonly iteration: number;
  readonly D: number;
  readonly label_kept: boolean;
} & { readonly [C in (typeof metricColumns)[number]]?: number | undefined };

type Cell = string | number | boolean | undefined;

/** Rows as lines of CSV, without a header. */
export function formatRows(rows: readonly object[], columns: readonly string[]): string {
  const cast = {
    boolean: String,
    number: (value: number) => (Number.isFinite(value) ? String(value) : ''),
  };
  return stringify(
    rows.map((row) => columns.map((c) => (row as Record<string, Cell>)[c])),
    { cast },
  );
}

/** The first line of a CSV file. */
export const headerOf = (columns: readonly string[]): string => `${columns.join(',')}\n`;

const numeric: ReadonlySet<string> = new Set(numberColumns);
const required: ReadonlySet<string> = new Set([
  'experiment',
  'model',
  'dataset',
  'image',
  'method',
  'attack',
  'epsilon',
  'status',
]);

const words: Readonly<Record<string, readonly string[]>> = {
  label_kept: ['true', 'false'],
  status: statuses,
};

/** What a cell holds; `place` is where it is, for the message when that cannot be. */
function typed(column: string, text: string, place: string): Cell {
  const wrong = (expected: string) =>
    new UserError(`${place}: ${column}: ${JSON.stringify(text)}, expected ${expected}`);
  const accepted = words[column];
  if (text === '') {
    if (!required.has(column)) return undefined;
    throw wrong(accepted === undefined ? 'a value' : `one of ${accepted.join(', ')}`);
  }
  if (accepted !== undefined && !accepted.includes(text))
    throw wrong(`one of ${accepted.join(', ')}`);
  if (column === 'label_kept') return text === 'true';
  if (!numeric.has(column)) return text;
  const value = Number(text);
  if (!Number.isFinite(value)) throw wrong('a number');
  return value;
}

/**
 * Reads the text of a results.csv.
 * @param file what the text is called in messages
 * Throws a UserError when its columns are not those of a results table, or a cell is not what its column holds.
 */
export function parseResults(text: string, file: string): ResultRow[] {
  let records: string[][];
  try {
    records = parse(text, { relax_column_count: true });
  } catch (error) {
    throw new UserError(`${file}: not a results table: ${messageOf(error)}`);
  }
  const [header, ...body] = records;
  if (header?.join() !== resultColumns.join())
    throw new UserError(
      `${file}: not a results table: its columns are ${beginning(header ?? [])}, expected ${beginning(resultColumns)}`,
    );
  return body.map((record, n) => {
    const place = `${file}:${n + 2}`;
    if (record.length !== resultColumns.length)
      throw new UserError(`${place}: ${record.length} cells, expected ${resultColumns.length}`);
    return Object.fromEntries(
      resultColumns.map((column, i) => [column, typed(column, record[i]!, place)]),
    ) as unknown as ResultRow;
  });
}

/** The first of a table's columns, short enough for a message. */
const beginning = (columns: readonly string[]): string =>
  `${JSON.stringify(columns.slice(0, 5).join().slice(0, 60))}…`;
