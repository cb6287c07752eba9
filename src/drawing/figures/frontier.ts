// What an attack gains against how much it changes the image: for each explanation a line through the medians of attacks
// of rising strength, and where it reaches half of the gain.
import { CHART, type Chart, type Figure, inRows } from '../figure.js';

/** Medians of the pairs of one attack on one explanation. */
export interface Cost {
  readonly series: string;
  readonly attack: string;
  /** The change of the image in gray levels. */
  readonly rms: number;
  readonly gain: number;
  readonly pairs: number;
}

/** A chart: a method, with and without smoothing. */
export interface Costs {
  readonly title: string;
  readonly points: readonly Cost[];
}

const HALF = 0.5;

const chartOf = ({ title, points }: Costs): Chart => ({
  title,
  data: points.map((point) => ({ ...point })),
  draw: (color) => {
    const x = {
      field: 'rms',
      type: 'quantitative',
      title: 'change of the image, RMS in gray levels',
      scale: { zero: true },
      axis: { tickCount: 6 },
    };
    const y = { field: 'gain', type: 'quantitative', title: 'gain', axis: { tickCount: 5 } };
    return {
      ...CHART,
      layer: [
        {
          data: { values: [{ gain: HALF }] },
          mark: { type: 'rule', color: '#888', strokeDash: [4, 3] },
          encoding: { y },
        },
        {
          mark: { type: 'line', strokeWidth: 2, point: { size: 30 } },
          encoding: {
            x,
            y,
            color,
            order: { field: 'rms', type: 'quantitative' },
            tooltip: [
              { field: 'series', title: 'explanation' },
              { field: 'attack' },
              { field: 'rms', title: 'RMS', format: '.2f' },
              { field: 'gain', format: '.3f' },
              { field: 'pairs' },
            ],
          },
        },
      ],
    };
  },
});

/** A chart for each method; charts without points are left out. */
export function frontiers(name: string, title: string, charts: readonly Costs[]): Figure {
  const there = charts.filter(({ points }) => points.length > 0);
  return {
    name,
    title,
    series: [...new Set(there.flatMap(({ points }) => points.map(({ series }) => series)))],
    rows: inRows(there.map((chart) => [chartOf(chart)])),
    notes: [
      'points: medians of the pairs, an attack each; gain: the part of the way to the target map; dashes: half of it',
    ],
  };
}
