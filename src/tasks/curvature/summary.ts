// The medians of curvature at each β, as a table to print.
import { median } from 'simple-statistics';
import { groupBy } from '../../group-by.js';
import type { CurvatureRow } from './results.js';

const size = (value: number | undefined) => (value === undefined ? undefined : Math.abs(value));

/** The columns of medians: their names, and their values in a row. */
const columns: Readonly<Record<string, (row: CurvatureRow) => number | undefined>> = {
  '|λ|max': ({ lambda }) => size(lambda),
  'Frobenius norm': ({ frobenius }) => frobenius,
  'bound of |λ|': ({ bound }) => bound,
  '‖∇S‖': ({ gradient_norm }) => gradient_norm,
  products: ({ products }) => products,
};

/** A head, and a line for each β. */
export const curvatureSummary = (rows: readonly CurvatureRow[]): string[][] => [
  ['β', 'images', 'same class', ...Object.keys(columns)],
  ...[...groupBy(rows, ({ beta }) => String(beta))].map(([beta, of]) => [
    beta,
    String(of.length),
    String(of.filter(({ agree }) => agree).length),
    ...Object.values(columns).map((value) => {
      const there = of.flatMap((row) => value(row) ?? []);
      return there.length === 0 ? '' : median(there).toPrecision(4);
    }),
  ]),
];
