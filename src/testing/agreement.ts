// What every engine is held to: it computes what the float64 interpreter computes, on all small
// programs and on their first and second derivatives.
import { describe, expect, it } from 'vitest';
import type { Engine, Values } from '../engine/engine.js';
import { interpret } from '../engine/reference/interpreter.js';
import {
  gradient,
  input,
  mul,
  type Program,
  print,
  program,
  softplus,
  sum,
} from '../graph/index.js';
import { cases, inputsOf, tensorOf, values } from './cases.js';

/** Fails unless an engine's outputs are within `tolerance` of the interpreter's largest number, or of 1. */
export async function compare(
  engine: Engine,
  p: Program,
  inputs: Values,
  tolerance: number,
): Promise<void> {
  const executable = await engine.compile(p);
  const [got, expected] = [await executable.run(inputs), interpret(p, inputs)];
  expect(executable.fallenBack, print(p)).toEqual([]);
  await executable.release();
  for (const [name, reference] of Object.entries(expected)) {
    const scale = Math.max(1, ...reference.map(Math.abs));
    expect(got[name]).toHaveLength(reference.length);
    const worst = reference.reduce((most, v, i) => Math.max(most, Math.abs(v - got[name]![i]!)), 0);
    expect(worst / scale, `${name}\n${print(p)}`).toBeLessThan(tolerance);
  }
}

/** Tests an engine on every case. */
export function describeAgreement(engineName: string, make: () => Engine | Promise<Engine>): void {
  describe(`${engineName} agrees with the float64 interpreter`, () => {
    for (const one of cases) {
      it(one.name, async () => {
        const { result } = tensorOf(one);
        await compare(await make(), program({ result }), inputsOf(one), 2e-6);
      });
      it(`${one.name}: derivative and second derivative`, async () => {
        const { result, leaves } = tensorOf(one);
        const weights = input('weights', result.shape);
        const first = gradient(sum(mul(result, weights)), leaves);
        const second = gradient(
          first.map((d) => sum(mul(d, d))).reduce((a, b) => softplus(mul(a, b))),
          leaves,
        );
        const outputs = Object.fromEntries([...first, ...second].map((d, i) => [`d${i}`, d]));
        await compare(
          await make(),
          program(outputs),
          { ...inputsOf(one), weights: values(result.shape, 'weights') },
          2e-5,
        );
      });
    }
  });
}
