// The reference engine against the definitions themselves: every primitive has a twin written as a
// formula over indices, summed by nested loops, with zeros outside of every array.
import { describe, expect, it } from 'vitest';
import * as g from '../../graph/index.js';
import { primitives } from '../../graph/tensor.js';
import { interpret } from './interpreter.js';
import { compare, evaluate } from './testing/loops.js';
import { twins } from './testing/twins.js';

const { input } = g;

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

describe('inputs', () => {
  const doubled = g.program({ y: g.mul(input('x', [3]), 2) });
  it.each([{}, { x: [1, 2] }, { z: [1, 2, 3] }])(
    'are refused when they do not fit: %j',
    (given) => {
      expect(() => interpret(doubled, given)).toThrow('input x needs 3 numbers');
    },
  );
});
