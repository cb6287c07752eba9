// Correlations of many pairs against the strength of a smoothing, which is on a logarithmic axis: for each series the
// median, and the band from the 10th to the 90th percentile. The zone in which a network is not itself any more is gray.
import { quantile } from 'simple-statistics';
import { groupBy } from '../../group-by.js';
import { CHART, type Chart, type Datum, type Figure, inRows } from '../figure.js';

/** The correlation of one pair. */
export interface StrengthPoint {
  readonly series: string;
  /** Above 0. */
  readonly strength: number;
  readonly value: number;
}

/** A chart: a method under one kind of smoothing. */
export interface Smoothed {
  readonly title: string;
  /** The axis in words. */
  readonly axis: string;
  readonly points: readonly StrengthPoint[];
  /** The strengths at which too few images keep their class. */
  readonly zone?: readonly [number, number] | undefined;
}

const bands = (points: readonly StrengthPoint[]): Datum[] =>
  [...groupBy(points, ({ series, strength }) => JSON.stringify([series, strength])).values()].map(
    (of) => {
      const values = of.map(({ value }) => value);
      const [low, median, high] = [0.1, 0.5, 0.9].map((part) => quantile(values, part));
      const { series, strength } = of[0]!;
      return {
        ...{ series, strength, pairs: values.length },
        ...{ low: low!, median: median!, high: high! },
      };
    },
  );

const chartOf = ({ title, axis, points, zone }: Smoothed): Chart => ({
  title,
  data: bands(points),
  draw: (color) => {
    const x = {
      field: 'strength',
      type: 'quantitative',
      title: axis,
      scale: { type: 'log', nice: false, padding: 8 },
      axis: { format: '~g', tickCount: 5, labelOverlap: true },
    };
    const y = { field: 'median', type: 'quantitative', title: 'PCC', axis: { tickCount: 5 } };
    const gray =
      zone === undefined
        ? []
        : [
            {
              data: { values: [{ from: zone[0], to: zone[1] }] },
              mark: { type: 'rect', color: '#888', opacity: 0.2 },
              encoding: { x: { ...x, field: 'from' }, x2: { field: 'to' }, color: null },
            },
          ];
    return {
      ...CHART,
      encoding: { x, color },
      layer: [
        ...gray,
        {
          mark: { type: 'area', opacity: 0.15 },
          encoding: { y: { ...y, field: 'low' }, y2: { field: 'high' } },
        },
        {
          mark: { type: 'line', strokeWidth: 2, point: { size: 24 } },
          encoding: {
            y,
            tooltip: [
              { field: 'series', title: 'PCC' },
              { field: 'strength', title: axis },
              { field: 'median', title: 'median', format: '.3f' },
              { field: 'low', title: '10 %', format: '.3f' },
              { field: 'high', title: '90 %', format: '.3f' },
              { field: 'pairs', title: 'pairs' },
            ],
          },
        },
      ],
    };
  },
});

/** A row of charts for each method; charts without points are left out. */
export function overStrength(
  name: string,
  title: string,
  rows: readonly (readonly Smoothed[])[],
  notes: readonly string[],
): Figure {
  const there = rows
    .map((row) => row.filter(({ points }) => points.length > 0))
    .filter(({ length }) => length > 0);
  return {
    name,
    title,
    series: [...new Set(there.flat().flatMap(({ points }) => points.map(({ series }) => series)))],
    rows: inRows(there.map((row) => row.map(chartOf))),
    notes: ['line: median of the pairs; band: from the 10th to the 90th percentile', ...notes],
  };
}
