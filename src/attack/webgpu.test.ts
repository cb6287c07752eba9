// An attack's direction on a network of ImageNet's size, on a GPU: no part of it runs elsewhere, and it is
// that of the CPU.
import { expect, it } from 'vitest';
import type { Values } from '../engine/engine.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { gradient, imageInputs, oneHot, saliencyMap } from '../explain/index.js';
import { gradient as derivative, program } from '../graph/index.js';
import { spearman } from '../metric/spearman.js';
import { bind, networkOf } from '../model/index.js';
import { imageOf, weightsOf } from '../model/testing/networks.js';
import { values } from '../testing/cases.js';
import { describeOnWebgpu } from '../testing/webgpu.js';
import { prefixed, referenceInputs } from './director.js';
import { signStep } from './sign-step.js';
import { stepInputs } from './step-rule.js';
import { topKDissimilarity } from './top-k.js';

const norm = (v: Float32Array) => Math.sqrt(v.reduce((sum, a) => sum + a * a, 0));

describeOnWebgpu('the direction of an attack on SqueezeNet, on WebGPU', () => {
  it('is computed there as a whole, and is that of the CPU', async () => {
    const network = networkOf('squeezenet1_1', { pool: 'ceil' });
    const { height, width, classes } = network;
    const bound = bind(network, weightsOf(network));
    const { x, target } = imageInputs(bound);
    const subject = { network: bound, activation: { softplus: 1 }, x, target } as const;
    const map = saliencyMap(gradient().contribution(subject, undefined));
    const dissimilarity = topKDissimilarity(1000);
    const value = dissimilarity.of(map, referenceInputs(dissimilarity, 1, height, width));
    const ascent = derivative(value, [x])[0]!;
    const next = signStep(x, ascent, stepInputs(x.shape));
    const direction = program({ map, ascent, next });

    const image = imageOf(network);
    const inputs = {
      x: image,
      origin: image,
      target: oneHot(classes, 1),
      epsilon: Float32Array.of(8),
      step: Float32Array.of(0.5),
      ...prefixed(dissimilarity.clean(values([height * width], 'clean', [0, 1]), height, width)),
    };
    const [cpu, gpu] = [onnxEngine(), onnxEngine({ device: 'webgpu' })];
    const computed: Values[] = [];
    for (const engine of [cpu, gpu]) {
      const executable = await engine.compile(direction);
      expect(executable.fallenBack).toEqual([]);
      computed.push(await executable.run(inputs));
      await executable.release();
    }
    const [expected, got] = computed as [Values, Values];
    // in float32 two values of a max-pool that are nearly equal may fall either way
    for (const [name, tolerance] of [
      ['map', 1e-4],
      ['ascent', 1e-2],
    ] as const) {
      const difference = expected[name]!.map((v, i) => v - got[name]![i]!);
      expect(norm(difference) / norm(expected[name]!), name).toBeLessThan(tolerance);
      expect(spearman(expected[name]!, got[name]!), name).toBeGreaterThan(0.9999);
    }
    const differing = expected.next!.filter((v, i) => v !== got.next![i]).length;
    expect(differing / image.length).toBeLessThan(1e-3);
  }, 300_000);
});
