// Rules for bounded and leaky ReLUs and for products with gates, against plain loops on a network of vectors:
//   h = clip(W₁x + b₁, 0, 2)   g = σ(W₂x + b₂)   l = leaky(W₃(h ⊙ g) + b₃)   S = W₄l + b₄
// and on networks with squeeze-and-excite, that what DeepLIFT gives adds up.
import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { input, program } from '../graph/index.js';
import { importNetwork, presets, readModel } from '../import/index.js';
import {
  type BoundNetwork,
  type Layer,
  lower,
  type Network,
  type Plane,
  zeroImageOf,
} from '../model/index.js';
import { fixturePath } from '../package.js';
import { keyedRandom } from '../random.js';
import { deeplift, guidedBackprop, imageInputs, lrp, type Method, oneHot } from './index.js';
import { elementwiseProduct } from './testing/product.js';

const SLOPE = 0.1;
const HIGH = 2;
const LABEL = 1;

type Vector = readonly number[];
type Matrix = readonly Vector[];

const { uniform } = keyedRandom(9, 'gates');
const vector = (size: number, scale: number): Vector =>
  Array.from({ length: size }, () => Math.fround(2 * scale * (uniform() - 0.5)));
const matrix = (rows: number, columns: number, scale: number): Matrix =>
  Array.from({ length: rows }, () => vector(columns, scale));

const W = { a: matrix(4, 3, 0.03), b: matrix(4, 3, 0.02), c: matrix(3, 4, 2), d: matrix(2, 3, 2) };
const B = { a: vector(4, 1), b: vector(4, 1), c: vector(3, 0.5), d: vector(2, 1) };
const x: Vector = [200, 40, 120];

