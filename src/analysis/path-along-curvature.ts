// A path on a level set that leaves along the largest curvature: tangent steps, each along the one before it, and back to the level set along the gradient.
import type { Random } from '../random.js';
import { onLevel, type Place, placeAt } from './path.js';
import { normalOf, type Surface, tangent } from './surface.js';
import { norm, plus } from './vectors.js';

export interface PathOptions {
  /** How long the path is, to a tenth of a step, and its longest step. */
  readonly length: number;
  readonly step: number;
  /** Of the starts of Lanczos' method. */
  readonly random: Random;
}

/** Of a step, how far a point may be from the level set. */
export const TOLERANCE = 1e-3;
/** Of a step, what may be missing at the end of a path: chords are shorter than steps along tangents. */
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

/** A path on the level set through x, at first along the largest curvature there. */
export async function pathAlongCurvature(
  surface: Surface,
  x: Float64Array,
  { length, step, random }: PathOptions,
): Promise<readonly Place[]> {
  let place = await placeAt(surface, x, random);
  const places = [place];
  const level = place.point.score;
  let along = place.curvature.direction;
  let gone = 0;
  while (length - gone > CLOSE * step) {
    const longest = Math.min(step, length - gone);
    const next = await stepFrom(surface, place, { along, longest, level });
    along = plus(next, -1, place.x);
    gone += norm(along);
    place = await placeAt(surface, next, random);
    places.push(place);
  }
  return places;
}
