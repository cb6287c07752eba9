// A walk on a level set: tangent steps, each along the one before it, and back to the level set along the gradient.
import type { Random } from '../random.js';
import { normalOf, type Surface, tangent } from './surface.js';
import { norm, plus } from './vectors.js';
import { onLevel, type Place, placeAt } from './way.js';

export interface WalkOptions {
  /** How long the walk is, to a tenth of a step, and its longest step. */
  readonly length: number;
  readonly step: number;
  /** Of the starts of Lanczos' method. */
  readonly random: Random;
}

/** Of a step, how far a point may be from the level set. */
export const TOLERANCE = 1e-3;
/** Of a step, what may be missing at the end of a walk: chords are shorter than steps along tangents. */
const CLOSE = 0.1;

/** The next point: a step of at most half a radius of curvature along a tangent, and back to the level set. */
function stepFrom(
  surface: Surface,
  { x, point, curvature }: Place,
  {
    along,
    longest,
    level,
  }: { readonly along: Float64Array; readonly longest: number; readonly level: number },
): Promise<Float64Array> {
  const h = Math.min(longest, 0.5 / Math.abs(curvature.lambda));
  const direction = tangent(along, normalOf(point));
  return onLevel(surface, plus(x, h / norm(direction), direction), level, TOLERANCE * h);
}

/** Walks on the level set through x, at first along its largest curvature. */
export async function walkOnLevel(
  surface: Surface,
  x: Float64Array,
  { length, step, random }: WalkOptions,
): Promise<readonly Place[]> {
  let place = await placeAt(surface, x, random);
  const places = [place];
  const level = place.point.score;
  let along = place.curvature.direction;
  let walked = 0;
  while (length - walked > CLOSE * step) {
    const longest = Math.min(step, length - walked);
    const next = await stepFrom(surface, place, { along, longest, level });
    along = plus(next, -1, place.x);
    walked += norm(along);
    place = await placeAt(surface, next, random);
    places.push(place);
  }
  return places;
}
