// How close manipulated maps come to their targets, and how little images and outputs change: boxes from the 25th to
// the 75th percentile, whiskers from the 10th to the 90th, and the median, as in Dombrowski et al. 2019.
import type { SummaryRow } from '../../record/summary.js';
import { CHART, type Chart, type Datum, type Figure } from '../figure.js';
import type { Measure } from '../measures.js';
import { byMethod } from './methods-axis.js';

function chartOf(
  rows: readonly SummaryRow[],
  series: readonly string[],
  { column, words, format }: Measure,
): Chart {
  const data: Datum[] = rows
    .filter((row) => row[`${column}_median`] !== undefined)
    .map((row) => ({
      series: String(row.attack),
      method: String(row.method),
      ...Object.fromEntries(
        ['p10', 'p25', 'median', 'p75', 'p90', 'mean'].map((statistic) => [
          statistic,
          Number(row[`${column}_${statistic}`]),
        ]),
      ),
      images: Number(row.n_ok),
      lost: Number(row.n_label_lost),
    }));
  const y = (field: string) => ({
    field,
    type: 'quantitative',
    title: null,
    scale: { zero: false, nice: true },
    axis: { tickCount: 5, format: format.endsWith('e') ? '.1e' : '~g' },
  });
  const whisker = (from: string, to: string) => ({
    mark: { type: 'rule', strokeWidth: 1.5 },
    encoding: { y: y(from), y2: { field: to } },
  });
  const tooltip = [
    { field: 'method', title: 'method' },
    { field: 'series', title: 'attack' },
    ...['p10', 'p25', 'median', 'p75', 'p90', 'mean'].map((field) => ({ field, format })),
    { field: 'images', title: 'images' },
    { field: 'lost', title: 'label lost' },
  ];
  return {
    title: words,
    data,
    draw: (color) => ({
      ...CHART,
      encoding: { ...byMethod(data, series), color, tooltip },
      layer: [
        whisker('p10', 'p25'),
        whisker('p75', 'p90'),
        {
          mark: { type: 'bar', width: { band: 0.7 }, fillOpacity: 0.35, strokeWidth: 1.5 },
          encoding: { y: y('p25'), y2: { field: 'p75' }, stroke: color },
        },
        {
          mark: { type: 'tick', width: { band: 0.7 }, thickness: 3 },
          encoding: { y: y('median') },
        },
      ],
    }),
  };
}

/**
 * Box plots of a summary, a chart for each metric with a box for each method and attack.
 * @param measures rows of metrics; metrics without values are left out
 */
export function boxes(
  name: string,
  title: string,
  rows: readonly SummaryRow[],
  measures: readonly (readonly Measure[])[],
  notes: readonly string[],
): Figure {
  const series = [...new Set(rows.map(({ attack }) => String(attack)))];
  return {
    name,
    title,
    series,
    rows: measures
      .map((row) =>
        row
          .filter(({ column }) => rows.some((of) => of[`${column}_median`] !== undefined))
          .map((measure) => chartOf(rows, series, measure)),
      )
      .filter((row) => row.length > 0),
    notes: ['boxes: 25th to 75th percentile, whiskers: 10th to 90th, bar: median', ...notes],
  };
}
