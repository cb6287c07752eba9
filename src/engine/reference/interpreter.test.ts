// The reference engine against the definitions themselves: every primitive has a twin written as a
// formula over indices, summed by nested loops, with zeros outside of every array.
import { describe, expect, it } from 'vitest';
import * as g from '../../graph/index.js';
import { sizeOf, type Window } from '../../graph/shape.js';
import { type Primitive, primitives, topological } from '../../graph/tensor.js';
import { values } from '../../testing/cases.js';
import { expectClose } from '../../testing/float64.js';
import { interpret } from './interpreter.js';

const { input } = g;

/** Nested loops over indices below the given sizes, the last one fastest. */
function loops(sizes: g.Shape, visit: (...index: number[]) => void, index: number[] = []): void {
  const size = sizes[index.length];
  if (size === undefined) visit(...index);
  else for (let i = 0; i < size; i++) loops(sizes, visit, [...index, i]);
}

function tabulate(shape: g.Shape, f: (...index: number[]) => number): number[] {
  const out: number[] = [];
  loops(shape, (...index) => out.push(f(...index)));
  return out;
}

function total(sizes: g.Shape, f: (...index: number[]) => number): number {
  let sum = 0;
  loops(sizes, (...index) => {
    sum += f(...index);
  });
  return sum;
}

/** An element by its index. */
type Read = (...index: number[]) => number;
const reader =
  (data: ArrayLike<number>, shape: g.Shape): Read =>
  (...index) => {
    if (index.length !== shape.length) throw new Error(`[${index}] is no index of [${shape}]`);
    if (index.some((i, axis) => i < 0 || i >= shape[axis]!)) return 0;
    return data[index.reduce((at, i, axis) => at * shape[axis]! + i, 0)]!;
  };

/** Evaluates the graph as it stands: nothing is simplified. */
const evaluate = (result: g.Tensor, inputs: Record<string, ArrayLike<number>>): Float64Array =>
  interpret({ inputs: [], outputs: { result }, nodes: topological([result]) }, inputs).result!;

interface Check {
  readonly name?: string;
  readonly result: g.Tensor;
  readonly twin: (...operands: Read[]) => number[];
  readonly range?: readonly [number, number];
  /** Values are multiples of a half, so that many are equal. */
  readonly ties?: boolean;
}

/** Compares a primitive on its inputs, which the twin gets in the order a, b, c. */
function compare({ result, twin, range, ties = false }: Check): void {
  const inputs: Record<string, Float32Array> = {};
  const operands: Read[] = [];
  for (const name of ['a', 'b', 'c']) {
    const leaf = topological([result]).find((t) => t.op === 'input' && t.attrs.name === name);
    if (leaf === undefined) break;
    inputs[name] = values(leaf.shape, `twin ${name}`, range, ties);
    operands.push(reader(inputs[name], leaf.shape));
  }
  const expected = twin(...operands);
  expect(sizeOf(result.shape)).toBe(expected.length);
  expectClose(evaluate(result, inputs), expected, 1e-13);
}

const unary = (
  op: (x: g.Tensor) => g.Tensor,
  f: (u: number) => number,
  range?: readonly [number, number],
): Check[] => [
  {
    result: op(input('a', [2, 3])),
    twin: (a) => tabulate([2, 3], (i, j) => f(a(i, j))),
    ...(range === undefined ? {} : { range }),
  },
];

/** An operator of two, on operands that both spread and on a scalar. */
const binary = (
  op: (a: g.Tensor, b: g.Tensor) => g.Tensor,
  f: (a: number, b: number) => number,
): Check[] => [
  {
    name: 'both spread',
    result: op(input('a', [2, 1, 4]), input('b', [3, 1])),
    twin: (a, b) => tabulate([2, 3, 4], (i, j, k) => f(a(i, 0, k), b(j, 0))),
  },
  {
    name: 'with a scalar',
    result: op(input('a', []), input('b', [2, 3])),
    twin: (a, b) => tabulate([2, 3], (i, j) => f(a(), b(i, j))),
  },
];

