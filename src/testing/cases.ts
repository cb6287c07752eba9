// Small programs that together use every primitive in all the forms that matter: what engines are
// compared on. Inputs are filled by a fixed generator; `ties` asks for numbers that often repeat.

import type { Shape } from '../graph/index.js';
import * as g from '../graph/index.js';
import { sizeOf, type Window } from '../graph/shape.js';
import { keyedRandom } from '../random.js';

export interface Case {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Shape>>;
  readonly build: (inputs: Record<string, g.Tensor>) => g.Tensor;
  /** Values lie in this range (default −2..2). */
  readonly range?: readonly [number, number];
  /** Values are rounded to multiples of a half. */
  readonly ties?: boolean;
  /** Derivatives are not those of the value. */
  readonly detached?: boolean;
}

const x234: Shape = [2, 3, 4];
const wide: Shape = [2, 3, 6, 5];
const small: Shape = [2, 2, 3, 5];
const unary = (
  name: string,
  f: (x: g.Tensor) => g.Tensor,
  range?: readonly [number, number],
): Case => ({
  name,
  inputs: { x: x234 },
  build: ({ x }) => f(x!),
  ...(range === undefined ? {} : { range }),
});
const binary = (
  name: string,
  f: (a: g.Tensor, b: g.Tensor) => g.Tensor,
  range?: readonly [number, number],
): Case[] =>
  [
    [x234, x234],
    [x234, [4]],
    [[3, 1], x234],
    [
      [2, 1, 4],
      [3, 1],
    ],
    [[], x234],
  ].map(([a, b]) => ({
    name: `${name} [${a}] [${b}]`,
    inputs: { a: a!, b: b! },
    build: (i) => f(i.a!, i.b!),
    ...(range === undefined ? {} : { range }),
  }));

/** Windows on `image`, the usual one or one of their own. */
interface Slid extends Pick<Window, 'stride' | 'pads'> {
  readonly image?: Shape;
  readonly groups?: number;
}

const windows: Readonly<Record<string, Slid & Window>> = {
  '2×2/2': { kernel: [2, 2], stride: [2, 2], pads: [0, 0, 0, 0] },
  '3×3/2': { kernel: [3, 3], stride: [2, 2], pads: [0, 0, 0, 0] },
  '3×3/2 with an overhang': { kernel: [3, 3], stride: [2, 2], pads: [0, 0, 1, 1] },
  '3×3/1 padded all around': { kernel: [3, 3], stride: [1, 1], pads: [1, 1, 1, 1] },
  '2×3/(2,1)': { kernel: [2, 3], stride: [2, 1], pads: [1, 0, 0, 1] },
  '1×3/(2,1)': { image: small, kernel: [1, 3], stride: [2, 1], pads: [0, 1, 0, 0] },
  '2×1': { image: small, kernel: [2, 1], stride: [1, 1], pads: [1, 0, 0, 0] },
  '1×1/2': { image: small, kernel: [1, 1], stride: [2, 2], pads: [0, 0, 0, 0] },
  '2×2/3, with gaps': { image: small, kernel: [2, 2], stride: [3, 3], pads: [1, 1, 1, 1] },
  '3×3/2, overhanging by two': { image: small, kernel: [3, 3], stride: [2, 2], pads: [0, 0, 2, 2] },
  'larger than the plane': { image: small, kernel: [4, 6], stride: [1, 1], pads: [1, 1, 0, 1] },
};

const convolutions: Readonly<
  Record<string, Slid & { readonly filters: readonly [number, number, number, number] }>
