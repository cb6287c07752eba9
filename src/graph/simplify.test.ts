// Simplification keeps values: of everything in the list of cases with first and second derivatives,
// and of a graph by hand for every rule, where it also says what the rule leaves.
import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { cases, inputsOf, tensorOf, values } from '../testing/cases.js';
import { gradient } from './derivative.js';
import * as g from './ops.js';
import { flopsOf, type Program } from './program.js';
import { simplify } from './simplify.js';
import { type Tensor, topological } from './tensor.js';

/** A graph closed into a program as it stands. */
function asItStands(roots: readonly Tensor[]): Program {
  const nodes = topological(roots);
  return {
    inputs: nodes.filter((t) => t.op === 'input'),
    outputs: Object.fromEntries(roots.map((t, i) => [`y${i}`, t])),
    nodes,
  };
}

/** Simplifies; fails where a value, a shape or a kind changes, where work is added, or where more could be done. */
function simplified(
  roots: readonly Tensor[],
  inputs?: Readonly<Record<string, ArrayLike<number>>>,
): Program {
  const [before, after] = [asItStands(roots), asItStands(simplify(roots))];
  const given =
    inputs ??
    Object.fromEntries(
      before.inputs.map((t) => [t.attrs.name, values(t.shape, `simplify ${t.attrs.name}`)]),
    );
  const [expected, got] = [interpret(before, given), interpret(after, given)];
  for (const [name, t] of Object.entries(before.outputs)) {
    expect(after.outputs[name]!.shape).toEqual(t.shape);
    expect(after.outputs[name]!.kind).toBe(t.kind);
    const wanted = expected[name]!;
    const scale = Math.max(...wanted.filter(Number.isFinite).map(Math.abs));
    wanted.forEach((v, i) => {
      const w = got[name]![i]!;
      // sums may be taken in another order; infinities and NaN must stay what they are
      if (!Object.is(v, w) && !(Math.abs(v - w) <= 1e-13 * scale))
        expect.fail(`${name}[${i}]: ${w} for ${v}`);
    });
  }
  expect(flopsOf(after)).toBeLessThanOrEqual(flopsOf(before));
  const roots2 = Object.values(after.outputs);
  simplify(roots2).forEach((t, i) => {
    expect(t).toBe(roots2[i]);
  });
  return after;
}

/** Names of the primitives that are left, inputs aside. */
const left = ({ nodes }: Program): string =>
  nodes
    .map((t) => t.op)
    .filter((op) => op !== 'input')
    .sort()
    .join(' ');

describe('keeps value, derivative and second derivative, with no node and no FLOP more', () => {
  it.each(cases)('$name', (one) => {
    const { result, leaves } = tensorOf(one);
    const first = gradient(g.sum(g.mul(result, result)), leaves);
    const second = gradient(
      first.map((d) => g.sum(g.mul(d, d))).reduce((a, b) => g.mul(a, b)),
      leaves,
    );
    const roots = [result, ...first, ...second];
    const { nodes } = simplified(roots, inputsOf(one));
    expect(nodes.length).toBeLessThan(topological(roots).length);
  });
});

const x = g.input('x', [2, 3]);
const y = g.input('y', [2, 3]);
const u = g.input('u', [2, 3]);
const row = g.input('row', [3]);
const open = g.greater(u, 0);
const image = g.input('image', [1, 2, 4, 4]);
const window = { kernel: [2, 2], stride: [2, 2], pads: [0, 0, 0, 0] } as const;
const zeros = g.fill(0, [2, 3]);

