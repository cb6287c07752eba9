import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { interpret } from '../engine/reference/interpreter.js';
import { constant, gradient, input, mul, program, sum } from '../graph/index.js';
import { values } from '../testing/cases.js';
import { expectClose, slopes } from '../testing/float64.js';
import { saliencyMap } from './method.js';
import { mapTwin } from './testing/twins.js';

const shape = [2, 3, 4, 5];
const raw = input('raw', shape);
const weights = values([40], 'weights');
const weighted = sum(mul(saliencyMap(raw), constant(weights, [2, 1, 4, 5])));

describe('a saliency map', () => {
  const numbers = values(shape, 'raw');

  it('is per pixel the share of the sum over channels of |raw|, for each image', () => {
    const { map } = interpret(program({ map: saliencyMap(raw) }), { raw: numbers });
    expectClose(map!, [...mapTwin(numbers.slice(0, 60)), ...mapTwin(numbers.slice(60))], 1e-12);
  });

  it('has a derivative that goes through the normaliser', () => {
    const { slope } = interpret(program({ slope: gradient(weighted, [raw])[0]! }), {
      raw: numbers,
    });
    const value = (at: Float64Array) =>
      [...mapTwin(at.slice(0, 60)), ...mapTwin(at.slice(60))].reduce(
        (total, share, i) => total + share * weights[i]!,
        0,
      );
    expectClose(slope!, slopes(value, numbers, 1e-5), 1e-7);
  });

  it('has no slope where the raw map is 0, and one elsewhere', () => {
    const holed = numbers.map((v, i) => (i % 3 === 0 ? 0 : v));
    const { slope } = interpret(program({ slope: gradient(weighted, [raw])[0]! }), { raw: holed });
    expect([...slope!].map((s) => s === 0)).toEqual([...holed].map((v) => v === 0));
  });

  it.each([1, 1e-20])('sums to 1 in float32 where the raw map has the size %f', async (size) => {
    const executable = await onnxEngine().compile(program({ map: saliencyMap(raw) }));
    const { map } = await executable.run({ raw: numbers.map((v) => v * size) });
    await executable.release();
    for (const one of [map!.slice(0, 20), map!.slice(20)])
      expect(one.reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });

  it('of nothing is nothing, and has no slope', async () => {
    const p = program({ map: saliencyMap(raw), slope: gradient(weighted, [raw])[0]! });
    const executable = await onnxEngine().compile(p);
    const { map, slope } = await executable.run({ raw: new Float32Array(120) });
    await executable.release();
    expect([...map!, ...slope!].every((v) => v === 0)).toBe(true);
  });
});
