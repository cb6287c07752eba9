// The numbers behind figures, as tables of text.
import { format } from 'd3-format';
import type { SummaryRow } from '../record/summary.js';
import type { Measure } from './measures.js';

export interface TextTable {
  readonly title: string;
  /** Notes on its words, above it. */
  readonly notes: readonly string[];
  readonly head: readonly string[];
  /** Columns from this one on hold numbers. */
  readonly numbersFrom: number;
  readonly rows: readonly (readonly string[])[];
}

/** Means with their intervals, the number of images, and the numbers of images by status. */
export function meansTable(
  summary: readonly SummaryRow[],
  measures: readonly Measure[],
): TextTable {
  const cell = (row: SummaryRow, { column, format: form }: Measure) => {
    const of = (statistic: string) => row[`${column}_${statistic}`];
    const written = format(form);
    if (of('mean') === undefined) return '';
    if (Number(row.n_ok) < 2) return written(Number(of('mean')));
    return `${written(Number(of('mean')))} [${written(Number(of('ci_low')))}, ${written(Number(of('ci_high')))}]`;
  };
  return {
    title: 'Means and their 95 % intervals',
    notes: ['over the images that kept their label; intervals by bootstrap, none for one image'],
    head: [
      ...['method', 'attack', 'kept by', 'ε', 'images', 'ok', 'label lost', 'no map', 'failed'],
      ...measures.map(({ words }) => words),
    ],
    numbersFrom: 3,
    rows: summary.map((row) => [
      ...[row.method, row.attack, row.select, row.epsilon].map((value) => String(value ?? '')),
      ...[row.n, row.n_ok, row.n_label_lost, row.n_no_map, row.n_failed].map(String),
      ...measures.map((measure) => cell(row, measure)),
    ]),
  };
}
