import { inverse, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { pcc } from '../metric/pcc.js';
import { expectClose, slopes } from '../testing/float64.js';
import { Influence, type InfluenceOptions } from './influence.js';
import { type Examples, fitHead, type LossName, losses } from './logistic.js';
import { flowersOf } from './testing/examples.js';
import { dot } from './vectors.js';

const REGULARISATION = 1e-3;
const options = (given: Partial<InfluenceOptions> = {}): InfluenceOptions => ({
  loss: 'cross-entropy',
  damping: REGULARISATION,
  sign: 'helpfulness',
  normalise: 'none',
  ...given,
});
const headOf = (examples: Examples, loss: LossName = 'cross-entropy') =>
  fitHead(examples, { loss, regularisation: REGULARISATION }).theta;
const influenceOn = (examples: Examples, given: Partial<InfluenceOptions> = {}) =>
  new Influence(headOf(examples, given.loss), examples, options(given));

const size = 5;
const examples = flowersOf(60, size);
const tests = flowersOf(8, size, 'tests');
const features = tests.rows.map((row) => row.slice(0, size));

describe('influence', () => {
  it.each(['cross-entropy', 'squared'] as const)('is the formula, with %s', (loss) => {
    const theta = headOf(examples, loss);
    // gradients and Hessian as finite differences of the loss in the parameters, the inverse outright
    const lossAt = (row: Float64Array, label: number) => (at: ArrayLike<number>) =>
      losses[loss].of(dot(row, at), label);
    const gradientOf = (row: Float64Array, label: number, at: ArrayLike<number> = theta) =>
      slopes(lossAt(row, label), at, 1e-4);
    const hessian = Matrix.zeros(size + 1, size + 1);
    examples.rows.forEach((row, i) => {
      for (let j = 0; j <= size; j++) {
        const by = (h: number) =>
          gradientOf(
            row,
            examples.labels[i]!,
            theta.map((v, k) => (k === j ? v + h : v)),
          );
        const [ahead, behind] = [by(1e-3), by(-1e-3)];
        for (let k = 0; k <= size; k++)
          hessian.set(j, k, hessian.get(j, k) + (ahead[k]! - behind[k]!) / 2e-3 / 60);
      }
    });
    const solved = inverse(hessian.add(Matrix.eye(size + 1).mul(REGULARISATION)));
    const test = new Matrix([[...gradientOf(tests.rows[0]!, 1)]]).mmul(solved);
    const expected = examples.rows.map((row, i) =>
      dot(test.getRow(0), gradientOf(row, examples.labels[i]!)),
    );
    expectClose(
      new Influence(theta, examples, options({ loss })).of(features[0]!, 1),
      expected,
      1e-4,
    );
  });

  it('is what leaving an example out and fitting again does to the loss', () => {
    const many = flowersOf(200, size);
    const influence = influenceOn(many);
    const lossOf = (theta: Float64Array, t: number) =>
      losses['cross-entropy'].of(dot(tests.rows[t]!, theta), tests.labels[t]!);
    const without = many.rows.map((_, left) =>
      headOf({
        rows: many.rows.filter((_, i) => i !== left),
        labels: many.labels.filter((_, i) => i !== left),
      }),
    );
    for (const t of tests.rows.keys()) {
      const risen = Float64Array.from(
        without,
        (theta) => lossOf(theta, t) - lossOf(influence.theta, t),
      );
      const predicted = influence.of(features[t]!, tests.labels[t]!);
      expect(pcc(predicted, risen)).toBeGreaterThan(0.95);
    }
  });

  it('finds mislabeled examples at the harmful end', () => {
    const wrong = [4, 17, 30, 43];
    const { rows, labels } = flowersOf(200, size, 'mislabelled', 2);
    const spoilt = labels.map((label, i) => (wrong.includes(i) ? 1 - label : label));
    const influence = influenceOn({ rows, labels: spoilt });
    const total = new Float64Array(rows.length);
    const others = flowersOf(50, size, 'of a kind', 2);
    for (const [t, row] of others.rows.entries())
      influence.of(row.slice(0, size), others.labels[t]!).forEach((v, i) => {
        total[i]! += v;
      });
    const harmful = [...total.keys()].sort((a, b) => total[a]! - total[b]!).slice(0, 8);
    expect(harmful).toEqual(expect.arrayContaining(wrong));
  });

  it('has the other sign by the letter of the paper, and length 1 where asked', () => {
    const of = (given: Partial<InfluenceOptions>) =>
      influenceOn(examples, given).of(features[1]!, 0);
    const plain = of({});
    expectClose(
      of({ sign: 'paper' }),
      plain.map((v) => -v),
      1e-12,
    );
    const unit = of({ normalise: 'unit' });
    expect(Math.hypot(...unit)).toBeCloseTo(1, 12);
    expectClose(
      unit.map((v) => v * Math.hypot(...plain)),
      plain,
      1e-12,
    );
  });

  it('goes on with the pseudo-inverse where nothing damps a singular Hessian, and says so', () => {
    const few = flowersOf(6, 20, 'few');
    const influence = influenceOn(few, { damping: 0 });
    expect(influence.system).toMatchObject({ by: 'pseudo-inverse', rank: 6 });
    expect([...influence.of(few.rows[0]!.slice(0, 20), 1)].every(Number.isFinite)).toBe(true);
    expect(influenceOn(few).system).toMatchObject({ by: 'cholesky', rank: 21 });
  });
});

describe('the gradient of influence in the features', () => {
  const some = [3, 14, 15];

  it.each([
    {},
    { sign: 'paper' },
    { loss: 'squared' },
    { damping: 0.1 },
  ] satisfies Partial<InfluenceOptions>[])('is that of central differences, with %j', (given) => {
    const influence = influenceOn(examples, given);
    for (const label of [0, 1]) {
      const sumAt = (f: Float64Array) => {
        const all = influence.of(f, label);
        return some.reduce((total, i) => total + all[i]!, 0);
      };
      const expected = slopes(sumAt, features[2]!, 1e-5);
      expectClose(influence.gradient(features[2]!, label, some), expected, 1e-7);
    }
  });

  it('is followed by one example after the other in the authors’ direction', () => {
    const influence = influenceOn(examples);
    const f = features[3]!;
    let moved = f;
    for (const i of some) {
      const gradient = slopes((at) => influence.of(at, 1)[i]!, moved, 1e-5);
      moved = moved.map((v, j) => v - 0.01 * Math.sign(gradient[j]!));
    }
    expectClose(
      influence.sequential(f, 1, some),
      moved.map((v, j) => v - f[j]!),
      1e-9,
    );
  });
});
