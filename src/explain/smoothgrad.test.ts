// SmoothGrad against means of the twins of what it wraps, over noisy images made in plain loops.
import { describe, expect, it } from 'vitest';
import { compileDirector } from '../attack/director.js';
import { topKDissimilarity } from '../attack/top-k.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { bind } from '../model/index.js';
import { softplus } from '../model/testing/forward.js';
import { convolutional, imageOf, plain, weightsOf } from '../model/testing/networks.js';
import { expectClose, float64Engine, slopes } from '../testing/float64.js';
import { compileEvaluator, oneHot } from './evaluator.js';
import { gradient, gradientTimesInput } from './gradient.js';
import { integratedGradients } from './integrated-gradients.js';
import { lrp } from './lrp.js';
import type { Draws, Method } from './method.js';
import { smoothgrad } from './smoothgrad.js';
import { drawsOf } from './testing/draws.js';
import {
  gradientTimesInputTwin,
  gradientTwin,
  inputScale,
  mapTwin,
  pathTwin,
} from './testing/twins.js';

const LABEL = 1;
const NOISE = 0.1;
const networks = [plain(), convolutional()];
const explained = (network: (typeof networks)[number]) => ({
  network,
  label: LABEL,
  activation: softplus(2),
});
type Twin = (e: ReturnType<typeof explained>, image: ArrayLike<number>) => Float64Array;

const wrapped: readonly (readonly [string, Method, Twin])[] = [
  ['gradient', gradient(), gradientTwin],
  ['gradient-x-input', gradientTimesInput(), gradientTimesInputTwin],
  [
    'integrated-gradients',
    integratedGradients({ steps: 2 }),
    (e, image) => pathTwin(e, image, [1 / 2, 1]),
  ],
];
const cases = networks.flatMap((network) =>
  wrapped.map(([name, of, twin]) => [name, network.name, network, of, twin] as const),
);

/** Images with noise of σ = noise·(max x̂ − min x̂) in units of x̂. */
function noisy(network: (typeof networks)[number], draws: Draws, purpose: string, count: number) {
  const { zero, unit } = inputScale(network);
  const { origin } = draws;
  const own = Array.from(origin, (v, i) => (v - zero[i]!) / unit[i]!);
  const sigma = NOISE * (Math.max(...own) - Math.min(...own));
  const normal = draws.normal(purpose, count * origin.length);
  return Array.from({ length: count }, (_, n) =>
    Float64Array.from(own, (v, i) => {
      const moved = v + sigma * normal[n * origin.length + i]!;
      return zero[i]! + unit[i]! * moved;
    }),
  );
}
const meanOf = (maps: readonly Float64Array[]) =>
  maps[0]!.map((_, i) => maps.reduce((sum, map) => sum + map[i]!, 0) / maps.length);

describe('a map', () => {
  it.each(cases)(
    'of %s on %s is of the mean over noisy copies',
    async (_, __, network, of, twin) => {
      const bound = bind(network, weightsOf(network));
      const image = imageOf(network);
      const draws = drawsOf(image);
      const copies = noisy(network, draws, 'smoothgrad-eval', 3);
      const expected = mapTwin(meanOf(copies.map((copy) => twin(explained(network), copy))));
      for (const [engine, tolerance] of [
        [float64Engine, 1e-5],
        [onnxEngine(), 1e-4],
      ] as const) {
        const method = smoothgrad(bound, { of, samples: 3, direction: 2, noise: NOISE });
        const evaluator = await compileEvaluator(engine, bound, method, { softplus: 2 });
        const { map } = await evaluator.evaluate(image, oneHot(network.classes, LABEL), draws);
        await evaluator.release();
        expectClose(map, expected, tolerance);
      }
    },
  );

  it.each([
    ['gradient', gradient()],
    ['lrp', lrp()],
  ])('of %s without noise is that of the method', async (_, of) => {
    const network = convolutional();
    const bound = bind(network, weightsOf(network));
    const image = imageOf(network);
    const mapBy = async (method: Method) => {
      const evaluator = await compileEvaluator(float64Engine, bound, method, 'relu');
      return (await evaluator.evaluate(image, oneHot(network.classes, LABEL), drawsOf(image))).map;
    };
    const still = smoothgrad(bound, { of, samples: 4, noise: 1e-12 });
    expectClose(await mapBy(still), await mapBy(of), 1e-9);
  });
});

