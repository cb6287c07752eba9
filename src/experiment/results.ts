// The table of results: its columns in order, and how a row is written and read. Cells that do not apply
// are empty, numbers have full precision, truth values are `true` and `false`.
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { UserError } from '../errors.js';

export type Status = 'ok' | 'label-lost' | 'no-map' | 'failed';

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

function typed(column: string, text: string): Cell {
  if (text === '') return undefined;
  if (column === 'label_kept') return text === 'true';
  return numeric.has(column) ? Number(text) : text;
}

/**
 * Reads the text of a results.csv.
 * @param file what the text is called in messages
 * Throws a UserError when its columns are not those of a results table.
 */
export function parseResults(text: string, file: string): ResultRow[] {
  const lines: string[][] = parse(text, { relax_column_count: true });
  const [header, ...records] = lines;
  if (header?.join() !== resultColumns.join())
    throw new UserError(
      `${file}: not a results table: its columns are ${header?.slice(0, 5).join() ?? 'missing'}…, expected ${resultColumns.slice(0, 5).join()}…`,
    );
  return records.map(
    (record) =>
      Object.fromEntries(
        resultColumns.map((column, i) => [column, typed(column, record[i] ?? '')]),
      ) as unknown as ResultRow,
  );
}
