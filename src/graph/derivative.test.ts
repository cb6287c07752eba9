import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { cases, inputsOf, tensorOf, values } from '../testing/cases.js';
import { gradient, pullback } from './derivative.js';
import {
  abs,
  add,
  concat,
  constant,
  conv2d,
  detach,
  div,
  fill,
  gate,
  gatherPlane,
  greater,
  input,
  matmul,
  maxPool,
  maxPoolIndex,
  mean,
  mul,
  neg,
  relu,
  reshape,
  sign,
  softplus,
  sub,
  sum,
  where,
} from './ops.js';
import { type Program, program } from './program.js';
import type { Tensor } from './tensor.js';

type Numbers = Record<string, Float64Array>;
const STEP = 1e-5;

/** Central differences of a scalar output in every element of every input. */
function differences(p: Program, inputs: Numbers, output: string): Numbers {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, at]) => {
      const slope = at.map((_, i) => {
        const moved = (by: number) => {
          const other = Float64Array.from(at);
          other[i]! += by;
          return interpret(p, { ...inputs, [name]: other })[output]![0]!;
        };
        return (moved(STEP) - moved(-STEP)) / (2 * STEP);
      });
      return [name, slope];
    }),
  );
}

function close(got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  const scale = Math.max(1, ...Array.from(expected, Math.abs));
  expect(got.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++)
    expect(
      Math.abs(got[i]! - expected[i]!) / scale,
      `element ${i}: ${got[i]} against ${expected[i]}`,
    ).toBeLessThan(tolerance);
}

const exact = (inputs: Record<string, Float32Array>): Numbers =>
  Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, Float64Array.from(v)]));

/** Checks ∂value/∂leaf for every leaf against central differences. */
function check(value: Tensor, leaves: readonly Tensor[], inputs: Numbers, tolerance: number): void {
  const derivatives = gradient(value, leaves);
  const p = program({ value, ...Object.fromEntries(derivatives.map((d, i) => [`d${i}`, d])) });
  const got = interpret(p, inputs);
  const expected = differences(program({ value }), inputs, 'value');
  leaves.forEach((leaf, i) => {
    close(got[`d${i}`]!, expected[(leaf as Tensor & { op: 'input' }).attrs.name]!, tolerance);
  });
}

// a kink or a tie has no derivative that differences could find, nor has what is detached; both have tests of their own
const smooth = cases.filter(({ ties, detached }) => !ties && !detached);

describe('first derivatives against central differences', () => {
  for (const one of smooth)
    it(one.name, () => {
      const { result, leaves } = tensorOf(one);
      const weights = constant(values(result.shape, 'weights'), result.shape);
      check(sum(mul(result, weights)), leaves, exact(inputsOf(one)), 1e-6);
    });
});

describe('second derivatives against central differences of the first', () => {
  for (const one of smooth)
    it(one.name, () => {
      const { result, leaves } = tensorOf(one);
      const weights = constant(values(result.shape, 'weights'), result.shape);
      // the square makes the cotangents depend on the inputs, so that linear primitives are covered too
      const first = gradient(sum(mul(mul(result, result), weights)), leaves);
      const value = first
        .map((d, i) => sum(mul(d, constant(values(d.shape, `direction ${i}`), d.shape))))
        .reduce((a, b) => add(sum(a), sum(b)));
      check(sum(value), leaves, exact(inputsOf(one)), 1e-5);
    });
});

