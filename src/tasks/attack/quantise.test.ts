// Iterates in whole gray levels.
import { describe, expect, it } from 'vitest';
import {
  everySelection,
  flat,
  networkWith,
  onlyResult,
  probability,
  scoresOf,
  shipped,
  topK,
} from './testing/cells.js';

describe('whole gray levels', () => {
  it.each(
    [{ name: 'random-sign' }, { ...topK, iterations: 9, select: everySelection }].flatMap(
      (attack) => [3, 0.5, 2.4].map((epsilon) => [attack.name, epsilon, attack] as const),
    ),
  )('of %s are within ε = %d where it is whole, else half a level more', async (...of) => {
    const [, epsilon, attack] = of;
    const { rows, kept } = await onlyResult({ attack: { ...attack, quantise: true }, epsilon });
    const exact = await onlyResult({ attack, epsilon });
    expect(kept).toHaveLength(rows.length);
    for (const [n, { x, select }] of kept.entries()) {
      const [row, before] = [rows[n]!, exact.kept[n]!.x];
      expect(x.every(Number.isInteger), select).toBe(true);
      x.forEach((value, p) => {
        if (Math.abs(value - before[p]!) > 0.5) expect.unreachable(`${value} of ${before[p]}`);
      });
      expect(row.linf, select).toBeLessThanOrEqual(epsilon + (Number.isInteger(epsilon) ? 0 : 0.5));
      expect(row.best_iteration, select).toBe(exact.rows[n]!.best_iteration);
      // what is reported is the rounded iterate
      const scores = await scoresOf(shipped, x);
      expect(row.confidence_perturbed, select).toBeCloseTo(probability(scores, row.prediction!), 5);
    }
  });

  /**
   * A network that tells whether the mean brightness is below (class 0) or above (class 1) a level: one channel of
   * center taps adds up the colors, five equal units take the mean, and the scores are ±100 times its distance from the
   * level.
   */
  const brightness = (level: number) => {
    const threshold = (3 * level) / 255;
    const scores: Record<string, readonly number[]> = {
      'dense2.weight': [...Array(5).fill(-20), ...Array(5).fill(20), ...Array(40).fill(0)],
      'dense2.bias': [100 * threshold, -100 * threshold, ...Array(8).fill(-1000)],
    };
    return networkWith(
      (name, i) => {
        if (name in scores) return scores[name]![i]!;
        if (name.endsWith('bias')) return 0;
        return name === 'dense1.weight' ? 1 / 64 : i % 9 === 4 ? 1 : 0;
      },
      { width: 0.005 },
    );
  };

  it.each([
    ['random-sign', 101, 'ok'],
    ['random-sign', 100.25, 'label-lost'],
    // 32 of the 64 pixels that count go up, and as many down
    [{ name: 'top-k', k: 32, iterations: 1 }, 101, 'ok'],
    [{ name: 'top-k', k: 32, iterations: 1 }, 100.25, 'label-lost'],
  ])('can lose the label: %j at the limit %d is %s', async (attack, limit, status) => {
    // ±½ leaves the mean at 100, rounded it is 100½
    const item = typeof attack === 'string' ? { name: attack } : attack;
    const world = { network: brightness(limit), dataset: flat(100) };
    const rowOf = async (quantise: boolean) => {
      const change = { attack: { ...item, quantise }, epsilon: 0.5, surrogate: { beta: 1 } };
      return (await onlyResult(change, 0, world)).rows[0]!;
    };
    const exact = await rowOf(false);
    expect(exact).toMatchObject({ status: 'ok', linf: 0.5 });
    expect((await rowOf(true)).status).toBe(status);
  });
});
