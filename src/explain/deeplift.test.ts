import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { program } from '../graph/index.js';
import { imageOf, plain, weightsOf } from '../model/testing/networks.js';
import { expectClose } from '../testing/float64.js';
import { deeplift } from './deeplift.js';
import { oneHot } from './evaluator.js';
import { connect } from './testing/connections.js';
import { activations, boundOf, networks, rawOf } from './testing/maps.js';
import { deepliftTwin } from './testing/propagation-twins.js';

const cases = networks.flatMap((network) =>
  activations.map(
    ([name, activation, beta]) => [network.name, name, network, activation, beta] as const,
  ),
);
const total = (v: Float64Array) => v.reduce((a, b) => a + b, 0);

describe('contributions add up to the change of the score', () => {
  it.each(cases)(
    'and what pools give to other winners: %s, %s',
    (_, __, network, activation, beta) => {
      const label = 1;
      const image = imageOf(network);
      const last = network.layers.at(-1)!.name;
      const twin = deepliftTwin({ network, label, beta }, image);
      const { values, reference, relevance } = twin;
      const change = values.get(last)!.data[label]! - reference.get(last)!.data[label]!;
      // Σ m·(max a₀ − a₀[winner]) over the windows of all pools
      let moved = 0;
      for (const layer of network.layers) {
        if (layer.kind !== 'maxPool') continue;
        const inputs = [values.get(layer.from[0]!)!];
        const before = reference.get(layer.from[0]!)!.data;
        const largest = reference.get(layer.name)!.data;
        connect(weightsOf(network), layer, inputs, (_, winner, p) => {
          moved += relevance.get(layer.name)![p]! * (largest[p]! - before[winner]!);
        });
      }
      const { raw } = rawOf(deeplift(), boundOf(network), activation);
      const target = oneHot(network.classes, label);
      const got = interpret(program({ raw }), { x: image, target }).raw!;
      // the raw contributions themselves, not only their map
      expectClose(got, twin.contribution, 1e-5);
      const size = Math.max(Math.abs(change), total(got.map(Math.abs)));
      expect(Math.abs(total(got) - change - moved)).toBeLessThan(1e-5 * size);
      expect(change).not.toBe(0);
    },
  );
});

it('an image that is the reference has none', () => {
  const network = plain();
  const { raw } = rawOf(deeplift(), boundOf(network), 'relu');
  const x = weightsOf(network)
    .tensors.get('mean')!
    .data.map((m) => 255 * m);
  const got = interpret(program({ raw }), { x, target: [1, 0, 0, 0] }).raw!;
  expect(got.every((v) => v === 0)).toBe(true);
});
