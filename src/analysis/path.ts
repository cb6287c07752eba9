// A path on a level set of S: how far the normal turns along it, against the bound of Theorem 1 (Dombrowski et al. 2019),
// ‖n(p) − n(p₀)‖ ≤ max|λ|·length.
import type { Random } from '../random.js';
import { type Curvature, curvatureAt, normalOf, type Point, type Surface } from './surface.js';
import { dot, norm, plus } from './vectors.js';

/** A point of a level set with all that is known there. */
export interface Place {
  readonly x: Float64Array;
  readonly point: Point;
  readonly curvature: Curvature;
}

/** @param random of the start of Lanczos' method */
export async function placeAt(surface: Surface, x: Float64Array, random: Random): Promise<Place> {
  const point = await surface.at(x);
  return { x, point, curvature: await curvatureAt(surface, x, point, random) };
}

/** A point of a path. Sums and maxima go from the start to it. */
export interface PathPoint {
  readonly x: Float64Array;
  /** The sum of the chords, and the distance from the start. */
  readonly length: number;
  readonly straight: number;
  /** λ of the largest size here. */
  readonly lambda: number;
  /** ‖n − n₀‖. */
  readonly turned: number;
  /** The sum of the angles between one normal and the next. */
  readonly arc: number;
  /** ∫|λ|ds by the trapezoidal rule. */
  readonly integral: number;
  /** max|λ|·length. */
  readonly bound: number;
  /** ‖Δn‖ of the step to it over the chord and the larger |λ| of both ends; at the start 0. */
  readonly ratio: number;
  /** |S − S₀|/‖∇S‖: how far it is from the level set of the start. */
  readonly off: number;
}

export const distance = (a: Float64Array, b: Float64Array): number => norm(plus(a, -1, b));

/** |S − S₀|/‖∇S‖. */
export const offOf = ({ score, gradient }: Point, level: number): number =>
  Math.abs(score - level) / norm(gradient);

/** What comes together along the places of a path. */
export function pathPointsOf(places: readonly Place[]): PathPoint[] {
  const start = places[0]!;
  const first = normalOf(start.point);
  let [length, arc, integral, most] = [0, 0, 0, 0];
  return places.map(({ x, point, curvature }, i) => {
    const before = places[Math.max(0, i - 1)]!;
    const normal = normalOf(point);
    const chord = distance(x, before.x);
    const turn = distance(normal, normalOf(before.point));
    const [here, there] = [Math.abs(curvature.lambda), Math.abs(before.curvature.lambda)];
    length += chord;
    // of small angles, more exact than the arc cosine
    arc += 2 * Math.asin(Math.min(1, turn / 2));
    integral += (chord * (here + there)) / 2;
    most = Math.max(most, here);
    return {
      ...{ x, length, straight: distance(x, start.x), lambda: curvature.lambda },
      ...{ turned: distance(normal, first), arc, integral, bound: most * length },
      ratio: i === 0 ? 0 : turn / (chord * Math.max(here, there)),
      off: offOf(point, start.point.score),
    };
  });
}

/** Steps of Newton's method to a level set. */
const CORRECTIONS = 8;

/**
 * Takes a point to a level set along the gradient, by Newton's method, at least one step.
 * @param within how far from it the point may be left
 */
export async function onLevel(
  surface: Surface,
  from: Float64Array,
  level: number,
  within: number,
): Promise<Float64Array> {
  let x = from;
  for (let i = 0; i < CORRECTIONS; i++) {
    const point = await surface.at(x);
    if (i > 0 && offOf(point, level) <= within) break;
    const { score, gradient } = point;
    x = plus(x, -(score - level) / dot(gradient, gradient), gradient);
  }
  return x;
}
