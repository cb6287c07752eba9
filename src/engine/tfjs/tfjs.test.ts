import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import * as g from '../../graph/index.js';
import { compare, describeAgreement } from '../../testing/agreement.js';
import { values } from '../../testing/cases.js';
import { expectClose } from '../../testing/float64.js';
import { onnxEngine } from '../onnx/onnx.js';
import { interpret } from '../reference/interpreter.js';
import { tfjsEngine } from './tfjs.js';

/** A small network, its gradient map, and the gradient of the map's size. */
const network = () => {
  const x = g.input('x', [2, 3, 9, 9]);
  const w = g.constant(values([4, 3, 3, 3], 'filters'), [4, 3, 3, 3]);
  const hidden = g.softplus(
    g.conv2d(x, w, g.constant(values([4], 'bias'), [4]), { stride: [2, 2], pads: [1, 1, 1, 1] }),
  );
  const pooled = g.maxPool(hidden, { kernel: [3, 3], stride: [2, 2], pads: [0, 0, 1, 1] });
  const map = g.gradient(g.sum(g.mul(pooled, pooled)), [x])[0]!;
  return { x, pooled, map, ascent: g.gradient(g.sum(g.abs(map)), [x])[0]! };
};
const image = values([2, 3, 9, 9], 'image');

for (const backend of ['wasm', 'cpu'] as const) {
  const make = () => tfjsEngine({ backend });
  describeAgreement(`TensorFlow.js on ${backend}`, make);

  describe(`TensorFlow.js on ${backend}`, () => {
    it('says what it is', async () => {
      expect(await make()).toMatchObject({ name: 'tfjs', version: '4.22.0', device: backend });
    });

    it('takes softplus and its derivative exactly from −1000 to 1000', async () => {
      const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 2);
      const u = g.input('x', [x.length]);
      const executable = await (await make()).compile(
        g.program({ y: g.softplus(u), d: g.gate(1, u) }),
      );
      const { y, d } = await executable.run({ x });
      await executable.release();
      x.forEach((u, i) => {
        const exact = Math.max(u, 0) + Math.log1p(Math.exp(-Math.abs(u)));
        expect(Math.abs(y![i]! - exact)).toBeLessThanOrEqual(2e-7 * Math.max(1, exact));
        expect(Math.abs(d![i]! - 1 / (1 + Math.exp(-u)))).toBeLessThanOrEqual(2e-7);
      });
    });

    it('tells tiny numbers from zero, and infinite ones from large ones', async () => {
      const x = Float32Array.of(0, 1e-30, -1e-30, 1e-9, -1e-9, 3e38, -3e38, Infinity, -Infinity);
      const u = g.input('x', [9]);
      const executable = await (await make()).compile(
        g.program({
          sign: g.sign(u),
          positive: g.where(g.greater(u, 0), 1, 0),
          finite: g.where(g.greater(3.2e38, g.abs(u)), u, 0),
        }),
      );
      const { sign, positive, finite } = await executable.run({ x });
      await executable.release();
      expect([...sign!]).toEqual([0, 1, -1, 1, -1, 1, -1, 1, -1]);
      expect([...positive!]).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0]);
      expect([...finite!]).toEqual([...x.subarray(0, 7), 0, 0]);
    });

    it('gives a tie to the first in row-major order, as a whole', async () => {
      const x = g.input('x', [1, 1, 3, 3]);
      const y = g.maxPool(x, { kernel: [3, 3], stride: [1, 1], pads: [0, 0, 0, 0] });
      const executable = await (await make()).compile(
        g.program({ d: g.gradient(g.sum(y), [x])[0]! }),
      );
      const at = async (...plane: number[]) => [
        ...(await executable.run({ x: Float32Array.from(plane) })).d!,
      ];
      expect(await at(0, 0, 1, 1, 0, 0, 1, 1, 1)).toEqual([0, 0, 1, 0, 0, 0, 0, 0, 0]);
      expect(await at(0, 0, 0, 0, 0, 0, 0, 0, 0)).toEqual([1, 0, 0, 0, 0, 0, 0, 0, 0]);
      expect(await at(-3, -2, -3, -2, -1, -1, -1, -1, -4)).toEqual([0, 0, 0, 0, 1, 0, 0, 0, 0]);
      // planes without an order still route all of it somewhere within the plane
      const lost = await at(...new Array<number>(9).fill(Number.NaN));
      expect(lost.reduce((a, b) => a + b)).toBe(1);
      await executable.release();
    });

    it('refuses winners of planes of another size', async () => {
      const index = g.maxPoolIndex(g.input('x', [1, 1, 4, 4]), {
        kernel: [2, 2],
        stride: [2, 2],
        pads: [0, 0, 0, 0],
      });
      const elsewhere = g.gatherPlane(g.input('z', [1, 1, 5, 5]), index);
      await expect((await make()).compile(g.program({ elsewhere }))).rejects.toThrow(
        'planes [5,5]',
      );
    });

    it('moves axes of rank 4, to and from other ranks, as a program says', async () => {
      const x = g.input('x', [2, 3, 4, 5]);
      const planes = g.input('planes', [3, 4, 5]);
      const row = g.input('row', [5]);
      const odd = g.slice(x, [0, 1, 0, 1], [2, 3, 4, 5], [1, 1, 2, 3]);
      await compare(
        await make(),
        g.program({
          transposed: g.transpose(x, [3, 1, 0, 2]),
          flat: g.reshape(x, [6, 20]),
          deep: g.reshape(x, [2, 3, 2, 2, 5]),
          again: g.reshape(g.reshape(x, [5, 24]), [4, 5, 3, 2]),
          other: g.reshape(x, [3, 2, 5, 4]),
          sums: g.sum(x, [1, 3]),
          mixed: g.add(g.mul(x, planes), row),
          gated: g.gate(planes, x),
          chosen: g.where(g.greater(row, planes), x, planes),
          among: g.where(g.greater(planes, 0), row, x),
          wide: g.broadcast(planes, [2, 3, 4, 5]),
          channels: g.concat([x, x], 1),
          columns: g.concat([x, x, x], 3),
          odd,
          laid: g.embed(odd, [0, 2, 1, 0], [1, 1, 2, 2], [2, 5, 4, 4]),
        }),
        {
          x: values([2, 3, 4, 5], 'x'),
          planes: values([3, 4, 5], 'planes'),
          row: values([5], 'row'),
        },
        1e-6,
      );
    });

    it('has a gradient of zeros where no window reaches the image', async () => {
      const options = { stride: [3, 3], pads: [3, 3, 0, 0] } as const;
      const x = g.input('x', [1, 2, 1, 1]);
      const y = g.conv2d(x, g.input('w', [2, 2, 2, 2]), undefined, options);
      expect(y.shape).toEqual([1, 2, 1, 1]);
      const d = g.conv2dInputGrad(
        g.input('g', y.shape),
        g.input('w', [2, 2, 2, 2]),
        x.shape,
        options,
      );
      await compare(
        await make(),
        g.program({ d }),
        { g: values([2], 'g'), w: values([16], 'w') },
        1e-6,
      );
    });

    it('gives back inputs, constants and each other as copies', async () => {
      const x = g.input('x', [2, 2]);
      const y = g.neg(x);
      const data = Float32Array.of(7, 8);
      const executable = await (await make()).compile(
        g.program({ x, y, again: y, constant: g.constant(data, [2, 1]), one: g.fill(1) }),
      );
      const given = Float32Array.of(1, 2, 3, 4);
      const got = await executable.run({ x: given });
      expect(Object.fromEntries(Object.entries(got).map(([k, v]) => [k, [...v]]))).toEqual({
        x: [1, 2, 3, 4],
        y: [-1, -2, -3, -4],
        again: [-1, -2, -3, -4],
        constant: [7, 8],
        one: [1],
      });
      for (const numbers of Object.values(got)) numbers.fill(9);
      expect([...given, ...data]).toEqual([1, 2, 3, 4, 7, 8]);
      expect([...(await executable.run({ x: given })).constant!]).toEqual([7, 8]);
      await executable.release();
    });

    it('takes back what it has held, in any order of runs', async () => {
      const { x, map, ascent } = network();
      const engine = await make();
      const step = await engine.compile(g.program({ next: g.add(x, g.mul(g.sign(ascent), 0.5)) }));
      const look = await engine.compile(g.program({ map }));
      let held = (await step.hold({ x: image })).next!;
      const first = await held.read();
      for (let i = 0; i < 2; i++) {
        const { next } = await step.hold({ x: held });
        held.release();
        held = next!;
      }
      const [one, two] = await Promise.all([look.run({ x: held }), look.run({ x: first })]);
      const iterate = await held.read();
      held.release();
      const after = g.program({ y: g.add(x, g.mul(g.sign(ascent), 0.5)) });
      const next = (from: Float32Array) => Float32Array.from(interpret(after, { x: from }).y!);
      expect(first).toEqual(next(image));
      expect(iterate).toEqual(next(next(next(image))));
      const maps = [iterate, first].map((x) => interpret(g.program({ map }), { x }).map!);
      expectClose(one.map!, maps[0]!, 1e-5);
      expectClose(two.map!, maps[1]!, 1e-5);
      await step.release();
      await look.release();
    });

    it('reads what another engine has held', async () => {
      const x = g.input('x', [2, 3, 9, 9]);
      const other = await onnxEngine().compile(g.program({ y: g.neg(x) }));
      const executable = await (await make()).compile(g.program({ z: g.neg(x) }));
      const { y } = await other.hold({ x: image });
      expect((await executable.run({ x: y! })).z).toEqual(image);
      y!.release();
      await other.release();
      await executable.release();
    });

    it('holds what was given as it was then', async () => {
      const executable = await (await make()).compile(g.program({ x: g.input('x', [2]) }));
      const given = Float32Array.of(1, 2);
      const { x } = await executable.hold({ x: given });
      given.fill(5);
      expect([...(await x!.read())]).toEqual([1, 2]);
      (await x!.read()).fill(6);
      expect([...(await x!.read())]).toEqual([1, 2]);
      x!.release();
      await executable.release();
    });

    it('leaves no tensors behind', async () => {
      const { x, pooled, map, ascent } = network();
      const engine = await make();
      const count = () => tf.memory().numTensors;
      const before = count();
      const executable = await engine.compile(
        g.program({ x, pooled, map, ascent, one: g.fill(1, [1, 1, 2, 2]) }),
      );
      const constants = count();
      // filters as they are and turned, a bias, and the places of winners
      expect(constants).toBeGreaterThan(before + 3);
      await executable.run({ x: image });
      expect(count()).toBe(constants);
      const held = await executable.hold({ x: image });
      expect(count()).toBe(constants + 5);
      await held.map!.read();
      expect(count()).toBe(constants + 5);
      await executable.run({ x: held.x! });
      expect(count()).toBe(constants + 5);
      await expect(executable.run({ x: held.pooled! })).rejects.toThrow();
      for (const one of Object.values(held)) one.release();
      for (const one of Object.values(held)) one.release();
      expect(count()).toBe(constants);
      await executable.release();
      expect(count()).toBe(before);
    });

    it('frees what nothing reads any more while it runs', async () => {
      const size = 1000;
      let y = g.input('x', [size]);
      for (let i = 0; i < 50; i++) y = g.softplus(y);
      const executable = await (await make()).compile(g.program({ y }));
      const before = tf.memory().numBytes;
      let most = 0;
      const scopes = tf.engine();
      const runKernel = scopes.runKernel.bind(scopes);
      const spy = vi.spyOn(scopes, 'runKernel').mockImplementation((...call) => {
        const result = runKernel(...call);
        most = Math.max(most, tf.memory().numBytes - before);
        return result as never;
      });
      await executable.run({ x: new Float32Array(size) });
      spy.mockRestore();
      await executable.release();
      expect(most).toBeGreaterThanOrEqual(2 * 4 * size);
      expect(most).toBeLessThanOrEqual(5 * 4 * size);
    });

    it('says which input is missing or of the wrong size', async () => {
      const executable = await (await make()).compile(
        g.program({ y: g.softplus(g.input('x', [2])) }),
      );
      await expect(executable.run({})).rejects.toThrow('input x needs 2 numbers, got none');
      await expect(executable.run({ x: new Float32Array(3) })).rejects.toThrow(
        'input x needs 2 numbers, got 3',
      );
      const square = await (await make()).compile(g.program({ z: g.neg(g.input('z', [1, 2])) }));
      const { z } = await square.hold({ z: Float32Array.of(1, 2) });
      await expect(executable.run({ x: z! })).rejects.toThrow(
        'input x needs a shape of [2], what was held has [1,2]',
      );
      z!.release();
      for (const one of [executable, square]) await one.release();
    });
  });
}

describe('two backends', () => {
  it('compute in turns', async () => {
    const program = g.program({ map: network().map });
    const [wasm, cpu] = await Promise.all(
      (['wasm', 'cpu'] as const).map(async (backend) =>
        (await tfjsEngine({ backend })).compile(program),
      ),
    );
    const runs = await Promise.all([wasm!, cpu!, wasm!].map((one) => one.run({ x: image })));
    expect(runs[0]).toEqual(runs[2]);
    expectClose(runs[0]!.map!, runs[1]!.map!, 1e-5);
    await wasm!.release();
    await cpu!.release();
  });
});
