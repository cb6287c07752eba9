// Files of patterns. The maps have their tests beside those of all propagation methods.
import { expect, it } from 'vitest';
import { plain, residual } from '../model/testing/networks.js';
import type { WeightFile, WeightTensor } from '../weights/safetensors.js';
import { bindPatterns, patternName } from './pattern-attribution.js';
import { boundOf, patternsOf } from './testing/maps.js';

const network = plain();
const tensors = new Map([...patternsOf(network)].map(([name, t]) => [patternName(name), t]));
const fileWith = (change: readonly (readonly [string, WeightTensor | undefined])[] = []) => {
  const changed = new Map(tensors);
  for (const [name, tensor] of change)
    if (tensor === undefined) changed.delete(name);
    else changed.set(name, tensor);
  return { file: 'p.safetensors', sha256: '', metadata: {}, tensors: changed } as WeightFile;
};
const odd: WeightTensor = { shape: [1], data: Float32Array.of(1) };
const { shape, data } = tensors.get('conv.pattern')!;

it('patterns of a file are bound to the layers of a network', () => {
  expect(bindPatterns(boundOf(network), fileWith())).toEqual(patternsOf(network));
});

it.each([
  ['one is missing', [['conv.pattern', undefined]], 'tensor conv.pattern is missing'],
  [
    'one has another shape',
    [['conv.pattern', odd]],
    'tensor conv.pattern has shape [1], expected [4,3,3,3]',
  ],
  [
    'one is not finite',
    [['conv.pattern', { shape, data: data.map(() => Number.NaN) }]],
    'tensor conv.pattern holds numbers that are not finite',
  ],
  ['one is not the network’s', [['other.pattern', odd]], 'tensor other.pattern is not part of it'],
] as const)('patterns of which %s are refused', (_, change, why) => {
  expect(() => bindPatterns(boundOf(network), fileWith(change))).toThrow(
    `p.safetensors: not patterns of plain: ${why}`,
  );
});

it('patterns of another network are refused', () => {
  expect(() => bindPatterns(boundOf(residual()), fileWith())).toThrow('not patterns of residual');
});
