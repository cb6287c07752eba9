// A check must let an engine pass that is right, and tell one that is not.
import { expect, it } from 'vitest';
import { float64Engine } from '../testing/float64.js';
import type { Engine } from './engine.js';
import { onnxEngine } from './onnx/onnx.js';
import { selfCheck, TOLERANCE } from './self-check.js';

it('passes an engine that computes in float32, and tells its speed', async () => {
  const { error, gflops } = await selfCheck(onnxEngine(), 0);
  expect(error).toBeGreaterThan(0);
  expect(error).toBeLessThan(TOLERANCE);
  expect(gflops).toBeGreaterThan(0.01);
});

it.each([
  ['a thousandth too much', (v: number) => 1.001 * v],
  ['nothing', () => 0],
  ['no numbers', () => Number.NaN],
])('does not pass one that gives %s', async (_, change) => {
  const wrong: Engine = {
    ...float64Engine,
    async compile(program) {
      const executable = await float64Engine.compile(program);
      const run: typeof executable.run = async (inputs) => {
        // the timed program is large, and what it gives does not matter
        if (!('slope' in program.outputs)) return { total: new Float32Array(1) };
        const { slope } = await executable.run(inputs);
        return { slope: slope!.map(change) };
      };
      return { ...executable, run };
    },
  };
  expect((await selfCheck(wrong, 0)).error <= TOLERANCE).toBe(false);
});
