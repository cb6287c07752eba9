import { describe, expect, it } from 'vitest';
import { gradient, input, maxPool, mul, program, softplus, sum } from '../../graph/index.js';
import { primitives } from '../../graph/tensor.js';
import { describeAgreement } from '../../testing/agreement.js';
import { cases, tensorOf } from '../../testing/cases.js';
import { onnxEngine } from './onnx.js';

const engine = onnxEngine();

describeAgreement('ONNX Runtime', () => engine);

describe('the cases', () => {
  it('every primitive is among the cases or their derivatives', () => {
    const seen = new Set<string>();
    for (const one of cases) {
      const { result, leaves } = tensorOf(one);
      const all = program({
        result,
        ...Object.fromEntries(
          gradient(sum(mul(result, result)), leaves).map((d, i) => [`d${i}`, d]),
        ),
      });
      for (const node of all.nodes) seen.add(node.op);
    }
    expect([...seen].sort()).toEqual([...primitives].sort());
  });
});

describe('softplus', () => {
  it('is exact to 2e-7 of its size from −1000 to 1000', async () => {
    const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 2);
    const executable = await engine.compile(program({ y: softplus(input('x', [x.length])) }));
    const { y } = await executable.run({ x });
    await executable.release();
    x.forEach((u, i) => {
      const exact = Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u)));
      expect(Math.abs(y![i]! - exact)).toBeLessThanOrEqual(2e-7 * Math.max(1, exact));
    });
  });
});

describe('max-pool routing', () => {
  it('gives a tie to the first in row-major order, as a whole', async () => {
    const x = input('x', [1, 1, 3, 3]);
    const y = maxPool(x, { kernel: [3, 3], stride: [1, 1], pads: [0, 0, 0, 0] });
    const executable = await engine.compile(program({ d: gradient(sum(y), [x])[0]! }));
    const at = async (...plane: number[]) => [
      ...(await executable.run({ x: Float32Array.from(plane) })).d!,
    ];
    expect(await at(0, 0, 1, 1, 0, 0, 1, 1, 1)).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(await at(0, 0, 0, 0, 0, 0, 0, 0, 0)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(await at(-3, -2, -3, -2, -1, -1, -1, -1, -4)).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
    await executable.release();
  });
});

describe('an executable', () => {
  it('says which input is missing or of the wrong size', async () => {
    const executable = await engine.compile(program({ y: softplus(input('x', [2])) }));
    await expect(executable.run({})).rejects.toThrow('input x needs 2 numbers, got none');
    await expect(executable.run({ x: new Float32Array(3) })).rejects.toThrow(
      'input x needs 2 numbers, got 3',
    );
    await executable.release();
  });
});