describe('samples', () => {
  const network = plain();
  const bound = bind(network, weightsOf(network));
  const image = imageOf(network);

  it('of reported maps are the same for all of an image, and others than those of a direction', () => {
    const { samples } = smoothgrad(bound, { of: gradient(), samples: 3, direction: 2 });
    const draws = drawsOf(image);
    expect(samples!.fixed(draws)).toEqual(samples!.fixed(drawsOf(image)));
    expect(samples!.drawn(draws)).toEqual(samples!.drawn(draws));
    expect([samples!.fixed(draws).length, samples!.drawn(draws).length]).toEqual([3, 2]);
    expect(samples!.drawn(draws)[0]).not.toEqual(samples!.fixed(draws)[0]);
  });

  it('take the defaults of paper and specification', () => {
    const { samples } = smoothgrad(bound, { of: gradient() });
    expect([samples!.count, samples!.direction]).toEqual([50, 10]);
  });

  it('of a method with samples are every copy with each of its own', () => {
    const of = integratedGradients({ steps: 4, direction: 2 });
    const { samples } = smoothgrad(bound, { of, samples: 3, direction: 5 });
    expect([samples!.count, samples!.direction]).toEqual([12, 10]);
    const draws = drawsOf(image);
    const fixed = samples!.fixed(draws);
    expect(fixed).toHaveLength(12);
    expect(fixed.slice(0, 4).map((both) => both.at(-1))).toEqual([0.25, 0.5, 0.75, 1]);
    expect(new Set(fixed.map((both) => both.slice(0, -1).join())).size).toBe(3);
  });
});

it.each(cases)('a direction of %s on %s goes where D rises', async (_, __, network, of, twin) => {
  const bound = bind(network, weightsOf(network));
  const { height, width } = network;
  const image = imageOf(network).map((v) => 20 + (215 * v) / 255);
  const draws = drawsOf(image);
  const method = smoothgrad(bound, { of, samples: 3, direction: 2, noise: NOISE });
  const dissimilarity = topKDissimilarity(9);
  const mapAt = (x: Float64Array) => {
    const copies = noisy(network, { ...draws, origin: image }, 'smoothgrad-attack', 2).map((copy) =>
      copy.map((v, i) => v - image[i]! + x[i]!),
    );
    return mapTwin(meanOf(copies.map((copy) => twin(explained(network), copy))));
  };
  const references = dissimilarity.clean(
    Float32Array.from(mapAt(Float64Array.from(image))),
    height,
    width,
  );
  const rise = slopes(
    (x) => -mapAt(x).reduce((sum, v, i) => sum + v * references.top![i]!, 0),
    image,
    0.05,
  );
  const director = await compileDirector(float64Engine, bound, method, dissimilarity, {
    softplus: 2,
  });
  const { next } = await director.step({
    x: image,
    origin: image,
    target: oneHot(network.classes, LABEL),
    references,
    epsilon: 8,
    step: 0.5,
    draws,
  });
  const moved = await next.read();
  const largest = Math.max(...rise.map(Math.abs));
  const clear = [...rise.keys()].filter((i) => Math.abs(rise[i]!) > 1e-2 * largest);
  expect(clear.length).toBeGreaterThan(rise.length / 2);
  for (const i of clear) expect(moved[i]! - image[i]!).toBeCloseTo(0.5 * Math.sign(rise[i]!), 3);
});

describe('an attack', () => {
  const [network] = networks;
  const drawnBy = (fresh: boolean) => {
    const { samples } = smoothgrad(bind(network!, weightsOf(network!)), {
      ...{ of: gradient(), samples: 3, direction: 2, noise: NOISE, fresh },
    });
    const draws = drawsOf(imageOf(network!));
    return [1, 2, 3].map(() => samples!.drawn(draws));
  };

  it('has the same noise at each step', () => {
    const [first, ...later] = drawnBy(false);
    expect(later).toEqual([first, first]);
  });

  it('has other noise at each step where it is drawn afresh, and the same in each run', () => {
    const [first, second, third] = drawnBy(true);
    expect(second).not.toEqual(first);
    expect(third).not.toEqual(second);
    expect(drawnBy(true)).toEqual([first, second, third]);
    expect(first!.every((copy) => copy.length === second![0]!.length)).toBe(true);
  });
});
