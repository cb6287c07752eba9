// Level sets whose curvature is known: spheres, and quadrics.
import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../random.js';
import { onLevel, pathPointsOf } from './path.js';
import { pathAlongCurvature } from './path-along-curvature.js';
import { shortestPath } from './shortest-path.js';
import { curvatureAt, frobeniusAt, normalOf, type Surface } from './surface.js';
import { dot, norm, plus } from './vectors.js';

/** S = ½ Σ a_i x_i². */
const quadric = (a: readonly number[]): Surface => ({
  at: async (x) => ({
    score: x.reduce((total, v, i) => total + (a[i]! * v * v) / 2, 0),
    gradient: x.map((v, i) => a[i]! * v),
  }),
  product: async (_, v) => v.map((c, i) => a[i]! * c),
});

/** S = log x₀, whose Hessian is along its gradient alone. */
const flat: Surface = {
  at: async (x) => ({
    score: Math.log(x[0]!),
    gradient: x.map((v, i) => (i === 0 ? 1 / v : 0)),
  }),
  product: async (x, v) => v.map((c, i) => (i === 0 ? -c / x[0]! ** 2 : 0)),
};

const random = () => keyedRandom('surface');

describe('the curvature of a level set', () => {
  it('of a quadric at a vertex is that of its axes', async () => {
    const surface = quadric([2, -6, 3, 1, 0.5]);
    const x = Float64Array.of(1.5, 0, 0, 0, 0);
    const point = await surface.at(x);
    const found = await curvatureAt(surface, x, point, random());
    // the gradient is 2·1.5 long
    expect(found.lambda).toBeCloseTo(-6 / 3, 10);
    expect(found.least).toBeCloseTo(-6 / 3, 10);
    expect(found.largest).toBeCloseTo(3 / 3, 10);
    expect(found.direction[1]).toBeCloseTo(1, 10);
    expect(dot(found.direction, normalOf(point))).toBeCloseTo(0, 10);
  });

  it('does not count the Hessian along the gradient', async () => {
    const x = Float64Array.of(0.1, 2, 3);
    const found = await curvatureAt(flat, x, await flat.at(x), random());
    expect(found.lambda).toBeCloseTo(0, 12);
  });

  it('has the Frobenius norm of all principal curvatures', async () => {
    const curvatures = Array.from({ length: 400 }, (_, i) => Math.sin(i));
    const surface = quadric([1, ...curvatures]);
    const x = new Float64Array(401);
    x[0] = 1;
    const found = await frobeniusAt(surface, x, await surface.at(x), random());
    // four draws of 400 squares
    expect(found / norm(curvatures)).toBeGreaterThan(0.9);
    expect(found / norm(curvatures)).toBeLessThan(1.1);
  });
});

describe('a path on a level set', () => {
  const radius = 2;
  const sphere = quadric(new Array(6).fill(1));
  const x = Float64Array.of(radius, 0, 0, 0, 0, 0);
  const along = async (length: number, step: number) =>
    pathPointsOf(await pathAlongCurvature(sphere, x, { length, step, random: random() }));

  it('on a sphere is a great circle, along which the normal turns by length over radius', async () => {
    const points = await along(3, 0.05);
    const last = points.at(-1)!;
    expect(Math.abs(last.length - 3)).toBeLessThan(0.1 * 0.05);
    expect(last.lambda).toBeCloseTo(1 / radius, 6);
    expect(last.arc).toBeCloseTo(last.length / radius, 3);
    expect(last.integral).toBeCloseTo(last.length / radius, 3);
    expect(last.bound).toBeCloseTo(last.length / radius, 3);
    expect(last.turned).toBeCloseTo(2 * Math.sin(last.length / radius / 2), 3);
    for (const { ratio, off, x } of points.slice(1)) {
      expect(ratio).toBeCloseTo(1, 3);
      expect(off).toBeLessThanOrEqual(1e-3 * 0.05);
      expect(norm(x)).toBeCloseTo(radius, 6);
    }
    expect(points[0]).toMatchObject({ length: 0, turned: 0, bound: 0 });
  });

  it('takes no step that turns the normal by more than a half', async () => {
    const points = await along(3, 3);
    // a step of half the radius, which is longer behind the return
    expect(points[1]!.length).toBeLessThan(0.55 * radius);
    expect(points.length).toBeGreaterThan(3);
  });

  it('breaks the bound at a corner, where the curvature sees nothing', async () => {
    // S = max(x₀, b·x) is flat on both sides of the corner
    const a = Float64Array.of(1, 0);
    const b = Float64Array.of(0.8, 0.6);
    const corner: Surface = {
      at: async (x) => ({
        score: Math.max(dot(a, x), dot(b, x)),
        gradient: dot(a, x) > dot(b, x) ? a : b,
      }),
      product: async () => new Float64Array(2),
    };
    const options = { length: 1, step: 0.1, random: random() };
    const last = pathPointsOf(await pathAlongCurvature(corner, Float64Array.of(1, 0), options)).at(
      -1,
    )!;
    expect(last.bound).toBe(0);
    expect(last.turned).toBeCloseTo(norm(plus(a, -1, b)), 10);
  });

  it('goes back to its level from anywhere near', async () => {
    const back = await onLevel(sphere, plus(x, 0.3, x), radius ** 2 / 2, 1e-6);
    expect(back[0]).toBeCloseTo(radius, 5);
  });
});

describe('the shortest path on a level set', () => {
  it('on a sphere is a great circle to where the end is above it', async () => {
    const sphere = quadric([1, 1, 1]);
    const x = Float64Array.of(2, 0, 0);
    // a quarter of the circle, from a height of half the radius
    const options = { step: 0.1, within: 1e-8 };
    const points = await shortestPath(sphere, x, Float64Array.of(0, 3, 0), options);
    const length = points.slice(1).reduce((n, p, i) => n + norm(plus(p, -1, points[i]!)), 0);
    expect(length).toBeCloseTo(Math.PI, 2);
    expect([...points.at(-1)!].map((v) => Math.round(v * 1e6) / 1e6)).toEqual([0, 2, 0]);
    for (const point of points) expect(norm(point)).toBeCloseTo(2, 6);
  });

  it('is pulled tight where the straight line is taken to a detour', async () => {
    // a cylinder, across which the straight line goes off the shortest, a helix
    const cylinder = quadric([1, 1, 0]);
    const x = Float64Array.of(1, 0, 0);
    const angle = 2.5;
    const to = Float64Array.of(Math.cos(angle), Math.sin(angle), 1);
    const points = await shortestPath(cylinder, x, to, { step: 0.1, within: 1e-8 });
    const length = points.slice(1).reduce((n, p, i) => n + norm(plus(p, -1, points[i]!)), 0);
    const heights = points.map((p) => p[2]!);
    const steps = heights.slice(1).map((h, i) => h - heights[i]!);
    expect(length / Math.hypot(angle, 1)).toBeCloseTo(1, 2);
    // a helix climbs evenly, as the line before it was pulled does not
    expect(Math.max(...steps) / Math.min(...steps)).toBeLessThan(1.5);
  });
});
