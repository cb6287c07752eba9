// Metrics of attacked explanations against ε: columns are methods, rows metrics, as in Figs. 3, 12 and 13 of Ghorbani
// et al. 2019. Means with 95 % intervals, and the published curve beside them if there is one.
import { CHART, type Chart, type Datum, type Figure, inRows } from '../figure.js';
import { type Measure, scaleOf } from '../measures.js';
import {
  HOLLOW,
  type Means,
  meansOf,
  ofHere,
  ofPaper,
  publishedNote,
  thereIn,
  tooltipOf,
  valuesOf,
} from './means.js';

/** A logarithmic axis. */
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
  title: string,
  data: readonly Datum[],
  epsilons: readonly number[],
  measure: Measure,
  scale: object,
): Chart {
  const y = {
    field: 'mean',
    type: 'quantitative',
    title: measure.words,
    scale,
    axis: { tickCount: 5 },
  };
  const tooltip = tooltipOf(measure);
  return {
    title,
    data,
    draw: (color) => ({
      ...CHART,
      encoding: { x: overEpsilon(epsilons), color },
      layer: [
        {
          transform: [ofPaper],
          mark: {
            type: 'line',
            strokeDash: [4, 3],
            strokeWidth: 1.5,
            point: { ...HOLLOW, size: 28 },
          },
          encoding: { y, tooltip: tooltip.paper },
        },
        {
          transform: [ofHere],
          mark: { type: 'rule', strokeWidth: 2, opacity: 0.7 },
          encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        {
          transform: [ofHere],
          mark: { type: 'line', strokeWidth: 2, point: { size: 34 } },
          encoding: { y, tooltip: tooltip.here },
        },
      ],
    }),
  };
}

/** Curves of a summary against ε; charts of a metric share their axis. */
export function curves({ name, title, rows, measures, published, notes }: Means): Figure {
  const methods = [...new Set(rows.map(({ method }) => String(method)))];
  const epsilons = [...new Set(rows.map(({ epsilon }) => Number(epsilon)))].sort((a, b) => a - b);
  // the axis spans the ε of the runs
  const [least, most] = [epsilons[0]!, epsilons.at(-1)!];
  const beside = published.filter(({ epsilon }) => epsilon >= least && epsilon <= most);
  return {
    name,
    title,
    series: [...new Set(rows.map(({ attack }) => String(attack)))],
    rows: inRows(
      thereIn(rows, measures).map((measure) => {
        const data = meansOf(rows, beside, measure);
        const scale = scaleOf(measure, valuesOf(data));
        return methods.map((method) => {
          const own = data.filter((of) => of.method === method);
          return chartOf(method, own, epsilons, measure, scale);
        });
      }),
    ),
    notes: [...notes, ...publishedNote(beside)],
  };
}
