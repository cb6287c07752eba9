// A quantity of many images against β of softplus, on logarithmic axes: the median, and the band from the 10th to the 90th
// percentile.
import { quantile } from 'simple-statistics';
import { groupBy } from '../../group-by.js';
import { CHART, type Chart, type Datum, type Figure } from '../figure.js';

/** The value of one image. */
export interface BetaPoint {
  /** Above 0. */
  readonly beta: number;
  readonly value: number;
}

/** A chart: its quantity in words, and its points. */
export interface Quantity {
  readonly words: string;
  readonly points: readonly BetaPoint[];
}

const log = (field: string, title: string) => ({
  field,
  type: 'quantitative',
  title,
  scale: { type: 'log', nice: false, padding: 8 },
  axis: { format: '~g', tickCount: 5, labelOverlap: true },
});

const chartOf = (series: string, { words, points }: Quantity): Chart => ({
  title: words,
  data: [...groupBy(points, ({ beta }) => String(beta)).values()].map((of): Datum => {
    const values = of.map(({ value }) => value);
    const [low, median, high] = [0.1, 0.5, 0.9].map((part) => quantile(values, part));
    return {
      ...{ series, beta: of[0]!.beta, images: values.length },
      ...{ low: low!, median: median!, high: high! },
    };
  }),
  draw: (color) => ({
    ...CHART,
    encoding: { x: log('beta', 'β'), color },
    layer: [
      {
        mark: { type: 'area', opacity: 0.2 },
        encoding: { y: log('low', words), y2: { field: 'high' } },
      },
      {
        mark: { type: 'line', strokeWidth: 2, point: { size: 34 } },
        encoding: {
          y: log('median', words),
          tooltip: [
            { field: 'beta', title: 'β' },
            { field: 'median', title: 'median', format: '.3~r' },
            { field: 'low', title: '10 %', format: '.3~r' },
            { field: 'high', title: '90 %', format: '.3~r' },
            { field: 'images', title: 'images' },
          ],
        },
      },
    ],
  }),
});

/**
 * A chart for each quantity.
 * @param series the name of the network
 */
export const overBeta = (
  name: string,
  title: string,
  series: string,
  quantities: readonly Quantity[],
  notes: readonly string[],
): Figure => ({
  name,
  title,
  series: [series],
  rows: [quantities.map((quantity) => chartOf(series, quantity))],
  notes: ['line: median of the images; band: from the 10th to the 90th percentile', ...notes],
});