const column = (n: number): Plane => [n, 1, 1];
const layers: readonly Layer[] = [
  {
    name: 'preprocess',
    from: ['input'],
    shape: column(3),
    kind: 'preprocess',
    scale: 1,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  { name: 'a', from: ['preprocess'], shape: column(4), kind: 'dense' },
  {
    name: 'h',
    from: ['a'],
    shape: column(4),
    kind: 'activation',
    function: { name: 'clip', low: 0, high: HIGH },
  },
  { name: 'b', from: ['preprocess'], shape: column(4), kind: 'dense' },
  { name: 'g', from: ['b'], shape: column(4), kind: 'activation', function: { name: 'sigmoid' } },
  {
    name: 'm',
    from: ['h', 'g'],
    shape: column(4),
    kind: 'multiply',
    operator: 'Mul',
    compute: elementwiseProduct,
  },
  { name: 'c', from: ['m'], shape: column(3), kind: 'dense' },
  {
    name: 'l',
    from: ['c'],
    shape: column(3),
    kind: 'activation',
    function: { name: 'leaky', slope: SLOPE },
  },
  { name: 'd', from: ['l'], shape: column(2), kind: 'dense' },
];
const network: Network = {
  name: 'gated',
  height: 1,
  width: 1,
  classes: 2,
  activation: 'relu',
  layers,
  classLayer: 'd',
  parameters: new Map(),
  auxiliary: [],
};
const flat = (rows: Matrix | Vector) => Float32Array.from((rows as Matrix).flat());
const bound: BoundNetwork = {
  network,
  file: '',
  linear: new Map(
    (['a', 'b', 'c', 'd'] as const).map((name) => [
      name,
      {
        weight: { shape: [W[name].length, W[name][0]!.length], data: flat(W[name]) },
        bias: { shape: [B[name].length], data: flat(B[name]) },
      },
    ]),
  ),
  mean: { shape: [3], data: new Float32Array(3) },
};

const affine = (w: Matrix, v: Vector, b: Vector): Vector =>
  w.map((row, o) => row.reduce((total, wi, i) => total + wi * v[i]!, b[o]!));
const back = (w: Matrix, r: Vector): Vector =>
  w[0]!.map((_, i) => w.reduce((total, row, o) => total + row[i]! * r[o]!, 0));
const clip = (v: number) => Math.min(HIGH, Math.max(0, v));
const leaky = (v: number) => (v > 0 ? v : SLOPE * v);
const sigmoid = (v: number) => 1 / (1 + Math.exp(-v));

/** What every layer gives. */
function forward(p: Vector) {
  const a = affine(W.a, p, B.a);
  const b = affine(W.b, p, B.b);
  const [h, g] = [a.map(clip), b.map(sigmoid)];
  const m = h.map((v, i) => v * g[i]!);
  const c = affine(W.c, m, B.c);
  const l = c.map(leaky);
  return { a, b, h, g, m, c, l, s: affine(W.d, l, B.d) };
}

const explained = (method: Method): Vector => {
  const inputs = imageInputs(bound);
  const raw = method.contribution({ network: bound, activation: 'relu', ...inputs }, undefined);
  return [...interpret(program({ raw }), { x, target: oneHot(2, LABEL) }).raw!];
};

function expectNear(got: Vector, wanted: Vector): void {
  const largest = Math.max(...wanted.map(Math.abs));
  wanted.forEach((v, i) => {
    expect(Math.abs(v - got[i]!) / largest).toBeLessThan(1e-6);
  });
}

const of = forward(x);
const start: Vector = [0, 1];

it('the example has units on all sides of every kink', () => {
  expect(of.a.some((v) => v < 0) || of.a.some((v) => v > HIGH)).toBe(true);
  expect(of.a.some((v) => v > 0 && v < HIGH)).toBe(true);
  expect(of.c.some((v) => v < 0) && of.c.some((v) => v > 0)).toBe(true);
});

describe('on plain loops', () => {
  it('guided backpropagation rectifies at ReLUs, and takes the derivative at gates', () => {
    const rectified = (r: Vector, slope: Vector) => r.map((v, i) => Math.max(0, v) * slope[i]!);
    const r = back(
      W.d,
      start.map((v) => v * Math.sign(of.s[LABEL]!)),
    );
    const atC = rectified(
      r,
      of.c.map((v) => (v > 0 ? 1 : SLOPE)),
    );
    const atM = back(W.c, atC);
    const atA = rectified(
      atM.map((v, i) => v * of.g[i]!),
      of.a.map((v) => (v > 0 && v < HIGH ? 1 : 0)),
    );
    const atB = atM.map((v, i) => v * of.h[i]! * of.g[i]! * (1 - of.g[i]!));
    const [one, other] = [back(W.a, atA), back(W.b, atB)];
    expectNear(
      explained(guidedBackprop()),
      one.map((v, i) => v + other[i]!),
    );
  });

  it('DeepLIFT takes secants, and half of a product each way', () => {
    const zero = forward([0, 0, 0]);
    const secant = (y: Vector, y0: Vector, u: Vector, u0: Vector) =>
      y.map((v, i) => (v - y0[i]!) / (u[i]! - u0[i]!));
    const middle = (v: Vector, v0: Vector) => v.map((one, i) => (one + v0[i]!) / 2);
    const atL = back(W.d, start);
    const slopeL = secant(of.l, zero.l, of.c, zero.c);
    const atM = back(
      W.c,
      atL.map((v, i) => v * slopeL[i]!),
    );
    const [g, h] = [middle(of.g, zero.g), middle(of.h, zero.h)];
    const slopeH = secant(of.h, zero.h, of.a, zero.a);
    const slopeG = secant(of.g, zero.g, of.b, zero.b);
    const one = back(
      W.a,
      atM.map((v, i) => v * g[i]! * slopeH[i]!),
    );
    const other = back(
      W.b,
      atM.map((v, i) => v * h[i]! * slopeG[i]!),
    );
    const all = one.map((v, i) => (v + other[i]!) * x[i]!);
    expectNear(explained(deeplift()), all);
    expect(all.reduce((a, b) => a + b)).toBeCloseTo(of.s[LABEL]! - zero.s[LABEL]!, 9);
  });

  it('LRP passes bounded and leaky ReLUs, gives gates nothing, and shares by products that are positive', () => {
    const share = (w: Matrix, v: Vector, r: Vector): Vector => {
      const part = (o: number, i: number) => Math.max(0, w[o]![i]! * v[i]!);
      const z = w.map((row, o) => row.reduce((total, _, i) => total + part(o, i), 0));
      return v.map((_, i) =>
        w.reduce((total, _, o) => total + (z[o]! > 0 ? (part(o, i) / z[o]!) * r[o]! : 0), 0),
      );
    };
    const atA = share(W.c, of.m, share(W.d, of.l, start));
    // the first layer counts from black and white
    const part = (o: number, i: number) => {
      const w = W.a[o]![i]!;
      return x[i]! * w - 255 * Math.min(0, w);
    };
    const z = W.a.map((row, o) => row.reduce((total, _, i) => total + part(o, i), 0));
    const wanted = x.map((_, i) =>
      atA.reduce((total, r, o) => total + (part(o, i) / z[o]!) * r, 0),
    );
    expectNear(explained(lrp()), wanted);
  });
});

describe('what DeepLIFT gives', () => {
  it.each(['mobilenet-v3', 'efficientnet', 'regnet', 'mobilenet-v2', 'shufflenet-v2'])(
    'on %s adds up to the difference from the reference',
    async (name) => {
      const { bound } = importNetwork(await readModel(fixturePath('onnx', `${name}.onnx`)), {
        input: presets['keras-tf'],
        name,
      });
      const { network } = bound;
      const inputs = imageInputs(bound);
      const raw = deeplift().contribution(
        { network: bound, activation: network.activation, ...inputs },
        undefined,
      );
      const image = Float32Array.from({ length: 3 * network.height * network.width }, (_, i) =>
        Math.floor(((i * 2654435761) % 2 ** 32) / 2 ** 24),
      );
      const target = oneHot(network.classes, 2);
      const got = interpret(program({ raw }), { x: image, target }).raw!;
      const scoreOf = (of: Float32Array) => {
        const { scores } = lower(
          bound,
          input('x', [1, 3, network.height, network.width]),
          network.activation,
        );
        return interpret(program({ scores }), { x: of }).scores![2]!;
      };
      const difference = scoreOf(image) - scoreOf(zeroImageOf(bound));
      expect(got.reduce((a, b) => a + b) / difference).toBeCloseTo(1, 5);
    },
  );
});
