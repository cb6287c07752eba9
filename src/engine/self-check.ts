// What an engine must get right before it is used: a second derivative through every kind of layer, against the
// float64 interpreter; and how fast it convolves.
import {
  abs,
  constant,
  conv2d,
  flopsOf,
  gradient,
  input,
  matmul,
  maxPool,
  mul,
  type Program,
  program,
  relu,
  reshape,
  softplus,
  sum,
} from '../graph/index.js';
import { keyedRandom } from '../random.js';
import type { Engine } from './engine.js';
import { interpret } from './reference/interpreter.js';

/** What an engine showed of itself. */
export interface SelfCheck {
  /** Error of a second derivative, relative in the Euclidean norm. */
  readonly error: number;
  /** 10⁹ floating-point operations a second of a convolution of 64 channels, in one process. */
  readonly gflops: number;
}

/** Largest error of an engine that computes in float32. */
export const TOLERANCE = 1e-4;

const numbers = (key: string, count: number, scale: number): Float32Array => {
  const random = keyedRandom('self-check', key);
  return Float32Array.from({ length: count }, () => scale * (2 * random.uniform() - 1));
};
const filters = (key: string, ...shape: readonly [number, number, number, number]) =>
  constant(
    numbers(
      key,
      shape.reduce((a, b) => a * b),
      0.4,
    ),
    shape,
    key,
  );

/** The gradient of a map's share in one place, for a network of two convolutions, a pool and a matrix. */
function small(): Program {
  const x = input('x', [1, 3, 12, 12]);
  const same = { stride: [1, 1], pads: [1, 1, 1, 1] } as const;
  const first = softplus(conv2d(x, filters('first', 8, 3, 3, 3), undefined, same));
  const window = { kernel: [3, 3], stride: [2, 2], pads: [0, 0, 1, 1] } as const;
  const pooled = maxPool(first, window);
  const halved = { stride: [2, 2], pads: [0, 0, 1, 1] } as const;
  const second = relu(softplus(conv2d(pooled, filters('second', 4, 8, 3, 3), undefined, halved)));
  const score = matmul(reshape(second, [1, 36]), constant(numbers('last', 36, 1), [36, 1], 'last'));
  const slope = gradient(sum(score), [x])[0]!;
  const weights = constant(numbers('place', 432, 1), [1, 3, 12, 12], 'place');
  return program({ slope: gradient(sum(mul(abs(slope), weights)), [x])[0]! });
}

/** Ten convolutions in a row; the sum after them keeps the output from being copied out. */
function large(): Program {
  let y = input('x', [1, 64, 56, 56]);
  const same = { stride: [1, 1], pads: [1, 1, 1, 1] } as const;
  for (let i = 0; i < 10; i++) y = conv2d(y, filters('large', 64, 64, 3, 3), undefined, same);
  return program({ total: sum(y) });
}

/** Checks an engine and times it for about so many milliseconds. Throws what the engine throws. */
export async function selfCheck(engine: Engine, milliseconds: number): Promise<SelfCheck> {
  const p = small();
  const x = numbers('image', 432, 1);
  const executable = await engine.compile(p);
  const got = (await executable.run({ x })).slope!;
  await executable.release();
  const expected = interpret(p, { x }).slope!;
  const error = Math.hypot(...expected.map((v, i) => v - got[i]!)) / Math.hypot(...expected);

  const timed = large();
  const image = numbers('large image', 64 * 56 * 56, 1);
  const convolutions = await engine.compile(timed);
  await convolutions.run({ x: image });
  const started = performance.now();
  let runs = 0;
  do {
    await convolutions.run({ x: image });
    runs++;
  } while (performance.now() - started < milliseconds);
  const seconds = (performance.now() - started) / 1000;
  await convolutions.release();
  return { error, gflops: (runs * flopsOf(timed)) / seconds / 1e9 };
}