describe('a rule leaves', () => {
  const part = (t: Tensor, at: number, shape: readonly number[] = [2, 8]) =>
    g.embed(t, [0, at], [1, 1], shape);
  const [gated, other] = [g.gate(x, u), g.gate(y, u)];
  const [passed, chosen] = [g.where(open, x, 0), g.where(open, y, 0)];
  const joined = g.concat([x, y, u], 1);
  const short = (shape: readonly number[]) => g.constant(Float32Array.of(1, 2, 3), shape);
  const numbers = values([5000], 'long constant');

  it.each<readonly [string, Tensor | readonly Tensor[], string]>([
    ['−(−x): nothing', g.neg(g.neg(x)), ''],
    ['−3: a number', g.neg(g.fill(3, [2, 3])), 'fill'],
    ['x + 0: nothing', g.add(x, 0), ''],
    ['0 + x: nothing', g.add(zeros, x), ''],
    ['0 + x where the zeros spread x', g.add(zeros, row), 'broadcast'],
    ['x + (−y): one subtraction', g.add(x, g.neg(y)), 'sub'],
    ['(−x) + y: one subtraction', g.add(g.neg(x), y), 'sub'],
    ['2 + 3', g.add(2, g.fill(3, [2])), 'fill'],
    ['x − 0: nothing', g.sub(x, 0), ''],
    ['x − 0 where the zeros spread x', g.sub(row, zeros), 'broadcast'],
    ['0 − x', g.sub(0, x), 'neg'],
    ['0 − x where the zeros spread x', g.sub(zeros, row), 'broadcast neg'],
    ['2 − 3', g.sub(2, 3), 'fill'],
    ['1·x: nothing', g.mul(1, x), ''],
    ['x·1: nothing', g.mul(x, g.fill(1, [2, 3])), ''],
    ['x·1 where the ones spread x', g.mul(row, g.fill(1, [2, 3])), 'broadcast'],
    ['x·0: zeros', g.mul(x, 0), 'fill'],
    ['0·x where the zeros spread x', g.mul(zeros, row), 'fill'],
    ['−1·x', g.mul(-1, x), 'neg'],
    ['x·−1 where it spreads x', g.mul(row, g.fill(-1, [2, 3])), 'broadcast neg'],
    ['2·3', g.mul(2, 3), 'fill'],
    ['x/1: nothing', g.div(x, 1), ''],
    ['0/x: zeros', g.div(zeros, x), 'fill'],
    ['1/x: as it is', g.div(1, x), 'div fill'],
    ['1/4', g.div(1, 4), 'fill'],
    ['(x·s)σ(u)/s: the gate', g.div(g.gate(g.mul(x, row), u), row), 'gate'],
    ['(x·s)σ(u)/u: as it is', g.div(g.gate(g.mul(x, row), u), u), 'div gate mul'],
    ['(x·s)σ(u)/s where s spreads x', g.div(g.gate(g.mul(row, y), u), y), 'div gate mul'],
    ['a gate that lets nothing through', g.gate(zeros, u), 'fill'],
    ['two gates of one input: one of the sum', g.add(g.gate(x, u), g.gate(y, u)), 'add gate'],
    ['two gates of two inputs', g.add(g.gate(x, u), g.gate(u, y)), 'add gate gate'],
    ['two gates that others need', [g.add(gated, other), gated, other], 'add gate gate'],
    [
      'two choices by one condition: one of the sum',
      g.add(g.where(open, x, 0), g.where(open, y, 0)),
      'add fill greater where',
    ],
    [
      'two choices that zeros alone spread',
      g.add(g.where(g.greater(row, 0), row, zeros), g.where(g.greater(row, 0), g.exp(row), 0)),
      'add broadcast exp fill greater where',
    ],
    [
      'choices by two conditions',
      g.add(passed, g.where(g.greater(x, 0), y, 0)),
      'add fill greater greater where where',
    ],
    [
      'choices with something else than zero',
      g.add(g.where(open, x, 0), g.where(open, y, x)),
      'add fill greater where where',
    ],
    [
      'two choices that others need',
      [g.add(passed, chosen), passed, chosen],
      'add fill greater where where',
    ],
    ['embedded neighbors: one embedding', g.add(part(x, 1), part(y, 4)), 'concat embed'],
    ['neighbors the other way round', g.add(part(x, 4), part(y, 1)), 'concat embed'],
    ['neighbors that fill the whole', g.add(part(x, 0, [2, 6]), part(y, 3, [2, 6])), 'concat'],
    ['parts with a gap', g.add(part(x, 0), part(y, 4)), 'add embed embed'],
    ['parts that overlap', g.add(part(x, 0), part(y, 2)), 'add embed embed'],
    [
      'neighbors of other heights',
      g.add(part(x, 0), part(g.input('p', [1, 2]), 3)),
      'add embed embed',
    ],
    [
      'neighbors in planes that spread',
      g.add(
        g.embed(g.input('p', [1, 2]), [0, 0], [1, 1], [1, 4]),
        g.embed(g.input('q', [1, 2]), [0, 2], [1, 1], [3, 4]),
      ),
      'add embed embed',
    ],
    [
      'parts laid with steps',
      g.add(g.embed(row, [0], [2], [8]), g.embed(row, [3], [2], [8])),
      'add embed embed',
    ],
    ['a broadcast to its own shape: nothing', g.broadcast(x, [2, 3]), ''],
    ['a number spread', g.broadcast(g.fill(2), [2, 3]), 'fill'],
    ['spread twice', g.broadcast(g.broadcast(row, [2, 3]), [4, 2, 3]), 'broadcast'],
    ['an operand that its neighbor spreads anyway', g.mul(x, g.broadcast(row, [2, 3])), 'mul'],
    ['a filled operand: a scalar', g.mul(x, g.fill(2, [2, 3])), 'fill mul'],
    [
      'operands that only their broadcast spreads',
      g.mul(g.broadcast(row, [2, 3]), g.exp(row)),
      'broadcast exp mul',
    ],
    ['reshaped to its own shape: nothing', g.reshape(x, [2, 3]), ''],
    ['reshaped twice', g.reshape(g.reshape(x, [6]), [3, 2]), 'reshape'],
    ['reshaped and back: nothing', g.reshape(g.reshape(x, [6]), [2, 3]), ''],
    ['a reshaped number', g.reshape(g.fill(2, [6]), [2, 3]), 'fill'],
    ['the identity permutation: nothing', g.transpose(x, [0, 1]), ''],
    [
      'two permutations: one',
      g.transpose(g.transpose(image, [1, 2, 0, 3]), [3, 0, 2, 1]),
      'transpose',
    ],
    ['there and back: nothing', g.transpose(g.transpose(image, [1, 2, 0, 3]), [2, 0, 1, 3]), ''],
    ['a sum over axes of size one: nothing', g.sum(g.reshape(x, [2, 1, 3]), [1]), 'reshape'],
    ['a sum over no axis: nothing', g.sum(x, []), ''],
    ['a sum of one number', g.sum(g.fill(2, [2, 3, 4]), [0, 2]), 'fill'],
    ['the whole slice: nothing', g.slice(x, [0, 0], [2, 3]), ''],
    ['a slice of one number', g.slice(g.fill(2, [4]), [1], [3]), 'fill'],
    ['a slice that is a part: nothing', g.slice(joined, [0, 3], [2, 6]), ''],
    ['a slice inside a part: of that part', g.slice(joined, [1, 4], [2, 6]), 'slice'],
    ['a slice inside the first rows of a part', g.slice(joined, [0, 6], [1, 9]), 'slice'],
    ['a slice across parts', g.slice(joined, [0, 2], [2, 5]), 'concat slice'],
    ['a slice with steps', g.slice(joined, [0, 3], [2, 6], [1, 2]), 'concat slice'],
    ['embedded in its own size: nothing', g.embed(x, [0, 0], [1, 1], [2, 3]), ''],
    ['embedded zeros: zeros', part(zeros, 2), 'fill'],
    ['one part: nothing', g.concat([x], 0), ''],
    ['parts of zeros: zeros', g.concat([zeros, zeros], 1), 'fill'],
    ['parts of another number', g.concat([zeros, g.fill(1, [2, 3])], 1), 'concat fill fill'],
    [
      'scattered zeros: zeros',
      g.scatterPlane(g.fill(0, [1, 2, 2, 2]), g.maxPoolIndex(image, window), 4, 4),
      'fill',
    ],
    [
      'averages of nothing spread: zeros',
      g.averagePoolInputGrad(g.fill(0, [1, 2, 2, 2]), [1, 2, 4, 4], window),
      'fill',
    ],
    [
      'the image gradient of nothing: zeros',
      g.conv2dInputGrad(g.fill(0, [1, 3, 2, 2]), g.input('w', [3, 2, 2, 2]), [1, 2, 4, 4], window),
      'fill',
    ],
    ['equal subexpressions: one', g.mul(g.exp(g.neg(x)), g.exp(g.neg(x))), 'exp mul neg'],
    [
      'equal short constants: one',
      [g.add(x, short([3])), g.mul(x, short([3]))],
      'add constant mul',
    ],
    ['constants of other shapes', [short([3]), short([3, 1])], 'constant constant'],
    [
      'long constants: the same array once',
      [g.constant(numbers, [5000]), g.exp(g.constant(numbers, [5000]))],
      'constant exp',
    ],
    ['a constant times a number: a constant', g.mul(0.5, short([3])), 'constant'],
    ['a number that spreads a constant', g.mul(short([3]), g.fill(2, [2, 3])), 'constant fill mul'],
    ['a reshaped constant: a constant', g.reshape(short([3]), [3, 1]), 'constant'],
    [
      'equal multiples of a long constant: one',
      [0, 1].map(() => g.exp(g.mul(g.constant(numbers, [5000]), 2))),
      'constant exp',
    ],
    [
      'long constants of two arrays',
      [g.constant(numbers, [5000]), g.constant(numbers.map(Math.abs), [5000])],
      'constant constant',
    ],
    [
      'inputs of one name and shape: one',
      [g.exp(x), g.neg(g.exp(g.input('x', [2, 3])))],
      'exp neg',
    ],
    [
      'numbers that JSON cannot tell apart',
      [g.mul(x, Infinity), g.mul(x, -Infinity), g.mul(x, Number.NaN), g.fill(Infinity)],
      'fill fill fill mul mul mul',
    ],
  ])('%s', (_, roots, expected) => {
    expect(left(simplified([roots].flat() as Tensor[]))).toBe(expected);
  });
});

