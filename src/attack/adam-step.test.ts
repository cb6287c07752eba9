// Adam on an image against its definition in plain loops, in float64, for several steps in a row.
import { expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { input, program } from '../graph/index.js';
import { values } from '../testing/cases.js';
import { expectClose, float64Engine } from '../testing/float64.js';
import { adamSteps } from './adam-step.js';
import { stepInputs } from './step-rule.js';

const shape = [2, 3, 4, 5];
const [count, plane] = [120, 20];
const STEPS = 6;
const rates = [1.5, Math.fround(0.3)] as const;
const bounds = [255, 3] as const;
const sigma = [0.229, 0.224, 0.225];

const origin = values(shape, 'origin', [0, 255]);
/** Slopes of a step: of all sizes, some zero, some not finite. */
const slopesOf = (step: number) =>
  values(shape, `slope ${step}`).map((v, i) => {
    if (i % 17 === 0) return 0;
    if (i % 19 === step) return Number.NaN;
    if (i % 23 === step) return Number.POSITIVE_INFINITY;
    return v * 10 ** ((i % 7) - 4);
  });

/** The images after each step, by the update of one value in units of (x/255 − μ)/σ. */
function twin(): Float64Array[] {
  const x = Float64Array.from(origin);
  const [m, v] = [new Float64Array(count), new Float64Array(count)];
  const after: Float64Array[] = [];
  for (let t = 1; t <= STEPS; t++) {
    const slopes = slopesOf(t);
    for (let i = 0; i < count; i++) {
      const image = i < count / 2 ? 0 : 1;
      const unit = 255 * sigma[Math.floor(i / plane) % 3]!;
      const g = Number.isFinite(slopes[i]!) ? slopes[i]! * unit : 0;
      m[i] = 0.9 * m[i]! + 0.1 * g;
      v[i] = 0.999 * v[i]! + 0.001 * g * g;
      const u = x[i]! / unit;
      const step = m[i]! / (1 - 0.9 ** t) / (Math.sqrt(v[i]! / (1 - 0.999 ** t)) + 1e-8);
      const moved = (u + rates[image]! * step) * unit;
      const [low, high] = [origin[i]! - bounds[image]!, origin[i]! + bounds[image]!];
      x[i] = Math.min(255, Math.max(0, Math.min(high, Math.max(low, moved))));
    }
    after.push(x.slice());
  }
  return after;
}

it.each([
  // what is given is rounded to float32
  ['float64', float64Engine, 1e-7],
  ['ONNX Runtime', onnxEngine(), 1e-5],
] as const)(
  '%s takes the steps of the definition, with means that know no bounds',
  async (_, engine, tolerance) => {
    const scalar = (name: string) => input(name, [2, 1, 1, 1]);
    const numbers = Object.keys(adamSteps.numbers(1)).map((name) => [name, scalar(name)] as const);
    const carried = adamSteps.carried.map((name) => [name, input(name, shape)] as const);
    const { next, carried: left } = adamSteps.advance(
      input('x', shape),
      input('slope', shape),
      stepInputs(shape),
      Object.fromEntries(numbers),
      Object.fromEntries(carried),
    );
    const executable = await engine.compile(program({ next, ...left }));
    const expected = twin();
    let state: Record<string, Float32Array> = { next: origin };
    for (const name of adamSteps.carried) state[name] = new Float32Array(count);
    for (let t = 1; t <= STEPS; t++) {
      const of = adamSteps.numbers(t);
      state = {
        ...(await executable.run({
          ...state,
          x: state.next!,
          slope: slopesOf(t),
          origin,
          epsilon: Float32Array.from(bounds),
          step: Float32Array.from(rates),
          ...Object.fromEntries(
            Object.entries(of).map(([name, v]) => [name, Float32Array.of(v, v)]),
          ),
        })),
      };
      expectClose(state.next!, expected[t - 1]!, tolerance);
    }
    // some values have come to each of their bounds
    const last = expected.at(-1)!;
    for (const bound of [0, 255]) expect(last.some((v) => v === bound)).toBe(true);
    expect(last.some((v, i) => i >= count / 2 && Math.abs(v - origin[i]!) === 3)).toBe(true);
    await executable.release();
  },
);
