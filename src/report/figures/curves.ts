// What is left of explanations against ε: columns are methods, rows metrics, as in Figs. 3, 12 and 13 of Ghorbani et
// al. 2019; means with 95 % intervals, and the published curve beside them where there is one.
import type { SummaryRow } from '../../experiment/summary.js';
import { CHART, type Chart, type Datum, type Figure } from '../figure.js';
import { type Measure, scaleOf } from '../measures.js';
import type { PublishedValue } from '../published.js';

/** ε on a logarithmic axis; attacks of one ε stand side by side. */
const x = (epsilons: readonly number[]) =>
  epsilons.length === 1
    ? {
        field: 'series',
        type: 'nominal',
        title: `ε ${epsilons[0]} of 255`,
        axis: { labelAngle: -25, labelLimit: 100 },
      }
    : overEpsilon(epsilons);

const overEpsilon = (epsilons: readonly number[]) => ({
  field: 'epsilon',
  type: 'quantitative',
  title: 'ε, of 255',
  scale: {
    type: 'log',
    base: 2,
    nice: false,
    domain: [Math.min(...epsilons) / 1.15, Math.max(...epsilons) * 1.15],
  },
  axis: { values: epsilons, format: '~g', grid: false, labelOverlap: true },
});

function chartOf(
  rows: readonly SummaryRow[],
  published: readonly PublishedValue[],
  method: string,
  epsilons: readonly number[],
  measure: Measure,
): Chart {
  const { column, words, format } = measure;
  const here: Datum[] = rows
    .filter((row) => row.method === method && row[`${column}_mean`] !== undefined)
    .map((row) => ({
      of: 'here',
      series: String(row.attack),
      epsilon: Number(row.epsilon),
      mean: Number(row[`${column}_mean`]),
      low: Number(row[`${column}_ci_low`]),
      high: Number(row[`${column}_ci_high`]),
      images: Number(row.n_ok),
      lost: Number(row.n_label_lost),
    }));
  const paper: Datum[] = published
    .filter((value) => value.method === method && value.metric === column)
    .map(({ attack, epsilon, value }) => ({ of: 'paper', series: attack, epsilon, mean: value }));
  const data = [...here, ...paper];
  const y = {
    field: 'mean',
    type: 'quantitative',
    title: words,
    scale: scaleOf(
      measure,
      data.map(({ low, mean }) => Number(low ?? mean)),
    ),
    axis: { tickCount: 5 },
  };
  const ofPaper = { filter: "datum.of === 'paper'" };
  const ofHere = { filter: "datum.of === 'here'" };
  return {
    title: method,
    data,
    draw: (color) => ({
      ...CHART,
      encoding: { x: x(epsilons), color },
      layer: [
        {
          transform: [ofPaper],
          mark: {
            type: 'line',
            strokeDash: [4, 3],
            strokeWidth: 1.5,
            point: { filled: false, fill: 'transparent', size: 28 },
          },
          encoding: {
            y,
            tooltip: [
              { field: 'series', title: 'published' },
              { field: 'epsilon', title: 'ε' },
              { field: 'mean', title: words, format },
            ],
          },
        },
        {
          transform: [ofHere],
          mark: { type: 'rule', strokeWidth: 2, opacity: 0.7 },
          encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        {
          transform: [ofHere],
          mark: { type: 'line', strokeWidth: 2, point: { size: 34 } },
          encoding: {
            y,
            tooltip: [
              { field: 'series', title: 'attack' },
              { field: 'epsilon', title: 'ε' },
              { field: 'mean', title: words, format },
              { field: 'low', title: '95 % from', format },
              { field: 'high', title: 'to', format },
              { field: 'images', title: 'images' },
              { field: 'lost', title: 'label lost' },
            ],
          },
        },
      ],
    }),
  };
}

/**
 * Curves of a summary whose rows are of one selection rule each.
 * @param measures the metrics; those no row has are left out
 * @param published values of papers for the same network and data
 */
export function curves(
  name: string,
  title: string,
  rows: readonly SummaryRow[],
  measures: readonly Measure[],
  published: readonly PublishedValue[],
  notes: readonly string[],
): Figure {
  const methods = [...new Set(rows.map(({ method }) => String(method)))];
  const epsilons = [...new Set(rows.map(({ epsilon }) => Number(epsilon)))].sort((a, b) => a - b);
  const there = measures.filter(({ column }) =>
    rows.some((row) => row[`${column}_mean`] !== undefined),
  );
  return {
    name,
    title,
    series: [...new Set(rows.map(({ attack }) => String(attack)))],
    rows: there.map((measure) =>
      methods.map((method) => chartOf(rows, published, method, epsilons, measure)),
    ),
    notes: published.length === 0 ? notes : [...notes, 'dashed and hollow: Ghorbani et al. 2019'],
  };
}