> = {
  '3×3': { filters: [4, 3, 3, 3], stride: [1, 1], pads: [0, 0, 0, 0] },
  '3×3 same': { filters: [4, 3, 3, 3], stride: [1, 1], pads: [1, 1, 1, 1] },
  '1×1': { filters: [5, 3, 1, 1], stride: [1, 1], pads: [0, 0, 0, 0] },
  '3×3/2': { filters: [4, 3, 3, 3], stride: [2, 2], pads: [0, 0, 0, 0] },
  '3×3/2 with an overhang': { filters: [4, 3, 3, 3], stride: [2, 2], pads: [0, 0, 1, 1] },
  '2×3/(2,1)': { filters: [2, 3, 2, 3], stride: [2, 1], pads: [1, 0, 0, 1] },
  '1×1 padded': { filters: [2, 3, 1, 1], stride: [1, 1], pads: [1, 1, 1, 1] },
  '1×1/2 padded on three sides': {
    image: small,
    filters: [3, 2, 1, 1],
    stride: [2, 2],
    pads: [1, 1, 1, 0],
  },
  '1×1/3, with gaps': { image: small, filters: [3, 2, 1, 1], stride: [3, 3], pads: [0, 0, 0, 0] },
  '3×2 unevenly padded': {
    image: small,
    filters: [3, 2, 3, 2],
    stride: [1, 1],
    pads: [0, 1, 2, 0],
  },
  '3×3/(2,3) unevenly padded': {
    image: small,
    filters: [3, 2, 3, 3],
    stride: [2, 3],
    pads: [0, 1, 2, 0],
  },
  '2×2 padded beyond its size': {
    image: small,
    filters: [2, 2, 2, 2],
    stride: [1, 1],
    pads: [3, 0, 2, 2],
  },
  'larger than the plane': {
    image: small,
    filters: [2, 2, 4, 6],
    stride: [2, 1],
    pads: [1, 1, 1, 2],
  },
  '3×3, every window on the whole plane': {
    image: [3, 2, 2, 2],
    filters: [4, 2, 3, 3],
    stride: [1, 1],
    pads: [1, 1, 1, 1],
  },
  '3×3 of two groups': {
    image: [2, 4, 5, 4],
    filters: [6, 2, 3, 3],
    stride: [1, 1],
    pads: [1, 1, 1, 1],
    groups: 2,
  },
  '2×3/(2,1) of two groups, unevenly padded': {
    image: [2, 4, 6, 5],
    filters: [2, 2, 2, 3],
    stride: [2, 1],
    pads: [1, 0, 0, 2],
    groups: 2,
  },
  '3×3 depthwise': {
    image: [2, 3, 5, 4],
    filters: [3, 1, 3, 3],
    stride: [1, 1],
    pads: [1, 1, 1, 1],
    groups: 3,
  },
  '3×3/2 depthwise, two filters a channel': {
    image: [2, 3, 6, 5],
    filters: [6, 1, 3, 3],
    stride: [2, 2],
    pads: [1, 1, 0, 1],
    groups: 3,
  },
  '3×3/2 of two groups, three filters a channel': {
    image: [2, 2, 6, 5],
    filters: [6, 1, 3, 3],
    stride: [2, 2],
    pads: [1, 1, 0, 1],
    groups: 2,
  },
  '3×3 with six channels': {
    image: [2, 6, 4, 3],
    filters: [4, 6, 3, 3],
    stride: [1, 1],
    pads: [1, 1, 1, 1],
  },
  '3×3 of two groups with six filters each': {
    image: [2, 2, 4, 3],
    filters: [12, 1, 3, 3],
    stride: [1, 1],
    pads: [1, 1, 1, 1],
    groups: 2,
  },
  '2×2/3 depthwise, with gaps': {
    image: [1, 2, 7, 6],
    filters: [2, 1, 2, 2],
    stride: [3, 3],
    pads: [0, 0, 0, 0],
    groups: 2,
  },
  '2×3 depthwise, every window on the whole plane': {
    image: [1, 2, 2, 2],
    filters: [4, 1, 2, 3],
    stride: [1, 1],
    pads: [0, 1, 0, 1],
    groups: 2,
  },
  '4×5/(2,1), every window on the whole plane': {
    image: [2, 2, 1, 3],
    filters: [3, 2, 4, 5],
    stride: [2, 1],
    pads: [3, 2, 2, 1],
  },
};

