// Plain loops over indices, and checks of the interpreter against definitions that are written with them.
import { expect } from 'vitest';
import * as g from '../../../graph/index.js';
import { sizeOf, type Window } from '../../../graph/shape.js';
import { topological } from '../../../graph/tensor.js';
import { values } from '../../../testing/cases.js';
import { expectClose } from '../../../testing/float64.js';
import { interpret } from '../interpreter.js';

const { input } = g;

/** Nested loops over indices below the given sizes, the last one fastest. */
export function loops(
  sizes: g.Shape,
  visit: (...index: number[]) => void,
  index: number[] = [],
): void {
  const size = sizes[index.length];
  if (size === undefined) visit(...index);
  else for (let i = 0; i < size; i++) loops(sizes, visit, [...index, i]);
}

export function tabulate(shape: g.Shape, f: (...index: number[]) => number): number[] {
  const out: number[] = [];
  loops(shape, (...index) => out.push(f(...index)));
  return out;
}

export function total(sizes: g.Shape, f: (...index: number[]) => number): number {
  let sum = 0;
  loops(sizes, (...index) => {
    sum += f(...index);
  });
  return sum;
}

/** An element by its index. */
export type Read = (...index: number[]) => number;
export const reader =
  (data: ArrayLike<number>, shape: g.Shape): Read =>
  (...index) => {
    if (index.length !== shape.length) throw new Error(`[${index}] is no index of [${shape}]`);
    if (index.some((i, axis) => i < 0 || i >= shape[axis]!)) return 0;
    return data[index.reduce((at, i, axis) => at * shape[axis]! + i, 0)]!;
  };

/** Evaluates the graph as it stands: nothing is simplified. */
export const evaluate = (
  result: g.Tensor,
  inputs: Record<string, ArrayLike<number>>,
): Float64Array =>
  interpret({ inputs: [], outputs: { result }, nodes: topological([result]) }, inputs).result!;

export interface Check {
  readonly name?: string;
  readonly result: g.Tensor;
  readonly twin: (...operands: Read[]) => number[];
  readonly range?: readonly [number, number];
  /** Values are multiples of a half, so that many are equal. */
  readonly ties?: boolean;
}

/** Compares a primitive on its inputs, which the twin gets in the order a, b, c. */
export function compare({ result, twin, range, ties = false }: Check): void {
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

export const unary = (
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
export const binary = (
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

export const slides: Readonly<
  Record<string, Window & { readonly plane: readonly [number, number] }>
> = {
  dense: { plane: [4, 5], kernel: [3, 2], stride: [1, 1], pads: [0, 0, 0, 0] },
  'stride, a rest': { plane: [6, 7], kernel: [3, 3], stride: [2, 3], pads: [0, 0, 0, 0] },
  'uneven padding': { plane: [4, 5], kernel: [3, 3], stride: [2, 1], pads: [0, 1, 2, 0] },
  gaps: { plane: [5, 7], kernel: [1, 2], stride: [3, 3], pads: [0, 0, 0, 1] },
  'larger than the plane': { plane: [2, 3], kernel: [3, 5], stride: [1, 2], pads: [1, 2, 1, 1] },
};

export interface Sliding extends Window {
  readonly image: g.Shape;
  readonly filters: g.Shape;
  readonly out: g.Shape;
}

/** A check for every window, given 2 images of 3 channels and 4 filters; `out` has the channels of the filters. */
export const sliding = (check: (s: Sliding) => Check): Check[] =>
  Object.entries(slides).map(([name, { plane, ...window }]) => {
    const image = [2, 3, ...plane];
    const filters = [4, 3, ...window.kernel];
    const out = g.conv2d(input('a', image), input('b', filters), undefined, window).shape;
    return { name, ...check({ ...window, image, filters, out }) };
  });

/** A convolution of groups. */
export interface Grouped extends Sliding {
  readonly groups: number;
  /** The channel of the image that a filter's output channel sees as its channel c. */
  readonly channel: (output: number, c: number) => number;
}

/** A check for every window, of one group and of two: 2 images of 4 channels and 6 filters. */
export const convolving = (check: (s: Grouped) => Check): Check[] =>
  [1, 2].flatMap((groups) =>
    Object.entries(slides).map(([name, { plane, ...window }]) => {
      const image = [2, 4, ...plane];
      const filters = [6, 4 / groups, ...window.kernel];
      const [a, b] = [input('a', image), input('b', filters)];
      const out = g.conv2d(a, b, undefined, { ...window, groups }).shape;
      const channel = (o: number, c: number) => (o < 6 / groups ? c : c + 2);
      return {
        name: `${name}${groups === 1 ? '' : ', two groups'}`,
        ...check({ ...window, image, filters, out, groups, channel }),
      };
    }),
  );

/** What a window of a pool holds: places inside the plane in row-major order, and their values. */
export function under(a: Read, { image, kernel, stride, pads }: Sliding, index: readonly number[]) {
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
export const pools = (check: (s: Sliding, pooled: g.Shape) => Check): Check[] =>
  [false, true].flatMap((ties) =>
    sliding((s) => ({
      ...check(s, [2, 3, s.out[2]!, s.out[3]!]),
      ties,
      // below zero, so that padding would win if it took part
      range: [-3, -1],
    })).map((c) => ({ ...c, name: `${c.name}${ties ? ', with ties' : ''}` })),
  );

export const sigma = (u: number) => (1 + Math.tanh(u / 2)) / 2;