describe('an attack on a small network', () => {
  const w1 = constant(values([4, 2, 3, 3], 'w1', [-1, 1]), [4, 2, 3, 3]);
  const w2 = constant(values([3, 4, 3, 3], 'w2', [-1, 1]), [3, 4, 3, 3]);
  const same = { stride: [1, 1], pads: [1, 1, 1, 1] } as const;
  const x = input('x', [1, 2, 9, 9]);
  const top = constant(
    Float32Array.from({ length: 81 }, (_, i) => (i % 7 === 0 ? 1 : 0)),
    [1, 1, 9, 9],
  );
  /** Saliency on some pixels: a function of the gradient of a score. */
  const attack = (nonlinearity: (x: Tensor) => Tensor) => {
    const pooled = maxPool(nonlinearity(conv2d(x, w1, undefined, same)), {
      kernel: [3, 3],
      stride: [2, 2],
      pads: [0, 0, 0, 0],
    });
    const score = sum(mean(nonlinearity(conv2d(pooled, w2, undefined, same)), [2, 3]));
    const magnitude = sum(abs(gradient(score, [x])[0]!), [1]);
    return sum(mul(div(magnitude, add(sum(magnitude), 1e-30)), top));
  };
  const at = { x: Float64Array.from(values([1, 2, 9, 9], 'image')) };

  it('softplus: the gradient through gradient, pooling, |·| and normaliser', () => {
    check(attack(softplus), [x], at, 1e-6);
  });

  it('ReLU: second derivatives are those of a piecewise linear network', () => {
    check(attack(relu), [x], at, 1e-6);
  });

  it.each([
    ['ReLU', relu],
    ['softplus', softplus],
  ])('third derivatives through %s, an overhanging max-pool and a convolution', (_, f) => {
    const z = input('z', [1, 2, 5, 5]);
    const pooled = maxPool(f(conv2d(z, w1, undefined, same)), {
      kernel: [3, 3],
      stride: [2, 2],
      pads: [0, 0, 1, 1],
    });
    const y = conv2d(pooled, w2, undefined, same);
    const along = (d: Tensor) => sum(mul(d, constant(values(d.shape, 'along'), d.shape)));
    // of the fourth power, so that the third derivative still depends on the input
    const slope = along(gradient(sum(mul(mul(y, y), mul(y, y))), [z])[0]!);
    const curvature = along(gradient(slope, [z])[0]!);
    check(curvature, [z], { z: Float64Array.from(values([1, 2, 5, 5], 'z')) }, 1e-6);
  });

  it('third derivatives of softplus exist and are right', () => {
    const u = input('u', [5]);
    const third = gradient(
      sum(gradient(sum(gradient(sum(mul(softplus(u), u)), [u])[0]!), [u])[0]!),
      [u],
    )[0]!;
    const inputs = { u: Float64Array.of(-3, -0.5, 0.1, 1, 4) };
    const second = program({
      value: sum(gradient(sum(gradient(sum(mul(softplus(u), u)), [u])[0]!), [u])[0]!),
    });
    close(
      interpret(program({ third }), inputs).third!,
      differences(second, inputs, 'value').u!,
      1e-5,
    );
  });
});

describe('max-pool', () => {
  const window = { kernel: [3, 3], stride: [2, 2], pads: [0, 0, 0, 0] } as const;
  const x = input('x', [1, 1, 5, 5]);
  const slopes = (plane: readonly number[]) => [
    ...interpret(program({ d: gradient(sum(maxPool(x, window)), [x])[0]! }), {
      x: Float64Array.from(plane),
    }).d!,
  ];

  it('gives every window to the first of equal values', () => {
    const expected = new Array(25).fill(0);
    for (const first of [0, 2, 10, 12]) expected[first] = 1;
    expect(slopes(new Array(25).fill(3))).toEqual(expected);
  });

  it('adds up where overlapping windows share a winner', () => {
    const plane = new Array(25).fill(0);
    plane[12] = 1;
    const expected = new Array(25).fill(0);
    expected[12] = 4;
    expect(slopes(plane)).toEqual(expected);
  });

  /** Of Σ y³ over the windows of 2×2: derivatives of the first three orders along w = 1, 2, … 9. */
  const cubes = (...plane: readonly number[]) => {
    const z = input('z', [1, 1, 3, 3]);
    const along = constant(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), z.shape);
    const y = maxPool(z, { kernel: [2, 2], stride: [1, 1], pads: [0, 0, 0, 0] });
    const first = gradient(sum(mul(mul(y, y), y)), [z])[0]!;
    const second = gradient(sum(mul(first, along)), [z])[0]!;
    const third = gradient(sum(mul(second, along)), [z])[0]!;
    const got = interpret(program({ first, second, third }), { z: plane });
    return [[...got.first!], [...got.second!], [...got.third!]];
  };

  it('has higher derivatives at ties: those of the first winner', () => {
    // every window starts with its winner; 3y², 6yw and 6w² with y = 2
    expect(cubes(2, 2, 2, 2, 2, 2, 2, 2, 2)).toEqual([
      [12, 12, 0, 12, 12, 0, 0, 0, 0],
      [12, 24, 0, 48, 60, 0, 0, 0, 0],
      [6, 24, 0, 96, 150, 0, 0, 0, 0],
    ]);
  });

  it('adds up higher derivatives where overlapping windows share one of two equal winners', () => {
    const at = (v: number) => [0, 0, 0, 0, v, 0, 0, 0, 0];
    expect(cubes(1, 1, 1, 1, 2, 2, 1, 1, 1)).toEqual([at(48), at(240), at(600)]);
  });

  it('routes second derivatives to the winners and nowhere else', () => {
    const plane = Float64Array.from(values([25], 'plane'));
    const first = gradient(sum(softplus(maxPool(x, window))), [x])[0]!;
    const second = gradient(sum(mul(first, first)), [x])[0]!;
    const { a, b } = interpret(program({ a: first, b: second }), { x: plane });
    a!.forEach((v, i) => {
      expect(b![i] === 0).toBe(v === 0);
    });
  });
});

