// Clean images whose centers have no fractions: where shifts are measured from.
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../../engine/onnx/onnx.js';
import { compileEvaluator, deeplift, gradient, type Method, oneHot } from '../../explain/index.js';
import { drawsOf } from '../../explain/testing/draws.js';
import { massCenter } from '../../metric/center.js';
import type { Activation } from '../../model/index.js';
import { clean, resultsOf, shipped, topK } from './testing/cells.js';

describe('truncated centers', () => {
  const floor = (map: Float32Array) => massCenter(map, 32, 32).map(Math.floor);
  const apart = (a: readonly number[], b: readonly number[]) =>
    Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!);
  const mapOf = async (method: Method, activation: Activation, x: Float32Array, label: number) => {
    const evaluator = await compileEvaluator(onnxEngine(), shipped, method, activation);
    const { map } = await evaluator.evaluate(x, oneHot(10, label), drawsOf(x));
    await evaluator.release();
    return map;
  };

  it.each([
    ['gradient', gradient(), { softplus: 50 }],
    // no surrogate: both centers are the ReLU network's
    ['deeplift', deeplift(), 'relu' as const],
  ] as const)(
    'shift between the surrogate’s of the clean %s map and the ReLU network’s, under every attack',
    async (name, method, surrogate) => {
      const results = await resultsOf(
        {
          explain: name,
          attack: ['random-sign', topK, { name: 'mass-center', iterations: 4 }],
          select: 'center',
          semantics: { center: 'truncated' },
        },
        4,
      );
      expect(results).toHaveLength(3);
      const x = await clean(4);
      for (const { rows, kept, trace } of results) {
        const [row] = rows;
        const [label, attack] = [row!.prediction!, row!.attack];
        const from = floor(await mapOf(method, surrogate, x, label));
        // or it would be the same whose center is taken
        const reported = floor(await mapOf(method, 'relu', x, label));
        expect(apart(from, reported) > 1, attack).toBe(surrogate !== 'relu');
        const after = floor(await mapOf(method, 'relu', kept[0]!.x, label));
        expect(row!.center_shift, attack).toBe(apart(from, after));
        // a distance of whole pixels
        expect(row!.center_shift! ** 2 % 1, attack).toBeCloseTo(0, 9);
        for (const { center_shift } of trace)
          expect(center_shift! ** 2 % 1, attack).toBeCloseTo(0, 9);
        if (attack === 'mass-center') {
          const chosen = trace.find(({ iteration }) => iteration === row!.best_iteration)!;
          const center = massCenter(await mapOf(method, 'relu', kept[0]!.x, label), 32, 32);
          // D has the fractions of where the center is, none of where it was
          expect(chosen.D).toBeCloseTo(apart(from, center), 4);
        }
      }
    },
  );

  it('differ from the paper’s shifts of the same iterates', async () => {
    const shifts = async (semantics: object) =>
      (await resultsOf({ semantics })).map(({ rows }) => rows[0]!.center_shift);
    expect(await shifts({ center: 'truncated' })).not.toEqual(await shifts({}));
  });
});