const slides: Readonly<Record<string, Window & { readonly plane: readonly [number, number] }>> = {
  dense: { plane: [4, 5], kernel: [3, 2], stride: [1, 1], pads: [0, 0, 0, 0] },
  'stride, a rest': { plane: [6, 7], kernel: [3, 3], stride: [2, 3], pads: [0, 0, 0, 0] },
  'uneven padding': { plane: [4, 5], kernel: [3, 3], stride: [2, 1], pads: [0, 1, 2, 0] },
  gaps: { plane: [5, 7], kernel: [1, 2], stride: [3, 3], pads: [0, 0, 0, 1] },
  'larger than the plane': { plane: [2, 3], kernel: [3, 5], stride: [1, 2], pads: [1, 2, 1, 1] },
};

interface Sliding extends Window {
  readonly image: g.Shape;
  readonly filters: g.Shape;
  readonly out: g.Shape;
}

/** A check for every window, given 2 images of 3 channels and 4 filters; `out` has the channels of the filters. */
const sliding = (check: (s: Sliding) => Check): Check[] =>
  Object.entries(slides).map(([name, { plane, ...window }]) => {
    const image = [2, 3, ...plane];
    const filters = [4, 3, ...window.kernel];
    const out = g.conv2d(input('a', image), input('b', filters), undefined, window).shape;
    return { name, ...check({ ...window, image, filters, out }) };
  });

/** What a window of a pool holds: places inside the plane in row-major order, and their values. */
function under(a: Read, { image, kernel, stride, pads }: Sliding, index: readonly number[]) {
  const [n, c, i, j] = index as [number, number, number, number];
  const [, , height, width] = image as [number, number, number, number];
  const held: { place: number; value: number }[] = [];
  loops(kernel, (p, q) => {
    const [row, column] = [i! * stride[0] + p! - pads[0], j! * stride[1] + q! - pads[1]];
    if (row >= 0 && row < height && column >= 0 && column < width)
      held.push({ place: row * width + column, value: a(n, c, row, column) });
  });
  const largest = Math.max(...held.map(({ value }) => value));
  return { largest, winner: held.find(({ value }) => value === largest)!.place };
}

/** Pools need two checks: where values differ, and where the first of equal values wins. */
const pools = (check: (s: Sliding, pooled: g.Shape) => Check): Check[] =>
  [false, true].flatMap((ties) =>
    sliding((s) => ({
      ...check(s, [2, 3, s.out[2]!, s.out[3]!]),
      ties,
      // below zero, so that padding would win if it took part
      range: [-3, -1],
    })).map((c) => ({ ...c, name: `${c.name}${ties ? ', with ties' : ''}` })),
  );

const sigma = (u: number) => (1 + Math.tanh(u / 2)) / 2;

