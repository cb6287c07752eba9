// A function S of a vector, and the curvature of its level sets. The normal n = ∇S/‖∇S‖ turns along the level set as
// A = P∇²S P/‖∇S‖ says, P being the projection onto the tangent space; the eigenvalues of A are the principal
// curvatures (Dombrowski et al. 2019, section 3 and supplement D).
import { normalNumbers, type Random } from '../random.js';
import { endsOfSpectrum } from './lanczos.js';
import { addScaled, dot, norm } from './vectors.js';

/** S and ∇S at a point. */
export interface Point {
  readonly score: number;
  readonly gradient: Float64Array;
}

export interface Surface {
  at(x: Float64Array): Promise<Point>;
  /** ∇²S·v at x. */
  product(x: Float64Array, v: Float64Array): Promise<ArrayLike<number>>;
}

/** The signed curvatures of a level set at a point. */
export interface Curvature {
  /** The principal curvature of the largest size. */
  readonly lambda: number;
  readonly least: number;
  readonly largest: number;
  /** The direction of `lambda`, a tangent of length 1 whose largest component is positive. */
  readonly direction: Float64Array;
  /** The largest residual of Lanczos' method over |lambda|, and its products with the Hessian. */
  readonly residual: number;
  readonly products: number;
}

/** ∇S/‖∇S‖. */
export const normalOf = ({ gradient }: Point): Float64Array => {
  const length = norm(gradient);
  return gradient.map((v) => v / length);
};

/** The part of v in the tangent space at a point with this normal. */
export function tangent(v: ArrayLike<number>, normal: Float64Array): Float64Array {
  const part = Float64Array.from(v);
  addScaled(part, -dot(part, normal), normal);
  return part;
}

/** A·v at x. */
const shapeOperator = (surface: Surface, x: Float64Array, point: Point) => {
  const normal = normalOf(point);
  const length = norm(point.gradient);
  return async (v: Float64Array): Promise<Float64Array> =>
    tangent(await surface.product(x, tangent(v, normal)), normal).map((w) => w / length);
};

/** v or −v: the one whose largest component is positive. */
function oriented(v: Float64Array): Float64Array {
  const largest = v.reduce((top, c) => (Math.abs(c) > Math.abs(top) ? c : top), 0);
  return largest < 0 ? v.map((c) => -c) : v;
}

/**
 * The curvature of the level set through x.
 * @param point S and ∇S at x; ∇S is not 0
 * @param random of the start of Lanczos' method
 */
export async function curvatureAt(
  surface: Surface,
  x: Float64Array,
  point: Point,
  random: Random,
): Promise<Curvature> {
  const start = Float64Array.from(x, () => random.uniform() - 0.5);
  const { least, largest, extreme, residual, products } = await endsOfSpectrum(
    shapeOperator(surface, x, point),
    tangent(start, normalOf(point)),
  );
  const direction = oriented(extreme.vector);
  return { lambda: extreme.value, least, largest, direction, residual, products };
}

/** Random vectors of Hutchinson's estimate. */
const DRAWS = 4;

/** The Frobenius norm of A at x: the root mean square of ‖Az‖ over normal vectors z (Hutchinson's estimate). */
export async function frobeniusAt(
  surface: Surface,
  x: Float64Array,
  point: Point,
  random: Random,
): Promise<number> {
  const apply = shapeOperator(surface, x, point);
  let total = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    const image = await apply(Float64Array.from(normalNumbers(x.length, 1, random)));
    total += dot(image, image);
  }
  return Math.sqrt(total / DRAWS);
}
