// How far the normal of a level set turns along a path, against its bound: Theorem 1 of Dombrowski et al. 2019. A point
// above the diagonal breaks the bound. No two normals of length 1 are farther apart than 2, so that a bound above 2 says
// nothing.
import { CHART, type Chart, type Datum, type Figure } from '../figure.js';

/** A point of a path. */
export interface TurningPoint {
  readonly image: string;
  readonly beta: number;
  readonly length: number;
  /** ‖n − n₀‖. */
  readonly turned: number;
  /** max|λ|·length. */
  readonly bound: number;
}

/** The largest distance of two vectors of length 1. */
const MOST = 2;

const chartOf = (title: string, data: readonly Datum[]): Chart => {
  const values = data.flatMap(({ bound, turned }) => [Number(bound), Number(turned)]);
  const [least, most] = [Math.min(...values), Math.max(MOST, ...values)];
  const rule = (x: object, y: object) => ({
    data: { values: [{}] },
    mark: { type: 'rule', strokeDash: [4, 3], opacity: 0.6, color: 'currentColor' },
    encoding: { ...x, ...y, color: { value: 'currentColor' } },
  });
  const at = (value: number) => ({ datum: value, type: 'quantitative' });
  const log = (field: string, title: string) => ({
    field,
    type: 'quantitative',
    title,
    scale: { type: 'log', domain: [least, most], nice: false },
    axis: { format: '~g', tickCount: 5, labelOverlap: true },
  });
  return {
    title,
    data,
    draw: (color) => ({
      ...CHART,
      layer: [
        {
          mark: { type: 'line', strokeWidth: 1.2, opacity: 0.6, point: { size: 12 } },
          encoding: {
            x: log('bound', 'max|λ| · length'),
            y: log('turned', '‖n − n₀‖'),
            order: { field: 'length' },
            detail: { field: 'image' },
            color,
            tooltip: [
              { field: 'image', title: 'image' },
              { field: 'length', title: 'length', format: '.3~r' },
              { field: 'bound', title: 'max|λ| · length', format: '.3~r' },
              { field: 'turned', title: '‖n − n₀‖', format: '.3~r' },
            ],
          },
        },
        rule({ x: at(least), x2: at(most) }, { y: at(least), y2: at(most) }),
        rule({ x: at(MOST) }, { y: at(least), y2: at(most) }),
      ],
    }),
  };
};

/** A chart for each β. Points of paths without length or turn are left out, as they have no logarithm. */
export function turning(
  name: string,
  title: string,
  series: string,
  points: readonly TurningPoint[],
  notes: readonly string[],
): Figure {
  const there = points.filter(({ turned, bound }) => turned > 0 && bound > 0);
  const betas = [...new Set(there.map(({ beta }) => beta))];
  return {
    name,
    title,
    series: [series],
    rows: [
      betas.map((beta) =>
        chartOf(
          `β = ${beta}`,
          there.filter((p) => p.beta === beta).map((p) => ({ ...p, series })),
        ),
      ),
    ],
    notes: [
      'a line: a path; above the diagonal the bound is broken; right of the vertical line it says nothing',
      ...notes,
    ],
  };
}