describe('an input that is used many times', () => {
  it('five factors: every derivative of x⁵', () => {
    const x = input('x', []);
    let y: Tensor = mul(mul(mul(mul(x, x), x), x), x);
    const derivatives: Record<string, Tensor> = {};
    for (const order of ['d1', 'd2', 'd3', 'd4', 'd5', 'd6']) {
      y = gradient(y, [x])[0]!;
      derivatives[order] = y;
    }
    const got = interpret(program(derivatives), { x: [2] });
    expect(Object.values(got).map(([v]) => v)).toEqual([80, 160, 240, 240, 120, 0]);
  });

  const x = input('x', [1, 1, 3, 3]);
  const matrix = reshape(x, [3, 3]);
  it.each<[string, Tensor]>([
    ['both operands of an addition', add(x, x)],
    ['both operands of a subtraction', sub(x, x)],
    ['both operands of a quotient', div(x, x)],
    ['both operands of a gate', gate(x, x)],
    ['one operand spread over the other', mul(reshape(x, [3, 3, 1]), matrix)],
    ['condition and both branches', where(greater(x, 0), mul(x, x), neg(x))],
    ['three parts of a concatenation', concat([x, mul(x, x), x], 1)],
    ['both operands of a product', matmul(matrix, matrix, { transposeB: true })],
    ['image and filters', conv2d(x, x, undefined, { stride: [1, 1], pads: [1, 1, 1, 1] })],
    [
      'values and places',
      gatherPlane(
        mul(x, x),
        maxPoolIndex(x, { kernel: [2, 2], stride: [1, 1], pads: [0, 0, 0, 0] }),
      ),
    ],
  ])('%s', (_, y) => {
    const weights = constant(values(y.shape, 'weights'), y.shape);
    const value = sum(mul(mul(y, y), weights));
    check(value, [x], { x: Float64Array.from(values([9], 'many times')) }, 1e-6);
  });
});

describe('what is flat has derivative zero', () => {
  const x = input('x', [1, 1, 2, 2]);
  const index = maxPoolIndex(x, { kernel: [2, 2], stride: [1, 1], pads: [0, 0, 0, 0] });
  const y = input('y', [1, 1, 2, 2]);
  it.each<[string, Tensor]>([
    ['sign', sum(sign(x))],
    ['a condition', sum(where(greater(x, 0), y, neg(y)))],
    ['places in a pool', sum(gatherPlane(y, index))],
    ['the slope of a linear function', sum(gradient(sum(mul(x, y)), [x])[0]!)],
    ['ReLU and |·| at zero', add(sum(relu(mul(x, 0.5))), sum(abs(x)))],
    ['a number', fill(3, [1])],
  ])('%s', (_, value) => {
    const d = gradient(value, [x])[0]!;
    expect(d.shape).toEqual(x.shape);
    const got = interpret(program({ d }), { x: [0, 0, 0, 0], y: [1, 2, 3, 4] }).d!;
    expect(got).toEqual(new Float64Array(4));
  });
});

it('what is detached is a constant in derivatives of every order', () => {
  const x = input('x', []);
  const y = mul(mul(x, x), detach(mul(x, x)));
  const first = gradient(y, [x])[0]!;
  const second = gradient(first, [x])[0]!;
  const got = interpret(program({ y, first, second }), { x: [3] });
  expect([got.y![0], got.first![0], got.second![0]]).toEqual([81, 54, 18]);
});

describe('pullback', () => {
  it('differentiates with respect to tensors in between, and what they come from', () => {
    const x = input('x', [2]);
    const between = mul(x, x);
    const [db, dx] = gradient(sum(mul(between, between)), [between, x]);
    const got = interpret(program({ db: db!, dx: dx! }), { x: [1, 2] });
    expect([...got.db!]).toEqual([2, 8]);
    expect([...got.dx!]).toEqual([4, 32]);
  });

  it('names a primitive that has no rule', () => {
    const x = input('x', [2]);
    const unknown = { ...sum(x), op: 'zeta' } as unknown as Tensor;
    expect(() => gradient(mul(unknown, 2), [x])).toThrow('no derivative rule for zeta');
  });

  it('refuses a cotangent of another shape than its output', () => {
    const x = input('x', [2]);
    expect(() => pullback([x], [fill(1, [1])], [x])).toThrow(
      'a cotangent of [1] for an output of [2]',
    );
  });

  it('gives zeros for what the outputs do not depend on', () => {
    const [x, y] = [input('x', [2]), input('y', [3])];
    const [dx, dy] = gradient(sum(mul(x, x)), [x, y]);
    const got = interpret(program({ dx: dx!, dy: dy! }), { x: [1, 2] });
    expect([...got.dx!]).toEqual([2, 4]);
    expect([...got.dy!]).toEqual([0, 0, 0]);
  });

  it('adds the contributions of several outputs', () => {
    const x = input('x', [2]);
    const [d] = pullback([mul(x, x), gate(1, x)], [fill(1, [2]), fill(0, [2])], [x]);
    expect([...interpret(program({ d: d! }), { x: [1, 2] }).d!]).toEqual([2, 4]);
  });

  it('refuses a tensor of several elements where one is needed', () => {
    const x = input('x', [2]);
    expect(() => gradient(x, [x])).toThrow('shape [2]');
  });
});
