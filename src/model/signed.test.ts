import { expect, it } from 'vitest';
import { NetworkBuilder } from './layers.js';
import { models, networkOf } from './registry.js';
import { averagesSigned, signedLayers } from './signed.js';
import { planesOf } from './testing/forward.js';
import {
  convolutional,
  imageOf,
  plain,
  preactivated,
  residual,
  weightsOf,
} from './testing/networks.js';

it.each([plain(), residual(), convolutional(), preactivated()].map((n) => [n.name, n] as const))(
  'layers with values below zero are among those that may have them: %s',
  (_, network) => {
    const signed = signedLayers(network.layers);
    for (const key of ['a', 'b', 'c']) {
      const relu = (a: number) => Math.max(a, 0);
      const planes = planesOf(network, weightsOf(network), imageOf(network, key), relu);
      for (const { name } of network.layers)
        if (planes.get(name)!.data.some((v) => v < 0)) expect([...signed]).toContain(name);
    }
  },
);

it('pools, sums and joins of what is not negative are not', () => {
  const b = new NetworkBuilder('mixed', 8, 8);
  const raw = b.conv('raw', b.input({ scale: 1, mean: [0, 0, 0], std: [1, 1, 1] }), 3, 3);
  const open = b.activation(raw);
  b.averagePool('open pool', open, 2, 2);
  b.averagePool('raw pool', raw, 2, 2);
  b.concat('open join', [open, b.maxPool('same', open, 1, 1, 'floor')]);
  b.concat('raw join', [open, raw]);
  b.add('open sum', open, open);
  b.globalAverage('raw mean', b.add('raw sum', open, raw));
  expect([...signedLayers(b.finish().layers)]).toEqual([
    'preprocess',
    'raw',
    'raw pool',
    'raw join',
    'raw sum',
    'raw mean',
  ]);
});

it('of the networks that come with the program, only a DenseNet averages values of both signs', () => {
  const names = Object.keys(models).filter((name) => averagesSigned(networkOf(name).layers));
  expect(names).toEqual(['densenet121']);
});