const twins: Readonly<Record<Primitive, readonly Check[]>> = {
  input: [{ result: input('a', [2, 3]), twin: (a) => tabulate([2, 3], a) }],
  constant: [{ result: g.constant(Float32Array.of(1, -2, 0.5), [3, 1]), twin: () => [1, -2, 0.5] }],
  fill: [{ result: g.fill(0.1, [2, 2]), twin: () => [0.1, 0.1, 0.1, 0.1] }],
  neg: unary(g.neg, (u) => 0 - u),
  exp: unary(g.exp, (u) => Math.E ** u),
  log: unary(g.log, (u) => Math.log2(u) * Math.LN2, [0.1, 3]),
  sqrt: unary(g.sqrt, (u) => u ** 0.5, [0.1, 3]),
  abs: unary(g.abs, (u) => (u < 0 ? -u : u)),
  sign: unary(g.sign, (u) => (u < 0 ? -1 : 1)),
  relu: unary(g.relu, (u) => (u > 0 ? u : 0)),
  sigmoid: unary(g.sigmoid, sigma),
  detach: unary(g.detach, (x) => x),
  softplus: unary(g.softplus, (u) => Math.log(1 + Math.exp(u))),
  add: binary(g.add, (a, b) => a + b),
  sub: binary(g.sub, (a, b) => a - b),
  mul: binary(g.mul, (a, b) => a * b),
  div: binary(g.div, (a, b) => a / b),
  gate: binary(g.gate, (d, u) => d * sigma(u)),
  greater: [
    ...binary(g.greater, (a, b) => (a > b ? 1 : 0)),
    {
      name: 'equal values',
      result: g.greater(input('a', [3]), input('a', [3])),
      twin: () => [0, 0, 0],
    },
  ],
  where: [
    {
      result: g.where(
        g.greater(input('a', [2, 3]), 0),
        input('b', [3]),
        g.mul(input('c', [2, 1]), 2),
      ),
      twin: (a, b, c) => tabulate([2, 3], (i, j) => (a(i, j) > 0 ? b(j) : 2 * c(i, 0))),
    },
  ],
  sum: [
    {
      name: 'two axes of three',
      result: g.sum(input('a', [2, 3, 4]), [0, 2]),
      twin: (a) => tabulate([1, 3, 1], (_, j) => total([2, 4], (i, k) => a(i!, j!, k!))),
    },
    {
      name: 'all axes',
      result: g.sum(input('a', [2, 3, 4])),
      twin: (a) => [total([2, 3, 4], a)],
    },
  ],
  broadcast: [
    {
      result: g.broadcast(input('a', [3, 1]), [2, 3, 4]),
      twin: (a) => tabulate([2, 3, 4], (_, j) => a(j!, 0)),
    },
    {
      name: 'a scalar',
      result: g.broadcast(input('a', []), [2, 2]),
      twin: (a) => [a(), a(), a(), a()],
    },
  ],
  reshape: [
    {
      result: g.reshape(input('a', [2, 6]), [3, 1, 4]),
      twin: (a) =>
        tabulate([3, 1, 4], (i, _, k) => a(Math.floor((4 * i! + k!) / 6), (4 * i! + k!) % 6)),
    },
  ],
  transpose: [
    {
      result: g.transpose(input('a', [2, 3, 4]), [2, 0, 1]),
      twin: (a) => tabulate([4, 2, 3], (i, j, k) => a(j!, k!, i!)),
    },
  ],
  concat: [
    {
      name: 'along an inner axis, one part twice',
      result: g.concat([input('a', [2, 1, 2]), input('b', [2, 2, 2]), input('a', [2, 1, 2])], 1),
      twin: (a, b) =>
        tabulate([2, 4, 2], (i, j, k) => (j === 0 || j === 3 ? a(i!, 0, k!) : b(i!, j! - 1, k!))),
    },
    {
      name: 'along the first axis',
      result: g.concat([input('a', [1, 3]), input('b', [2, 3])], 0),
      twin: (a, b) => tabulate([3, 3], (i, j) => (i === 0 ? a(0, j!) : b(i! - 1, j!))),
    },
  ],
  slice: [
    {
      result: g.slice(input('a', [2, 5, 7]), [1, 0, 1], [2, 4, 7], [1, 3, 2]),
      twin: (a) => tabulate([1, 2, 3], (i, j, k) => a(1 + i!, 3 * j!, 1 + 2 * k!)),
    },
  ],
  embed: [
    {
      result: g.embed(input('a', [2, 3]), [1, 0], [3, 2], [5, 6]),
      twin: (a) =>
        tabulate([5, 6], (i, j) =>
          (i! - 1) % 3 === 0 && j! % 2 === 0 ? a((i! - 1) / 3, j! / 2) : 0,
        ),
    },
  ],
  matmul: [false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB): Check[] => [
      {
        name: `${transposeA ? 'Aᵀ' : 'A'}${transposeB ? 'Bᵀ' : 'B'}`,
        result: g.matmul(
          input('a', transposeA ? [5, 3] : [3, 5]),
          input('b', transposeB ? [4, 5] : [5, 4]),
          { transposeA, transposeB },
        ),
        twin: (a, b) =>
          tabulate([3, 4], (i, j) =>
            total([5], (p) => (transposeA ? a(p, i) : a(i, p)) * (transposeB ? b(j, p) : b(p, j))),
          ),
      },
      {
        name: `${transposeA ? 'Aᵀ' : 'A'}${transposeB ? 'Bᵀ' : 'B'} in batches`,
        result: g.matmul(
          input('a', transposeA ? [2, 5, 3] : [2, 3, 5]),
          input('b', transposeB ? [2, 4, 5] : [2, 5, 4]),
          { transposeA, transposeB },
        ),
        twin: (a, b) =>
          tabulate([2, 3, 4], (n, i, j) =>
            total(
              [5],
              (p) =>
                (transposeA ? a(n, p, i) : a(n, i, p)) * (transposeB ? b(n, j, p) : b(n, p, j)),
            ),
          ),
      },
    ]),
  ),
  conv2d: sliding(({ image, filters, out, stride, pads }) => ({
    result: g.conv2d(input('a', image), input('b', filters), input('c', [4]), { stride, pads }),
    twin: (x, w, bias) =>
      tabulate(
        out,
        (n, o, i, j) =>
          bias(o) +
          total(
            filters.slice(1),
            (c, p, q) =>
              w(o, c, p, q) * x(n, c, i * stride[0] + p - pads[0], j * stride[1] + q - pads[1]),
          ),
      ),
  })),
  conv2dInputGrad: sliding(({ image, filters, out, kernel, stride, pads }) => ({
    result: g.conv2dInputGrad(input('a', out), input('b', filters), image, { stride, pads }),
    // every output that an element of the image took part in, with the weight it had there
    twin: (y, w) =>
      tabulate(image, (n, c, row, column) =>
        total([...out.slice(1), ...kernel], (o, i, j, p, q) =>
          i * stride[0] + p - pads[0] === row && j * stride[1] + q - pads[1] === column
            ? y(n, o, i, j) * w(o, c, p, q)
            : 0,
        ),
      ),
  })),
  conv2dFilterGrad: sliding(({ image, filters, out, stride, pads }) => ({
    result: g.conv2dFilterGrad(input('a', image), input('b', out), filters, { stride, pads }),
    twin: (x, y) =>
      tabulate(filters, (o, c, p, q) =>
        total(
          [out[0]!, out[2]!, out[3]!],
          (n, i, j) =>
            y(n, o, i, j) * x(n, c, i * stride[0] + p - pads[0], j * stride[1] + q - pads[1]),
        ),
      ),
  })),
  maxPool: pools((s, pooled) => ({
    result: g.maxPool(input('a', s.image), s),
    twin: (a) => tabulate(pooled, (...index) => under(a, s, index).largest),
  })),
  maxPoolIndex: pools((s, pooled) => ({
    result: g.maxPoolIndex(input('a', s.image), s),
    twin: (a) => tabulate(pooled, (...index) => under(a, s, index).winner),
  })),
  gatherPlane: pools((s, pooled) => ({
    result: g.gatherPlane(input('b', s.image), g.maxPoolIndex(input('a', s.image), s)),
    twin: (a, b) =>
      tabulate(pooled, (n, c, i, j) => {
        const { winner } = under(a, s, [n, c, i, j]);
        return b(n, c, Math.floor(winner / s.image[3]!), winner % s.image[3]!);
      }),
  })),
  scatterPlane: pools((s, pooled) => ({
    result: g.scatterPlane(
      input('b', pooled),
      g.maxPoolIndex(input('a', s.image), s),
      s.image[2]!,
      s.image[3]!,
    ),
    twin: (a, b) =>
      tabulate(s.image, (n, c, row, column) =>
        total(pooled.slice(2), (i, j) =>
          under(a, s, [n, c, i, j]).winner === row * s.image[3]! + column ? b(n, c, i, j) : 0,
        ),
      ),
  })),
  averagePool: sliding(({ image, out, kernel, stride, pads }) => ({
    result: g.averagePool(input('a', image), { kernel, stride, pads }),
    twin: (a) =>
      tabulate(
        [2, 3, out[2]!, out[3]!],
        (n, c, i, j) =>
          total(kernel, (p, q) =>
            a(n, c, i * stride[0] + p - pads[0], j * stride[1] + q - pads[1]),
          ) /
          (kernel[0] * kernel[1]),
      ),
  })),
  averagePoolInputGrad: sliding(({ image, out, kernel, stride, pads }) => ({
    result: g.averagePoolInputGrad(input('a', [2, 3, out[2]!, out[3]!]), image, {
      kernel,
      stride,
      pads,
    }),
    // every window that an element of the image lies under
    twin: (y) =>
      tabulate(
        image,
        (n, c, row, column) =>
          total([out[2]!, out[3]!, ...kernel], (i, j, p, q) =>
            i * stride[0] + p - pads[0] === row && j * stride[1] + q - pads[1] === column
              ? y(n, c, i, j)
              : 0,
          ) /
          (kernel[0] * kernel[1]),
      ),
  })),
};