export const cases: readonly Case[] = [
  unary('neg', g.neg),
  unary('exp', g.exp),
  unary('log', g.log, [0.1, 3]),
  unary('sqrt', g.sqrt, [0.1, 3]),
  unary('abs', g.abs),
  unary('sign', g.sign),
  unary('relu', g.relu),
  ...Object.entries({ abs: g.abs, sign: g.sign, relu: g.relu }).map(
    ([name, f]): Case => ({ ...unary(`${name}, zeros among the numbers`, f), ties: true }),
  ),
  unary('sigmoid', g.sigmoid),
  unary('sigmoid far out', g.sigmoid, [-120, 120]),
  unary('erf', g.erf),
  unary('erf far out', g.erf, [-9, 9]),
  unary('softplus', g.softplus),
  unary('softplus far out', g.softplus, [-120, 120]),
  { ...unary('detach', (x) => g.mul(x, g.detach(x))), detached: true },
  ...binary('add', g.add),
  ...binary('sub', g.sub),
  ...binary('mul', g.mul),
  ...binary('div', g.div, [0.5, 2]),
  ...binary('gate', g.gate),
  ...binary('where greater', (a, b) => g.where(g.greater(a, b), g.mul(a, 2), g.sub(b, 1))),
  unary('sum over one axis', (x) => g.sum(x, [1])),
  unary('sum over all axes', (x) => g.sum(x)),
  unary('mean', (x) => g.mean(x, [0, 2])),
  { name: 'broadcast', inputs: { x: [3, 1] }, build: ({ x }) => g.broadcast(x!, [2, 3, 4]) },
  unary('reshape', (x) => g.reshape(x, [4, 6])),
  unary('transpose', (x) => g.transpose(x, [2, 0, 1])),
  {
    name: 'concat',
    inputs: { a: [2, 3, 2], b: [2, 1, 2] },
    build: ({ a, b }) => g.concat([a!, b!, a!], 1),
  },
  unary('slice', (x) => g.slice(x, [0, 1, 1], [2, 3, 3])),
  unary('slice with steps', (x) => g.slice(x, [0, 0, 1], [2, 3, 4], [1, 2, 2])),
  unary('embed', (x) => g.embed(x, [1, 0, 2], [1, 1, 1], [3, 4, 6])),
  unary('embed with steps', (x) => g.embed(x, [0, 1, 1], [1, 2, 3], [2, 7, 12])),
  unary('embed with steps, cut close', (x) => g.embed(x, [0, 0, 0], [2, 2, 2], [3, 5, 7])),
  ...[false, true].flatMap((transposeA) =>
    [false, true].flatMap((transposeB): Case[] => [
      {
        name: `matmul ${transposeA ? 'Aᵀ' : 'A'}${transposeB ? 'Bᵀ' : 'B'}`,
        inputs: { a: transposeA ? [5, 3] : [3, 5], b: transposeB ? [4, 5] : [5, 4] },
        build: ({ a, b }) => g.matmul(a!, b!, { transposeA, transposeB }),
      },
      {
        name: `matmul of batches ${transposeA ? 'Aᵀ' : 'A'}${transposeB ? 'Bᵀ' : 'B'}`,
        inputs: { a: transposeA ? [2, 5, 3] : [2, 3, 5], b: transposeB ? [2, 4, 5] : [2, 5, 4] },
        build: ({ a, b }) => g.matmul(a!, b!, { transposeA, transposeB }),
      },
    ]),
  ),
  ...Object.entries(convolutions).flatMap(
    ([name, { image = wide, filters, stride, pads, groups = 1 }]): Case[] => {
      const options = { stride, pads, groups };
      const out = g.conv2d(g.input('x', image), g.input('w', filters), undefined, options).shape;
      const fixed = g.constant(values(filters, `filters ${name}`), filters);
      return [
        {
          name: `conv2d ${name}`,
          inputs: { x: image, w: filters },
          build: ({ x, w }) => g.conv2d(x!, w!, undefined, options),
        },
        {
          name: `conv2d ${name}, given a bias`,
          inputs: { x: image, w: filters, b: [filters[0]] },
          build: ({ x, w, b }) => g.conv2d(x!, w!, b!, options),
        },
        {
          name: `conv2d ${name}, constant filters and bias`,
          inputs: { x: image },
          build: ({ x }) =>
            g.conv2d(x!, fixed, g.constant(values([filters[0]], 'bias'), [filters[0]]), options),
        },
        {
          name: `conv2dInputGrad ${name}`,
          inputs: { y: out, w: filters },
          build: ({ y, w }) => g.conv2dInputGrad(y!, w!, image, options),
        },
        {
          name: `conv2dInputGrad ${name}, constant filters`,
          inputs: { y: out },
          build: ({ y }) => g.conv2dInputGrad(y!, fixed, image, options),
        },
        {
          name: `conv2dFilterGrad ${name}`,
          inputs: { x: image, y: out },
          build: ({ x, y }) => g.conv2dFilterGrad(x!, y!, filters, options),
        },
      ];
    },
  ),
  ...Object.entries(windows).flatMap(([name, { image = wide, ...window }]): Case[] => {
    const out = g.averagePool(g.input('x', image), window).shape;
    return [
      {
        name: `averagePool ${name}`,
        inputs: { x: image },
        build: ({ x }) => g.averagePool(x!, window),
      },
      {
        name: `averagePoolInputGrad ${name}`,
        inputs: { y: out },
        build: ({ y }) => g.averagePoolInputGrad(y!, image, window),
      },
    ];
  }),
  ...Object.entries(windows).flatMap(([name, { image = wide, ...window }]): Case[] =>
    [false, true].flatMap((ties): Case[] => {
      const said = `${name}${ties ? ', with ties' : ''}`;
      const index = (x: g.Tensor) => g.maxPoolIndex(x, window);
      const out = g.maxPool(g.input('x', image), window).shape;
      return [
        {
          name: `maxPool ${said}`,
          ties,
          inputs: { x: image },
          build: ({ x }) => g.maxPool(x!, window),
        },
        {
          name: `maxPool of negative planes ${said}`,
          ties,
          range: [-5, -1],
          inputs: { x: image },
          build: ({ x }) => g.maxPool(x!, window),
        },
        {
          name: `gatherPlane ${said}`,
          ties,
          inputs: { x: image, z: image },
          build: ({ x, z }) => g.gatherPlane(z!, index(x!)),
        },
        {
          name: `scatterPlane ${said}`,
          ties,
          inputs: { x: image, y: out },
          build: ({ x, y }) => g.scatterPlane(y!, index(x!), image[2]!, image[3]!),
        },
      ];
    }),
  ),
];

/** Numbers of a fixed generator. */
export function values(
  shape: Shape,
  key: string,
  [low, high]: readonly [number, number] = [-2, 2],
  ties = false,
): Float32Array {
  const random = keyedRandom('case', key);
  const draw = () => low + (high - low) * random.uniform();
  return Float32Array.from({ length: sizeOf(shape) }, () =>
    ties ? Math.round(2 * draw()) / 2 : draw(),
  );
}

/** Values for a case's inputs. */
export const inputsOf = ({ name, inputs, range, ties }: Case): Record<string, Float32Array> =>
  Object.fromEntries(
    Object.entries(inputs).map(([key, shape]) => [
      key,
      values(shape, `${name} ${key}`, range, ties),
    ]),
  );

/** A case's tensor on named inputs. */
export const tensorOf = ({ inputs, build }: Case): { result: g.Tensor; leaves: g.Tensor[] } => {
  const named = Object.fromEntries(
    Object.entries(inputs).map(([key, shape]) => [key, g.input(key, shape)]),
  );
  return { result: build(named), leaves: Object.values(named) };
};
