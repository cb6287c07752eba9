// How many images go together, from programs whose memory is known.
import { describe, expect, it } from 'vitest';
import { deviceMemory } from '../../engine/devices.js';
import type { Engine } from '../../engine/engine.js';
import { add, constant, exp, input, program } from '../../graph/index.js';
import type { Computer } from '../../task/computer.js';
import { batchFor, footprint } from './batch.js';

/** What compiles a program of an image of so many numbers and constants of so many, and a smaller one. */
const compiling =
  (numbers: number, constants: number) =>
  (engine: Engine): Computer =>
    ({
      async compile() {
        for (const [size, held] of [
          [numbers, constants],
          [1, 1],
        ] as const) {
          const x = input('x', [size]);
          const weights = constant(new Float32Array(held), [held]);
          await engine.compile(program({ y: exp(x), z: add(exp(weights), 1) }));
        }
      },
    }) as Partial<Computer> as Computer;

describe('a footprint', () => {
  it('is that of the largest program', async () => {
    // x and its exponential, which outlive the small numbers; the one that is added is a constant as well
    expect(await footprint(compiling(1000, 50))).toEqual({ constants: 204, live: 8000 });
  });
});

describe('images together', () => {
  const large = { height: 224, width: 224 };
  const sizes = [
    [32, 32, 4],
    [64, 64, 4],
    [128, 128, 3],
    [224, 224, 1],
    [227, 227, 1],
    [299, 299, 1],
  ] as const;
  it.each(['cpu', 'wasm'].flatMap((device) => sizes.map((size) => [device, ...size] as const)))(
    'on the processor (%s) are as many of %d×%d as fill one large image, at most four: %d',
    async (device, height, width, count) => {
      expect(await batchFor({ device }, { height, width }, 1, compiling(1, 1))).toBe(count);
    },
  );

  it('on another device are as many as its memory holds, at least one and at most 64', async () => {
    const memory = (await deviceMemory('webgpu'))!;
    const room = (share: number) => Math.floor((memory * share) / 8);
    const count = (numbers: number, group = 1000) =>
      batchFor({ device: 'webgpu' }, large, group, compiling(numbers, 1));
    expect(await count(10)).toBe(64);
    expect(await count(10, 5)).toBe(5);
    // two programs of which each takes a hundredth of the memory for an image, and two fifths are counted on
    expect(await count(room(0.01))).toBeGreaterThanOrEqual(19);
    expect(await count(room(0.01))).toBeLessThanOrEqual(20);
    expect(await count(room(2))).toBe(1);
  });
});