describe('every primitive equals its definition', () => {
  it('has a twin for each', () => {
    expect(Object.keys(twins).sort()).toEqual([...primitives].sort());
  });

  const checks = Object.entries(twins).flatMap(([op, list]) =>
    list.map((check) => ({
      op,
      said: check.name === undefined ? op : `${op}: ${check.name}`,
      check,
    })),
  );
  it.each(checks)('$said', ({ op, check }) => {
    expect(check.result.op).toBe(op);
    compare(check);
  });
});

describe('values that formulas get wrong', () => {
  const u = input('u', []);
  it.each<[string, g.Tensor, number, number]>([
    ['softplus far up', g.softplus(u), 1000, 1000],
    ['softplus far down', g.softplus(u), -1000, 0],
    ['softplus of −40, which 1 + exp loses', g.softplus(u), -40, Math.exp(-40)],
    ['softplus at zero', g.softplus(u), 0, Math.LN2],
    ['sigmoid far up', g.sigmoid(u), 1000, 1],
    ['sigmoid far down', g.sigmoid(u), -1000, 0],
    ['sigmoid of −40', g.sigmoid(u), -40, Math.exp(-40)],
    ['an open gate', g.gate(5, u), 1000, 5],
    ['a shut gate', g.gate(5, u), -1000, 0],
    ['sign of zero', g.sign(u), 0, 0],
    ['sign of minus zero', g.sign(u), -0, 0],
    ['sign of the smallest number', g.sign(u), -Number.MIN_VALUE, -1],
    ['relu at zero', g.relu(u), 0, 0],
    ['greater at equality', g.greater(u, 2), 2, 0],
    ['one third in float64', g.div(u, 3), 1, 1 / 3],
    ['an infinite operand that is not chosen', g.where(g.greater(u, 0), 1, g.log(u)), 1, 1],
    ['division by zero', g.div(u, 0), 1, Number.POSITIVE_INFINITY],
  ])('%s', (_, result, at, expected) => {
    const [got] = evaluate(result, { u: [at] });
    // the smallest relative error, and −0 equals 0
    expect(got === expected || Math.abs(got! / expected - 1) < 1e-15).toBe(true);
  });

  it('gives a pool whose values are all equal to its first place', () => {
    const x = input('x', [1, 1, 3, 4]);
    const windows = { kernel: [2, 2], stride: [1, 2], pads: [0, 0, 0, 0] } as const;
    expect([...evaluate(g.maxPoolIndex(x, windows), { x: new Float64Array(12) })]).toEqual([
      0, 2, 4, 6,
    ]);
  });
});

