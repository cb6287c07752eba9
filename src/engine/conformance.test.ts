// Every engine that is here, held to the float64 interpreter on what runs are made of: the map of every method
// and the gradient of every attack on it, for networks that together have every kind of layer. Small programs of
// single primitives are in the engines' own tests. Float32 may pick another winner of a near-tie, so maps are compared
// by norm and by the order of their pixels, never bit by bit.
import { afterAll, describe, expect, it } from 'vitest';
import { prefixed, referenceInputs } from '../attack/director.js';
import {
  boxMask,
  type Dissimilarity,
  massCenterDissimilarity,
  targetRegionDissimilarity,
  topKDissimilarity,
} from '../attack/index.js';
import { methodNames } from '../config/methods.js';
import {
  deeplift,
  deepTaylor,
  gradient,
  gradientTimesInput,
  guidedBackprop,
  imageInputs,
  integratedGradients,
  lrp,
  type Method,
  oneHot,
  patternAttribution,
  saliencyMap,
  smoothgrad,
} from '../explain/index.js';
import { boundOf, patternsOf } from '../explain/testing/maps.js';
import { gradient as derivative, fill, type Program, program, sum } from '../graph/index.js';
import { spearman } from '../metric/spearman.js';
import type { Activation } from '../model/index.js';
import type { Network } from '../model/layers.js';
import {
  convolutional,
  imageOf,
  plain,
  preactivated,
  residual,
} from '../model/testing/networks.js';
import { describeOnWebgpu } from '../testing/webgpu.js';
import type { Engine, Values } from './engine.js';
import { onnxEngine } from './onnx/onnx.js';
import { interpret } from './reference/interpreter.js';
import { tfjsEngine } from './tfjs/tfjs.js';

const networks = {
  plain: plain(),
  residual: residual(),
  convolutional: convolutional(),
  preactivated: preactivated(),
};

/** Every method, and the nonlinearity its attacks take their direction with. */
const methods: Readonly<Record<string, (network: Network) => readonly [Method, Activation]>> = {
  gradient: () => [gradient(), { softplus: 2 }],
  'gradient-x-input': () => [gradientTimesInput(), { softplus: 2 }],
  'integrated-gradients': () => [integratedGradients({ steps: 2 }), { softplus: 2 }],
  'guided-backprop': () => [guidedBackprop(), { softplus: 2 }],
  'pattern-attribution': (network) => [patternAttribution(patternsOf(network)), { softplus: 2 }],
  lrp: () => [lrp(), 'relu'],
  'deep-taylor': () => [deepTaylor(), 'relu'],
  deeplift: () => [deeplift(), 'relu'],
  smoothgrad: (network) => [
    smoothgrad(boundOf(network), { of: gradientTimesInput(), samples: 1 }),
    { softplus: 2 },
  ],
};

const attacks: Readonly<Record<string, (network: Network) => Dissimilarity>> = {
  'top-k': () => topKDissimilarity(9),
  'mass-center': () => massCenterDissimilarity(),
  'target-region': ({ height, width }) =>
    targetRegionDissimilarity(boxMask([1, 2, 5, 6], height, width)),
};

interface Conformance {
  readonly name: string;
  readonly program: Program;
  readonly inputs: Values;
  readonly expected: Readonly<Record<string, Float64Array>>;
}

/** Two images, and on each the map of a method and the gradient of every attack. */
function conformance(networkName: keyof typeof networks, methodName: string): Conformance {
  const network = networks[networkName];
  const bound = boundOf(network);
  const { height, width, classes } = network;
  const [method, activation] = methods[methodName]!(network);
  const { x, target } = imageInputs(bound, { batch: 2 });
  const subject = { network: bound, activation, x, target };
  // the middle of the path; noise of half a gray level
  const sample = method.samples && fill(0.5, method.samples.shape(2));
  const map = saliencyMap(method.contribution(subject, sample));
  const numbers: Record<string, Float32Array> = {
    x: Float32Array.from([...imageOf(network, 'first'), ...imageOf(network, 'second')]),
    target: Float32Array.from([...oneHot(classes, 1), ...oneHot(classes, 2)]),
  };
  const clean = interpret(program({ map }), numbers).map!;
  const outputs = Object.fromEntries(
    Object.entries(attacks).map(([name, make]) => {
      const dissimilarity = make(network);
      const references = referenceInputs(dissimilarity, 2, height, width);
      const one = Float32Array.from(clean.subarray(0, height * width));
      for (const [key, values] of Object.entries(
        prefixed(dissimilarity.clean(one, height, width)),
      )) {
        // at the center of the map itself the distance from it has no gradient
        const moved = name === 'mass-center' ? values.map((v) => v - 1) : values;
        numbers[key] = Float32Array.from([...moved, ...moved]);
      }
      const value = sum(dissimilarity.of(map, references));
      return [name, derivative(value, [x])[0]!];
    }),
  );
  const p = program({ map, ...outputs });
  return {
    name: `${methodName} on ${networkName}`,
    program: p,
    inputs: numbers,
    expected: interpret(p, numbers),
  };
}

const cases = Object.keys(networks).flatMap((network) =>
  Object.keys(methods).map((method) => conformance(network as keyof typeof networks, method)),
);

const norm = (values: ArrayLike<number>) =>
  Math.sqrt(Array.from(values, (v) => v * v).reduce((a, b) => a + b));

it('every method of configs is among them', () => {
  expect(Object.keys(methods).sort()).toEqual([...methodNames].sort());
});

/** What is tested of an engine. */
function conforms(make: () => Engine | Promise<Engine>): void {
  let worst = { error: 0, of: '' };
  it.each(cases.map((one) => [one.name, one] as const))(
    '%s',
    async (_, { name, program: p, inputs, expected }) => {
      const executable = await (await make()).compile(p);
      const got = await executable.run(inputs);
      await executable.release();
      for (const [output, reference] of Object.entries(expected)) {
        const error = norm(reference.map((v, i) => v - got[output]![i]!)) / norm(reference);
        if (error > worst.error) worst = { error, of: `${output} of ${name}` };
        // written so that NaN fails
        expect(error <= (output === 'map' ? 2e-5 : 1e-4), `${output}: ${error}`).toBe(true);
        expect(spearman(Float32Array.from(reference), got[output]!), output).toBeGreaterThan(0.999);
      }
    },
  );
  afterAll(() => console.log(`largest error ${worst.error.toExponential(1)}: ${worst.of}`));
}

describe('onnx on cpu', () => conforms(() => onnxEngine()));
describe('tfjs on wasm', () => conforms(() => tfjsEngine({ backend: 'wasm' })));
describe('tfjs on cpu', () => conforms(() => tfjsEngine({ backend: 'cpu' })));
describeOnWebgpu('onnx on webgpu', () => conforms(() => onnxEngine({ device: 'webgpu' })));
