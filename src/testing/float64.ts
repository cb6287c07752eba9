// What tests compare with: the reference interpreter as an engine whose numbers stay float64 from one
// program to the next, central differences, and closeness relative to the largest expected number.
import { expect } from 'vitest';
import { type Engine, type Held, held, type Inputs, type Values } from '../engine/engine.js';
import { interpret } from '../engine/reference/interpreter.js';

export const float64Engine: Engine = {
  name: 'float64',
  version: '',
  device: 'cpu',
  batch: 1,
  compile: async (program) => {
    const run = async (inputs: Inputs): Promise<Values> => {
      const given = await Promise.all(
        Object.entries(inputs).map(
          async ([name, v]) => [name, 'read' in v ? await v.read() : v] as const,
        ),
      );
      // handed on unrounded, though the type says float32
      return interpret(program, Object.fromEntries(given)) as unknown as Values;
    };
    const hold = async (inputs: Inputs): Promise<Readonly<Record<string, Held>>> =>
      Object.fromEntries(Object.entries(await run(inputs)).map(([name, v]) => [name, held(v)]));
    return { fallenBack: [], run, hold, release: async () => {} };
  },
};

/** Central differences of f in every element of `at`. */
export const slopes = (
  f: (x: Float64Array) => number,
  at: ArrayLike<number>,
  step: number,
): Float64Array =>
  Float64Array.from(at, (_, i) => {
    const moved = (by: number) => f(Float64Array.from(at, (v, j) => (j === i ? v + by : v)));
    return (moved(step) - moved(-step)) / (2 * step);
  });

/** Fails unless every element is within `tolerance` times the largest expected one. */
export function expectClose(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: number,
): void {
  expect(got.length).toBe(expected.length);
  const scale = Math.max(...Array.from(expected, Math.abs));
  for (let i = 0; i < expected.length; i++)
    // written so that NaN fails
    if (!(Math.abs(got[i]! - expected[i]!) <= tolerance * scale))
      expect.fail(`element ${i}: ${got[i]} against ${expected[i]}, the largest being ${scale}`);
}
