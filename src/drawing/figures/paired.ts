// Correlations of pairs under two conditions: one point for each pair, the first condition to the right and the second
// upwards, with the diagonal on which both are equal.
import { CHART, type Chart, type Figure, inRows } from '../figure.js';

export interface PairedPoint {
  readonly series: string;
  readonly x: number;
  readonly y: number;
  /** The image of the point. */
  readonly image: string;
}

/** A chart, with its axes in words. */
export interface Paired {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly points: readonly PairedPoint[];
}

const chartOf = ({ title, x, y, points }: Paired): Chart => {
  const values = points.flatMap((point) => [point.x, point.y]);
  const ends = [Math.floor(Math.min(0, ...values) * 10) / 10, 1];
  const scale = { domain: ends, nice: false };
  return {
    title,
    data: points.map((point) => ({ ...point })),
    draw: (color) => ({
      ...CHART,
      layer: [
        {
          data: { values: ends.map((at) => ({ at })) },
          mark: { type: 'line', color: '#888', strokeDash: [4, 3], strokeWidth: 1 },
          encoding: {
            x: { field: 'at', type: 'quantitative' },
            y: { field: 'at', type: 'quantitative' },
          },
        },
        {
          mark: { type: 'point', filled: true, opacity: 0.75, size: 34 },
          encoding: {
            x: { field: 'x', type: 'quantitative', title: x, scale, axis: { tickCount: 5 } },
            y: { field: 'y', type: 'quantitative', title: y, scale, axis: { tickCount: 5 } },
            color,
            tooltip: [
              { field: 'image' },
              { field: 'series', title: 'explanation' },
              { field: 'x', title: x, format: '.3f' },
              { field: 'y', title: y, format: '.3f' },
            ],
          },
        },
      ],
    }),
  };
};

/** A chart for each pair of conditions; charts without points are left out. */
export function paired(
  name: string,
  title: string,
  charts: readonly Paired[],
  notes: readonly string[],
): Figure {
  const there = charts.filter(({ points }) => points.length > 0);
  return {
    name,
    title,
    series: [...new Set(there.flatMap(({ points }) => points.map(({ series }) => series)))],
    rows: inRows(there.map((chart) => [chartOf(chart)])),
    notes,
  };
}