describe('⟨Ax, y⟩ = ⟨x, Aᵀy⟩', () => {
  const fixed = (shape: g.Shape) => g.constant(values(shape, `fixed ${shape}`), shape);
  const window: Window = { kernel: [3, 2], stride: [2, 3], pads: [1, 0, 2, 1] };
  const image = [2, 3, 6, 7];
  const filters = [4, 3, 3, 2];
  const index = g.maxPoolIndex(fixed(image), window);
  interface Pair {
    readonly of: g.Shape;
    readonly a: (x: g.Tensor) => g.Tensor;
    readonly adjoint: (y: g.Tensor) => g.Tensor;
  }
  it.each<[string, Pair]>([
    [
      'sum, broadcast',
      { of: [2, 3, 4], a: (x) => g.sum(x, [0, 2]), adjoint: (y) => g.broadcast(y, [2, 3, 4]) },
    ],
    [
      'mean over planes, an even share for every pixel',
      {
        of: image,
        a: (x) => g.mean(x, [2, 3]),
        adjoint: (y) => g.mul(g.broadcast(y, image), 1 / 42),
      },
    ],
    [
      'broadcasting, sumTo',
      { of: [3, 1], a: (x) => g.broadcast(x, [2, 3, 4]), adjoint: (y) => g.sumTo(y, [3, 1]) },
    ],
    [
      'transpose, the inverse permutation',
      {
        of: [2, 3, 4],
        a: (x) => g.transpose(x, [1, 2, 0]),
        adjoint: (y) => g.transpose(y, [2, 0, 1]),
      },
    ],
    [
      'slice, embed',
      {
        of: [5, 7],
        a: (x) => g.slice(x, [1, 2], [5, 7], [2, 3]),
        adjoint: (y) => g.embed(y, [1, 2], [2, 3], [5, 7]),
      },
    ],
    [
      'concat, slices added',
      {
        of: [2, 3],
        a: (x) => g.concat([x, g.neg(x)], 1),
        adjoint: (y) => g.sub(g.slice(y, [0, 0], [2, 3]), g.slice(y, [0, 3], [2, 6])),
      },
    ],
    [
      'matmul in its first operand',
      {
        of: [3, 5],
        a: (x) => g.matmul(x, fixed([5, 4])),
        adjoint: (y) => g.matmul(y, fixed([5, 4]), { transposeB: true }),
      },
    ],
    [
      'matmul in its second operand',
      {
        of: [2, 5, 4],
        a: (x) => g.matmul(fixed([2, 3, 5]), x),
        adjoint: (y) => g.matmul(fixed([2, 3, 5]), y, { transposeA: true }),
      },
    ],
    [
      'conv2d, conv2dInputGrad',
      {
        of: image,
        a: (x) => g.conv2d(x, fixed(filters), undefined, window),
        adjoint: (y) => g.conv2dInputGrad(y, fixed(filters), image, window),
      },
    ],
    [
      'conv2d in its filters, conv2dFilterGrad',
      {
        of: filters,
        a: (w) => g.conv2d(fixed(image), w, undefined, window),
        adjoint: (y) => g.conv2dFilterGrad(fixed(image), y, filters, window),
      },
    ],
    [
      'gatherPlane, scatterPlane',
      {
        of: image,
        a: (x) => g.gatherPlane(x, index),
        adjoint: (y) => g.scatterPlane(y, index, 6, 7),
      },
    ],
    [
      'averagePool, averagePoolInputGrad',
      {
        of: image,
        a: (x) => g.averagePool(x, window),
        adjoint: (y) => g.averagePoolInputGrad(y, image, window),
      },
    ],
    [
      'gate in what it lets through, itself',
      {
        of: [2, 3],
        a: (x) => g.gate(x, fixed([2, 3])),
        adjoint: (y) => g.gate(y, fixed([2, 3])),
      },
    ],
  ])('%s', (_, { of, a, adjoint }) => {
    const ax = a(input('x', of));
    const aty = adjoint(input('y', ax.shape));
    const [x, y] = [values(of, 'x'), values(ax.shape, 'y')];
    const dot = (p: ArrayLike<number>, q: ArrayLike<number>) =>
      Array.from(p).reduce((s, v, i) => s + v * q[i]!, 0);
    expect(aty.shape).toEqual(of);
    expectClose([dot(evaluate(ax, { x }), y)], [dot(x, evaluate(aty, { y }))], 1e-12);
  });
});

describe('inputs', () => {
  const doubled = g.program({ y: g.mul(input('x', [3]), 2) });
  it.each([{}, { x: [1, 2] }, { z: [1, 2, 3] }])(
    'are refused when they do not fit: %j',
    (given) => {
      expect(() => interpret(doubled, given)).toThrow('input x needs 3 numbers');
    },
  );
});
