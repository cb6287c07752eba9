// Metrics of attacked explanations at one ε: a chart for each metric, in it the methods side by side. Means with 95 %
// intervals, and the published mean beside them if there is one.
import type { SummaryRow } from '../../record/summary.js';
import { CHART, type Chart, type Figure } from '../figure.js';
import { type Measure, scaleOf } from '../measures.js';
import {
  HOLLOW,
  type Means,
  meansOf,
  ofHere,
  ofPaper,
  type PublishedMean,
  publishedNote,
  thereIn,
  tooltipOf,
  valuesOf,
} from './means.js';
import { byMethod } from './methods-axis.js';

function chartOf(
  rows: readonly SummaryRow[],
  published: readonly PublishedMean[],
  series: readonly string[],
  measure: Measure,
): Chart {
  const data = meansOf(rows, published, measure);
  const y = {
    field: 'mean',
    type: 'quantitative',
    title: null,
    scale: scaleOf(measure, valuesOf(data)),
    axis: { tickCount: 5 },
  };
  const tooltip = tooltipOf(measure);
  return {
    title: measure.words,
    data,
    draw: (color) => ({
      ...CHART,
      encoding: { ...byMethod(data, series), color },
      layer: [
        {
          transform: [ofPaper],
          mark: { type: 'point', ...HOLLOW, strokeWidth: 1.5, size: 50 },
          encoding: { y, tooltip: tooltip.paper },
        },
        {
          transform: [ofHere],
          mark: { type: 'rule', strokeWidth: 2, opacity: 0.7 },
          encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        {
          transform: [ofHere],
          mark: { type: 'point', filled: true, opacity: 1, size: 40 },
          encoding: { y, tooltip: tooltip.here },
        },
      ],
    }),
  };
}

/** Points of a summary whose rows are of one ε. */
export function points({ name, title, rows, measures, published, notes }: Means): Figure {
  const series = [...new Set(rows.map(({ attack }) => String(attack)))];
  const [epsilon] = rows.flatMap((row) => row.epsilon ?? []);
  const sameSize = published.filter((of) => of.epsilon === epsilon);
  return {
    name,
    title,
    series,
    rows: [thereIn(rows, measures).map((measure) => chartOf(rows, sameSize, series, measure))],
    notes: [
      ...(epsilon === undefined ? [] : [`ε = ${epsilon} of 255`]),
      ...notes,
      ...publishedNote(sameSize),
    ],
  };
}
