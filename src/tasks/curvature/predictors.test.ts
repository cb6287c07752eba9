import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../../random.js';
import { correlations, outcomes, predictors } from './predictors.js';
import type { CurvatureRow } from './results.js';

/** Images whose normal turns the farther the larger −λ is, but for noise, and whose maps have nothing to do with it. */
function rowsOf(images: number, noise: number, change: Partial<CurvatureRow> = {}): CurvatureRow[] {
  const random = keyedRandom('predictors', noise);
  return Array.from({ length: images }, (_, i) => {
    const curvature = random.uniform();
    return {
      ...{ experiment: 'e', model: 'm', dataset: 'd', image: `i${i}`, status: 'ok' },
      ...{ beta: 3, pools: false, seed: 1, confidence: random.uniform() },
      ...{ lambda: -curvature, frobenius: 1 - curvature, gradient_norm: 1 },
      ...{ attack_turned: curvature + noise * random.uniform(), attack_topk: random.uniform() },
      ...change,
    } as CurvatureRow;
  });
}

const found = (rows: readonly CurvatureRow[], predictor: string, outcome: string) =>
  correlations(rows).find((one) => one.predictor === predictor && one.outcome === outcome);

describe('rank correlations of curvature with an attack', () => {
  it('are of sizes, and of what is lost', () => {
    const exact = rowsOf(50, 0);
    const turn = 'turn of the normal';
    expect(found(exact, '|λ|max', turn)).toMatchObject({ beta: 3, images: 50 });
    expect(found(exact, '|λ|max', turn)!.rho).toBeCloseTo(1, 12);
    expect(found(exact, 'Frobenius norm', turn)!.rho).toBeCloseTo(-1, 12);
    const lost = exact.map((row) => ({ ...row, attack_topk: 1 - Math.abs(row.lambda!) }));
    expect(found(lost, '|λ|max', 'top-k pixels lost')!.rho).toBeCloseTo(1, 12);
    expect(Object.keys(predictors)).toContain('confidence');
    expect(Object.keys(outcomes)).toHaveLength(3);
  });

  it('have intervals that narrow with more images and hold 0 where there is nothing', () => {
    const widths = [20, 200].map((images) => {
      const rows = rowsOf(images, 1);
      const { rho, low, high } = found(rows, '|λ|max', 'turn of the normal')!;
      expect(low).toBeLessThan(rho);
      expect(high).toBeGreaterThan(rho);
      const { low: below, high: above } = found(rows, '|λ|max', 'top-k pixels lost')!;
      expect(below).toBeLessThan(0);
      expect(above).toBeGreaterThan(0);
      return high - low;
    });
    expect(widths[1]).toBeLessThan(widths[0]! / 2);
  });

  it('are not told of few images, constant values or without an attack', () => {
    expect(found(rowsOf(9, 1), '|λ|max', 'turn of the normal')).toBeUndefined();
    expect(found(rowsOf(50, 1), '‖∇S‖', 'turn of the normal')).toBeUndefined();
    expect(
      correlations(rowsOf(50, 1, { attack_turned: undefined, attack_topk: undefined })),
    ).toEqual([]);
  });

  it('are apart for each β', () => {
    const rows = [...rowsOf(20, 1), ...rowsOf(20, 1, { beta: 30 })];
    expect([...new Set(correlations(rows).map(({ beta }) => beta))]).toEqual([3, 30]);
  });
});
