// The data of figures of means: each mean of a run with its interval, and the published mean beside it if there is one.
import type { SummaryRow } from '../../record/summary.js';
import type { Datum } from '../figure.js';
import type { Measure } from '../measures.js';

/** A mean of a published curve. */
export interface PublishedMean {
  readonly method: string;
  readonly attack: string;
  readonly epsilon: number;
  /** The column of its metric. */
  readonly metric: string;
  readonly value: number;
}

/** The input of figures of means. */
export interface Means {
  /** Name of the file, and of the figure's element in a page. */
  readonly name: string;
  readonly title: string;
  /** Rows of one selection rule each. */
  readonly rows: readonly SummaryRow[];
  /** The metrics; those without values are left out. */
  readonly measures: readonly Measure[];
  /** Published values for the same network and data; values at ε beyond those of the rows are left out. */
  readonly published: readonly PublishedMean[];
  readonly notes: readonly string[];
}

/** The metrics of a list for which rows have values. */
export const thereIn = (rows: readonly SummaryRow[], measures: readonly Measure[]): Measure[] =>
  measures.filter(({ column }) => rows.some((row) => row[`${column}_mean`] !== undefined));

/** The means of a measure. `of` tells those of a run (`here`) from published ones (`paper`). */
export function meansOf(
  rows: readonly SummaryRow[],
  published: readonly PublishedMean[],
  { column }: Measure,
): Datum[] {
  const here = rows
    .filter((row) => row[`${column}_mean`] !== undefined)
    .map((row) => ({
      of: 'here',
      method: String(row.method),
      series: String(row.attack),
      epsilon: Number(row.epsilon),
      mean: Number(row[`${column}_mean`]),
      low: Number(row[`${column}_ci_low`]),
      high: Number(row[`${column}_ci_high`]),
      images: Number(row.n_ok),
      lost: Number(row.n_label_lost),
    }));
  const paper = published
    .filter(({ metric }) => metric === column)
    .map(({ method, attack, epsilon, value }) => ({
      of: 'paper',
      method,
      series: attack,
      epsilon,
      mean: value,
    }));
  return [...here, ...paper];
}

/** Every value that is drawn, for the range of an axis. */
export const valuesOf = (data: readonly Datum[]): number[] =>
  data.flatMap(({ mean, low, high }) =>
    [mean, low, high].flatMap((value) => (typeof value === 'number' ? [value] : [])),
  );

export const ofPaper = { filter: "datum.of === 'paper'" };
export const ofHere = { filter: "datum.of === 'here'" };

/** Published means are hollow. */
export const HOLLOW = { filled: false, fill: 'transparent' } as const;

/** The tooltip of a mean. */
export const tooltipOf = ({ words, format }: Measure) => ({
  here: [
    { field: 'method', title: 'method' },
    { field: 'series', title: 'attack' },
    { field: 'epsilon', title: 'ε' },
    { field: 'mean', title: words, format },
    { field: 'low', title: '95 % from', format },
    { field: 'high', title: 'to', format },
    { field: 'images', title: 'images' },
    { field: 'lost', title: 'label lost' },
  ],
  paper: [
    { field: 'method', title: 'method' },
    { field: 'series', title: 'published' },
    { field: 'epsilon', title: 'ε' },
    { field: 'mean', title: words, format },
  ],
});

/** The note below a figure with published means. */
export const publishedNote = (published: readonly PublishedMean[]): string[] =>
  published.length === 0 ? [] : ['dashed and hollow: Ghorbani et al. 2019'];
