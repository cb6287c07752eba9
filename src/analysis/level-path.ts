// A walk on a level set of S: how far the normal turns along it, against the bound of Theorem 1 (Dombrowski et al. 2019),
// ‖n(p) − n(p₀)‖ ≤ max|λ|·length.
import type { Random } from '../random.js';
import {
  type Curvature,
  curvatureAt,
  normalOf,
  type Point,
  type Surface,
  tangent,
} from './surface.js';
import { dot, norm, plus } from './vectors.js';

export interface WalkOptions {
  /** How long the walk is, to a tenth of a step, and its longest step. */
  readonly length: number;
  readonly step: number;
  /** Of the starts of Lanczos' method. */
  readonly random: Random;
}

/** A point of a walk. Sums and maxima go from the start to it. */
export interface Waypoint {
  readonly x: Float64Array;
  /** The sum of the chords. */
  readonly length: number;
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
  /** ‖Δn‖ of the step to it over |λ| times the chord; 0 at the start. */
  readonly ratio: number;
  /** |S − S₀|/‖∇S‖: how far it is from the level set. */
  readonly off: number;
}

/** Of the step, how far a point may be from the level set, and steps of Newton's method to get there. */
const TOLERANCE = 1e-3;
const CORRECTIONS = 8;
/** Of a step, what may be missing at the end of a walk: chords are shorter than steps along tangents. */
const CLOSE = 0.1;

/** |S − S₀|/‖∇S‖. */
const offOf = ({ score, gradient }: Point, level: number) =>
  Math.abs(score - level) / norm(gradient);

/**
 * Takes a point to a level set along the gradient, by Newton's method, at least one step.
 * @param within how far from it the point may be left
 */
export async function onLevel(
  surface: Surface,
  from: Float64Array,
  level: number,
  within: number,
): Promise<{ readonly x: Float64Array; readonly point: Point }> {
  let x = from;
  let point = await surface.at(x);
  for (let i = 0; i < CORRECTIONS && (i === 0 || offOf(point, level) > within); i++) {
    const { score, gradient } = point;
    x = plus(x, -(score - level) / dot(gradient, gradient), gradient);
    point = await surface.at(x);
  }
  return { x, point };
}

/** The next point of a walk: a step along a tangent, and back to the level set. */
async function stepFrom(
  { x, point, curvature }: Place,
  along: Float64Array,
  level: number,
  longest: number,
  surface: Surface,
) {
  const h = Math.min(longest, 0.5 / Math.abs(curvature.lambda));
  const direction = tangent(along, normalOf(point));
  const length = norm(direction);
  return onLevel(surface, plus(x, h / length, direction), level, TOLERANCE * h);
}

interface Place {
  readonly x: Float64Array;
  readonly point: Point;
  readonly curvature: Curvature;
}

/** What a walk has come to at the next place. */
function advanced(
  before: Waypoint & { readonly most: number },
  from: Place,
  to: Place,
  start: Point,
  level: number,
) {
  const chord = norm(plus(to.x, -1, from.x));
  const [n, m] = [normalOf(from.point), normalOf(to.point)];
  const turn = norm(plus(m, -1, n));
  const [here, there] = [Math.abs(from.curvature.lambda), Math.abs(to.curvature.lambda)];
  const most = Math.max(before.most, there);
  const length = before.length + chord;
  return {
    x: to.x,
    length,
    lambda: to.curvature.lambda,
    turned: norm(plus(m, -1, normalOf(start))),
    // of small angles, more exact than the arc cosine
    arc: before.arc + 2 * Math.asin(Math.min(1, turn / 2)),
    integral: before.integral + (chord * (here + there)) / 2,
    bound: most * length,
    ratio: turn / (chord * Math.max(here, there)),
    off: offOf(to.point, level),
    most,
  };
}

/** Walks on the level set through x, at first along its largest curvature. */
export async function walkOnLevel(
  surface: Surface,
  x: Float64Array,
  { length, step, random }: WalkOptions,
): Promise<readonly Waypoint[]> {
  const start = await surface.at(x);
  const level = start.score;
  let place: Place = { x, point: start, curvature: await curvatureAt(surface, x, start, random) };
  let along = place.curvature.direction;
  const most = Math.abs(place.curvature.lambda);
  let waypoint = {
    ...{ x, length: 0, lambda: place.curvature.lambda, turned: 0, arc: 0, integral: 0 },
    ...{ bound: 0, ratio: 0, off: 0, most },
  };
  const waypoints: Waypoint[] = [waypoint];
  while (length - waypoint.length > CLOSE * step) {
    const longest = Math.min(step, length - waypoint.length);
    const next = await stepFrom(place, along, level, longest, surface);
    const curvature = await curvatureAt(surface, next.x, next.point, random);
    const to = { ...next, curvature };
    waypoint = advanced(waypoint, place, to, start, level);
    waypoints.push(waypoint);
    along = plus(to.x, -1, place.x);
    place = to;
  }
  return waypoints;
}
