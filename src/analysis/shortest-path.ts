// A short path between two points of a level set: a line of points is taken to the level set and pulled tight. Its length
// is at least the straight distance, and nears the geodesic one of Theorem 1 (Dombrowski et al. 2019).

import { distance, onLevel } from './path.js';
import type { Surface } from './surface.js';
import { plus } from './vectors.js';

/** Where pulling ends: at so small a relative change of the length, or after so many rounds. */
const CHANGE = 1e-3;
const ROUNDS = 60;

const lengthOf = (points: readonly Float64Array[]) =>
  points.slice(1).reduce((total, x, i) => total + distance(x, points[i]!), 0);

/**
 * Points of a path on a level set.
 * @param from a point of the level set
 * @param to another, or one near it, which is taken to it
 * @param step the distance of its points, about
 * @param within how far from the level set they may be
 */
export async function shortestPath(
  surface: Surface,
  from: Float64Array,
  to: Float64Array,
  { step, within }: { readonly step: number; readonly within: number },
): Promise<readonly Float64Array[]> {
  const level = (await surface.at(from)).score;
  const taken = (x: Float64Array) => onLevel(surface, x, level, within);
  const end = await taken(to);
  const parts = Math.max(2, Math.ceil(distance(from, end) / step));
  const points = [from];
  for (let i = 1; i < parts; i++)
    points.push(await taken(plus(from, i / parts, plus(end, -1, from))));
  points.push(end);
  let length = lengthOf(points);
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 1; i < parts; i++)
      points[i] = await taken(plus(points[i - 1]!, 0.5, plus(points[i + 1]!, -1, points[i - 1]!)));
    const shorter = lengthOf(points);
    if (length - shorter <= CHANGE * length) break;
    length = shorter;
  }
  return points;
}
