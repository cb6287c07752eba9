// The definition of every primitive, element by element.
import * as g from '../../../graph/index.js';
import type { Window } from '../../../graph/shape.js';
import type { Primitive } from '../../../graph/tensor.js';
import {
  binary,
  type Check,
  convolving,
  pools,
  sigma,
  sliding,
  tabulate,
  total,
  unary,
  under,
} from './loops.js';

const { input } = g;

/** The row and column that a window at [i,j] sees at its own [p,q]. */
const seen = (
  { stride, pads }: Pick<Window, 'stride' | 'pads'>,
  [i, j]: readonly [number, number],
  [p, q]: readonly [number, number],
) => [i * stride[0] + p - pads[0], j * stride[1] + q - pads[1]] as const;

export const twins: Readonly<Record<Primitive, readonly Check[]>> = {
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
  // the integral by Simpson's rule
  erf: unary(g.erf, (u) => {
    const steps = 2000;
    const at = (i: number) => Math.exp(-(((u * i) / steps) ** 2));
    const inner = total([steps - 1], (i) => (i % 2 === 0 ? 4 : 2) * at(i + 1));
    return ((2 / Math.sqrt(Math.PI)) * u * (at(0) + inner + at(steps))) / (3 * steps);
  }),
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
  conv2d: convolving(({ image, filters, out, channel, ...options }) => ({
    result: g.conv2d(input('a', image), input('b', filters), input('c', [6]), options),
    twin: (x, w, bias) =>
      tabulate(
        out,
        (n, o, i, j) =>
          bias(o) +
          total(
            filters.slice(1),
            (c, p, q) => w(o, c, p, q) * x(n, channel(o, c), ...seen(options, [i, j], [p, q])),
          ),
      ),
  })),
  conv2dInputGrad: convolving(({ image, filters, out, channel, ...options }) => ({
    result: g.conv2dInputGrad(input('a', out), input('b', filters), image, options),
    // every output that an element of the image took part in, with the weight it had there
    twin: (y, w) =>
      tabulate(image, (n, c, row, column) =>
        total([...out.slice(1), ...filters.slice(1)], (o, i, j, k, p, q) => {
          const [a, b] = seen(options, [i, j], [p, q]);
          const meets = channel(o, k) === c && a === row && b === column;
          return meets ? y(n, o, i, j) * w(o, k, p, q) : 0;
        }),
      ),
  })),
  conv2dFilterGrad: convolving(({ image, filters, out, channel, ...options }) => ({
    result: g.conv2dFilterGrad(input('a', image), input('b', out), filters, options),
    twin: (x, y) =>
      tabulate(filters, (o, c, p, q) =>
        total(
          [out[0]!, out[2]!, out[3]!],
          (n, i, j) => y(n, o, i, j) * x(n, channel(o, c), ...seen(options, [i, j], [p, q])),
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
