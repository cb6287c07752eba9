// Means over images against the percent of pixels that are removed: a line for each method, and below it the same up to
// 20 %, where methods differ most.
import { CHART, type Chart, type Figure } from '../figure.js';

/** The mean of one method at one percent. */
export interface PercentPoint {
  readonly series: string;
  readonly percent: number;
  readonly value: number;
  readonly images: number;
}

/** A quantity with its name. */
export interface OverPercent {
  readonly title: string;
  readonly points: readonly PercentPoint[];
}

/** The percent up to which curves are shown enlarged. */
const NEAR = 20;

const chartOf = (title: string, points: readonly PercentPoint[]): Chart => ({
  title,
  data: points.map((point) => ({ ...point })),
  draw: (color) => ({
    ...CHART,
    encoding: {
      x: {
        field: 'percent',
        type: 'quantitative',
        title: '% of the pixels removed',
        scale: { nice: false },
        axis: { tickCount: 5 },
      },
      y: { field: 'value', type: 'quantitative', title: null, axis: { tickCount: 5 } },
      color,
    },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 2, point: { size: 14 } },
        encoding: {
          tooltip: [
            { field: 'series', title: 'method' },
            { field: 'percent', title: '%' },
            { field: 'value', title, format: '.3f' },
            { field: 'images' },
          ],
        },
      },
    ],
  }),
});

/** For each quantity a chart of all percents, and one of the first 20. */
export const overPercent = (
  name: string,
  title: string,
  quantities: readonly OverPercent[],
): Figure => ({
  name,
  title,
  series: [...new Set(quantities.flatMap(({ points }) => points.map(({ series }) => series)))],
  rows: [
    quantities.map(({ title, points }) => chartOf(title, points)),
    quantities.map(({ title, points }) =>
      chartOf(
        `${title}, up to ${NEAR} %`,
        points.filter(({ percent }) => percent <= NEAR),
      ),
    ),
  ],
  notes: ['means over images'],
});
