import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  gradient,
  input,
  maxPool,
  mul,
  program,
  reshape,
  softplus,
  sum,
} from '../../graph/index.js';
import { primitives } from '../../graph/tensor.js';
import { describeAgreement } from '../../testing/agreement.js';
import { cases, tensorOf } from '../../testing/cases.js';
import { describeOnWebgpu } from '../../testing/webgpu.js';
import { type Engine, type Executable, OutOfMemory } from '../engine.js';
import { onnxEngine } from './onnx.js';

/** What holds on every device. */
function behaves(engine: Engine, { softplusError }: { readonly softplusError: number }): void {
  describeAgreement('it', () => engine);

  it(`computes softplus to ${softplusError} of its size from −1000 to 1000`, async () => {
    const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 2);
    const executable = await engine.compile(program({ y: softplus(input('x', [x.length])) }));
    const { y } = await executable.run({ x });
    await executable.release();
    x.forEach((u, i) => {
      const exact = Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u)));
      expect(Math.abs(y![i]! - exact)).toBeLessThanOrEqual(softplusError * Math.max(1, exact));
    });
  });

  it('gives a tie of a max-pool to the first in row-major order, as a whole', async () => {
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

  it('says which input is missing or of the wrong size', async () => {
    const executable = await engine.compile(program({ y: softplus(input('x', [2])) }));
    await expect(executable.run({})).rejects.toThrow('input x needs 2 numbers, got none');
    await expect(executable.run({ x: new Float32Array(3) })).rejects.toThrow(
      'input x needs 2 numbers, got 3',
    );
    await executable.release();
  });

  it('says when there is too little memory, and goes on with less', async () => {
    const squared = (size: number) => {
      const [row, column] = [input('row', [1, size]), input('column', [size, 1])];
      return program({ total: sum(softplus(add(row, column))) });
    };
    const large = await engine.compile(squared(2 ** 20));
    const ones = (size: number) => ({
      row: new Float32Array(size).fill(500),
      column: new Float32Array(size).fill(500),
    });
    await expect(large.run(ones(2 ** 20))).rejects.toThrow(OutOfMemory);
    await large.release();
    const small = await engine.compile(squared(8));
    expect(await small.run(ones(8))).toEqual({ total: Float32Array.of(64_000) });
    await small.release();
  });

  describe('holds results', () => {
    const x = input('x', [2, 2]);
    const numbers = Float32Array.of(1, 2, 3, 4);
    let executable: Executable;
    beforeAll(async () => {
      executable = await engine.compile(
        program({ next: add(x, 1), total: reshape(sum(x), []), x }),
      );
    });
    afterAll(() => executable.release());

    it('of every shape, to be read more than once', async () => {
      const { next, total, x } = await executable.hold({ x: numbers });
      for (let time = 0; time < 2; time++) {
        expect([...(await next!.read())]).toEqual([2, 3, 4, 5]);
        expect([...(await total!.read())]).toEqual([10]);
        expect([...(await x!.read())]).toEqual([1, 2, 3, 4]);
      }
      for (const held of [next, total, x]) held!.release();
    });

    it('that another run is given, of the same program or another', async () => {
      const doubled = await engine.compile(program({ y: mul(x, 2) }));
      let { next } = await executable.hold({ x: numbers });
      for (let time = 0; time < 3; time++) {
        const results = await executable.hold({ x: next! });
        for (const held of [next, results.total, results.x]) held!.release();
        next = results.next;
      }
      expect([...(await doubled.run({ x: next! })).y!]).toEqual([10, 12, 14, 16]);
      next!.release();
      await doubled.release();
    });

    it('until they or their executable are released', async () => {
      const other = await engine.compile(program({ y: mul(x, 2) }));
      const [first, second] = [await other.hold({ x: numbers }), await other.hold({ x: numbers })];
      first.y!.release();
      first.y!.release();
      await expect(first.y!.read()).rejects.toThrow('have been released');
      expect([...(await second.y!.read())]).toEqual([2, 4, 6, 8]);
      await other.release();
      second.y!.release();
      await expect(second.y!.read()).rejects.toThrow('have been released');
      await expect(executable.run({ x: second.y! })).rejects.toThrow('have been released');
    });
  });
}

describe('ONNX Runtime on the CPU', () => {
  behaves(onnxEngine(), { softplusError: 2e-7 });
});

describeOnWebgpu('ONNX Runtime on WebGPU', () => {
  const engine = onnxEngine({ device: 'webgpu' });
  // while something is compiled the device stays, with the shaders it knows
  let something: Executable;
  beforeAll(async () => {
    something = await engine.compile(program({ y: softplus(input('x', [1])) }));
  });
  afterAll(() => something.release());

  // WGSL allows its logarithm an error of 2⁻²¹ below 2
  behaves(engine, { softplusError: 2 ** -20 });
});

it('every primitive is among the cases or their derivatives', () => {
  const seen = new Set<string>();
  for (const one of cases) {
    const { result, leaves } = tensorOf(one);
    const all = program({
      result,
      ...Object.fromEntries(gradient(sum(mul(result, result)), leaves).map((d, i) => [`d${i}`, d])),
    });
    for (const node of all.nodes) seen.add(node.op);
  }
  expect([...seen].sort()).toEqual([...primitives].sort());
});
