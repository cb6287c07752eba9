import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { input, program } from '../graph/index.js';
import { values } from '../testing/cases.js';
import { float64Engine } from '../testing/float64.js';
import { signStep } from './sign-step.js';
import { stepInputs } from './step-rule.js';

const shape = [2, 3, 4, 5];
const count = 120;

/** Runs one step of two images on both engines, which must agree: whole and half numbers are exact in float32. */
async function step(
  given: Record<'x' | 'ascent' | 'origin', Float32Array>,
  epsilon: readonly [number, number],
  alpha: readonly [number, number],
) {
  const next = signStep(input('x', shape), input('ascent', shape), stepInputs(shape));
  const results = [];
  for (const engine of [float64Engine, onnxEngine()]) {
    const executable = await engine.compile(program({ next }));
    const inputs = {
      ...given,
      epsilon: Float32Array.from(epsilon),
      step: Float32Array.from(alpha),
    };
    results.push([...(await executable.run(inputs)).next!]);
    await executable.release();
  }
  expect(results[0]).toEqual(results[1]);
  return results[0]!;
}

const everywhere = (value: number) => new Float32Array(count).fill(value);

describe('a step', () => {
  it.each([
    ['goes up where D rises', 100, 100, 1e-9, 100.5],
    ['goes down where D falls', 100, 100, -1e9, 99.5],
    ['stays where D has no slope', 100, 100, 0, 100],
    ['stays where D has no slope from below', 100, 100, -0, 100],
    ['stays where the slope is not a number', 100, 100, Number.NaN, 100],
    ['stays where the slope is infinite', 100, 100, Number.POSITIVE_INFINITY, 100],
    ['stays where the slope is infinitely negative', 100, 100, Number.NEGATIVE_INFINITY, 100],
    ['ends ε above the clean image', 104, 100, 1, 104],
    ['ends ε below the clean image', 96, 100, -1, 96],
    ['comes back from the edge of the ball', 104, 100, -1, 103.5],
    ['goes no higher than white', 255, 254, 1, 255],
    ['goes no lower than black', 0, 2, -1, 0],
    ['is drawn back into the ball from outside', 120, 100, 0, 104],
  ])('%s', async (_, x, origin, ascent, expected) => {
    const next = await step(
      { x: everywhere(x), origin: everywhere(origin), ascent: everywhere(ascent) },
      [4, 4],
      [0.5, 0.5],
    );
    expect(new Set(next)).toEqual(new Set([expected]));
  });

  it('treats every value by itself, in every image', async () => {
    const half = (key: string, low: number, high: number) =>
      values(shape, key, [low, high]).map((v) => Math.round(2 * v) / 2);
    const origin = half('origin', 0, 255).map((v) => Math.min(255, Math.max(0, v)));
    const change = half('change', -8, 8);
    const x = origin.map((v, i) => Math.min(255, Math.max(0, v + change[i]!)));
    const ascent = half('ascent', -2, 2);
    const next = await step({ x, origin, ascent }, [6, 3], [2.5, 1]);
    next.forEach((got, i) => {
      const [epsilon, alpha] = i < count / 2 ? [6, 2.5] : [3, 1];
      const moved = x[i]! + alpha * Math.sign(ascent[i]!) - origin[i]!;
      const kept = origin[i]! + Math.min(epsilon, Math.max(-epsilon, moved));
      expect(got).toBe(Math.min(255, Math.max(0, kept)));
    });
  });
});
