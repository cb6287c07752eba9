import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { interpret } from '../engine/reference/interpreter.js';
import { gradient, input, mul, program, sum, type Tensor } from '../graph/index.js';
import { expectClose, slopes } from '../testing/float64.js';
import { bind } from './bind.js';
import type { Network } from './layers.js';
import { lower, trace } from './lower.js';
import { logSumExpPool } from './smooth-pool.js';
import { forward, smooth } from './testing/forward.js';
import {
  convolutional,
  imageOf,
  plain,
  preactivated,
  residual,
  weightsOf,
} from './testing/networks.js';

const networks = [residual(), residual('floor'), preactivated(), plain(), convolutional()];
const cases = networks.flatMap((network) =>
  [0.8, 4, 50].map((beta) => [network.name, beta, network] as const),
);

/** The sum of the scores of a network with smooth pools. */
const scoreOf = (network: Network, x: Tensor, beta: number) =>
  sum(lower(bind(network, weightsOf(network)), x, { softplus: beta, pools: true }).scores);

describe('a network with smooth pools', () => {
  it.each(cases)('%s has the scores of plain loops, β = %d', (_, beta, network) => {
    const x = input('x', [2, 3, network.height, network.width]);
    const bound = bind(network, weightsOf(network));
    const images = [imageOf(network, 'first'), imageOf(network, 'second')];
    const values = { x: Float32Array.from(images.flatMap((image) => [...image])) };
    const { scores } = lower(bound, x, { softplus: beta, pools: true });
    const got = interpret(program({ scores }), values).scores!;
    const expected = images.flatMap((image) => [
      ...forward(network, weightsOf(network), image, smooth(beta)),
    ]);
    expectClose(got, expected, 1e-6);
    const given = input('beta', [2, 1, 1, 1]);
    const sweep = lower(bound, x, { softplus: given, pools: true }).scores;
    const swept = interpret(program({ scores: sweep }), { ...values, beta: [beta, beta] }).scores!;
    expectClose(swept, expected, 1e-6);
  });

  it.each(cases)('%s has derivatives that are differences, β = %d', (_, beta, network) => {
    const image = imageOf(network).map(Math.round);
    const x = input('x', [1, 3, network.height, network.width]);
    const v = input('v', x.shape);
    const slope = gradient(scoreOf(network, x, beta), [x])[0]!;
    const along = gradient(sum(mul(slope, v)), [x])[0]!;
    const p = program({ slope, along });
    const direction = imageOf(network, 'direction').map((level) => level / 255 - 0.5);
    const at = (of: ArrayLike<number>) => interpret(p, { x: of, v: direction });
    const step = 1e-3 / beta;
    const score = (of: Float64Array) => {
      const scores = forward(network, weightsOf(network), of, smooth(beta));
      return scores.reduce((a, b) => a + b);
    };
    expectClose(at(image).slope!, slopes(score, image, step), 1e-5);
    const moved = (by: number) =>
      at(Float64Array.from(image, (level, i) => level + by * direction[i]!)).slope!;
    const [before, after] = [moved(-step), moved(step)];
    const differences = before.map((value, i) => (after[i]! - value) / (2 * step));
    expectClose(at(image).along!, differences, 1e-5);
  });

  it('nears the network with max-pools as β grows', () => {
    const network = plain();
    const image = imageOf(network);
    const x = input('x', [1, 3, network.height, network.width]);
    const bound = bind(network, weightsOf(network));
    const outputs = { soft: scoreOf(network, x, 1e4), sharp: sum(lower(bound, x, 'relu').scores) };
    const { soft, sharp } = interpret(program(outputs), { x: image });
    expectClose(soft!, sharp!, 1e-3);
  });

  it('has no relevance of winners', () => {
    const network = plain();
    const x = input('x', [1, 3, network.height, network.width]);
    const target = input('target', [1, network.classes]);
    const bound = bind(network, weightsOf(network));
    expect(() => trace(bound, x, { softplus: 1, pools: true }, target)).toThrow(
      'relevance has no rule for smooth pools',
    );
  });
});

it('values far apart and padding neither overflow nor count in float32', async () => {
  const x = input('x', [1, 1, 3, 3]);
  const y = logSumExpPool(x, { kernel: [2, 2], stride: [2, 2], pads: [0, 0, 1, 1] });
  const slope = gradient(sum(y), [x])[0]!;
  const executable = await onnxEngine().compile(program({ y, slope }));
  const values = Float32Array.of(-500, -500, 300, -500, -500, -9000, 0, 0, -1000);
  const got = await executable.run({ x: values });
  expectClose(got.y!, [-500 + Math.log(4), 300, Math.log(2), -1000], 1e-6);
  expectClose(got.slope!, [0.25, 0.25, 1, 0.25, 0.25, 0, 0.5, 0.5, 1], 1e-6);
  await executable.release();
});
