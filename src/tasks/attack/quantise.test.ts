// Iterates in whole gray levels.
import { describe, expect, it } from 'vitest';
import { quantized } from './quantise.js';
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
  const signs = { iterations: 9, step: 0.4 };
  const attacks = [
    { name: 'random-sign' },
    { name: 'random-sign', ...signs, select: 'intersection' },
    { ...topK, ...signs, select: everySelection },
    { name: 'mass-center', ...signs, select: everySelection },
    { name: 'target-region', ...signs, box: [4, 4, 20, 20] },
    { name: 'match-target', iterations: 9, rate: 0.02 },
  ];
  const cases = attacks.flatMap((attack) =>
    [3, 0.5, 2.5, 2.4].map((e) => [attack.name, e, attack] as const),
  );
  /** A bound is the config's, or match-target's own. */
  type Item = { readonly name: string; readonly [field: string]: unknown };
  const withBound = (attack: Item, epsilon: number | undefined) => ({
    attack: attack.name === 'match-target' ? { ...attack, epsilon } : attack,
    epsilon: attack.name === 'match-target' ? undefined : epsilon,
    semantics: 'iterations' in attack ? { random: 'walk' } : 'paper',
  });

  /** The images kept with and without rounding, beside the clean image, and their rows. */
  async function rounded(attack: Item, epsilon?: number, world = {}) {
    const of = async (quantise: boolean) =>
      onlyResult(withBound({ ...attack, quantise }, epsilon), 0, world);
    const [{ rows, kept, cleanImage }, exact] = [await of(true), await of(false)];
    expect(kept).toHaveLength(rows.length);
    return kept.map(({ x, select }, n) => ({
      ...{ x, select, clean: cleanImage!, row: rows[n]! },
      ...{ before: exact.kept[n]!.x, rowBefore: exact.rows[n]! },
    }));
  }

  it.each(cases)('of %s are within ε = %d, towards the clean image', async (_, epsilon, attack) => {
    for (const { x, before, clean, row, rowBefore, select } of await rounded(attack, epsilon)) {
      x.forEach((value, p) => {
        const [change, whole] = [
          before[p]! - clean[p]!,
          Math.floor(Math.abs(before[p]! - clean[p]!)),
        ];
        // − 0 is + 0 here
        if (value - clean[p]! !== Math.sign(change) * whole + 0)
          expect.unreachable(`${value} of ${before[p]}, clean ${clean[p]}`);
      });
      expect(row.linf, select).toBeLessThanOrEqual(Math.floor(epsilon));
      expect(rowBefore.linf, select).toBeGreaterThan(epsilon / 2);
      expect(row.best_iteration, select).toBe(rowBefore.best_iteration);
      // what is reported is the rounded iterate
      const scores = await scoresOf(shipped, x);
      expect(row.confidence_perturbed, select).toBeCloseTo(probability(scores, row.prediction!), 5);
    }
  });

  it('of match-target without a bound are towards the clean image too', async () => {
    const [of] = await rounded(attacks.at(-1)!);
    expect(of!.rowBefore.linf).toBeGreaterThan(3);
    expect([...of!.x]).toEqual([...quantized(of!.before, of!.clean)]);
    expect(of!.row.linf).toBe(Math.floor(of!.rowBefore.linf!));
  });

  it.each(attacks.map((attack) => [attack.name, attack] as const))(
    'below one level are the clean image: %s',
    async (_, attack) => {
      for (const { x, clean, row } of await rounded(attack, 0.5)) {
        expect(x).toEqual(clean);
        expect(row).toMatchObject({
          status: 'ok',
          linf: 0,
          topk_intersection: 1,
          center_shift: 0,
          image_mse: 0,
        });
      }
    },
  );

  it('stay between black and white, and go no further at either', () => {
    const clean = Float32Array.of(0, 0, 0, 255, 255, 255, 1, 254, 100, 100, 100);
    const x = Float32Array.of(0, 0.75, 2.5, 255, 254.25, 252.5, 0, 255, 102.5, 97.5, 100);
    expect([...quantized(x, clean)]).toEqual([0, 0, 2, 255, 255, 253, 0, 255, 102, 98, 100]);
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

  const walk = { name: 'random-sign', iterations: 1, step: 1.5, select: 'intersection' };

  it.each([
    [{ name: 'random-sign' }, 254.1, 'ok'],
    [{ name: 'random-sign' }, 254.02, 'label-lost'],
    [walk, 254.1, 'ok'],
    [walk, 254.02, 'label-lost'],
  ])('can lose the label: %j at the limit %d is %s', async (attack, limit, status) => {
    // 33 of the 64 pixels that count go up to 255, the others down to 252½ or, rounded, 253: the mean of 254 becomes
    // 253.8, and rounded 254.03
    const world = { network: brightness(limit), dataset: flat(254) };
    const rowOf = async (quantise: boolean) =>
      (await onlyResult(withBound({ ...attack, quantise }, 1.5), 0, world)).rows[0]!;
    expect(await rowOf(false)).toMatchObject({ status: 'ok', linf: 1.5 });
    expect((await rowOf(true)).status).toBe(status);
  });
});