describe('what derivatives of derivatives leave behind is put together again', () => {
  it('cotangents of slices that cover a tensor: a concatenation', () => {
    const z = g.input('z', [5]);
    const value = g.add(g.sum(g.exp(g.slice(z, [0], [2]))), g.sum(g.exp(g.slice(z, [2], [5]))));
    expect(left(simplified(gradient(value, [z])))).toBe('concat exp exp slice slice');
  });

  it('a scalar spread and multiplied in: no tensor full of it', () => {
    expect(left(simplified(gradient(g.sum(g.mul(x, y)), [x])))).toBe('');
    expect(left(simplified(gradient(g.mean(g.exp(x)), [x])))).toBe('exp fill mul');
  });

  it('an attack on a map costs four forward passes', () => {
    const same = { stride: [1, 1], pads: [1, 1, 1, 1] } as const;
    const filters = (out: number, from: number) =>
      g.constant(values([out, from, 3, 3], `${out}×${from}`), [out, from, 3, 3]);
    const picture = g.input('picture', [1, 3, 6, 6]);
    const layer = (a: Tensor, out: number) =>
      g.softplus(g.conv2d(a, filters(out, a.shape[1]!), undefined, same));
    const score = g.mean(layer(layer(layer(picture, 4), 5), 2));
    const map = g.abs(gradient(score, [picture])[0]!);
    const attack = gradient(g.sum(g.mul(map, g.div(map, g.sum(map)))), [picture]);
    expect(flopsOf(simplified(attack))).toBe(4 * flopsOf(asItStands([score])));
  });
});
