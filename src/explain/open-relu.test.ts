// The derivative of ReLU at 0, on a network whose one unit is given exactly 0 by a pixel of 128.
import { expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { program } from '../graph/index.js';
import { type Activation, bind } from '../model/index.js';
import { NetworkBuilder } from '../model/layers.js';
import { gradient } from './gradient.js';
import { guidedBackprop } from './guided-backprop.js';
import type { Method } from './method.js';
import { patternAttribution } from './pattern-attribution.js';
import { rawOf } from './testing/maps.js';

const b = new NetworkBuilder('unit', 1, 1);
const unit = b.activation(
  b.conv('unit', b.input({ scale: 1, mean: [128, 128, 128], std: [1, 1, 1] }), 1, 1),
);
b.dense('classes', unit, 2);
const network = bind(b.finish(), {
  file: 'unit.safetensors',
  sha256: '',
  metadata: {},
  tensors: new Map([
    ['unit.weight', { shape: [1, 3, 1, 1], data: Float32Array.of(1, 0, 0) }],
    ['unit.bias', { shape: [1], data: Float32Array.of(0) }],
    ['classes.weight', { shape: [2, 1], data: Float32Array.of(3, 0) }],
    // the sign of the score, which guided relevance starts from, is 1
    ['classes.bias', { shape: [2], data: Float32Array.of(1, 0) }],
  ]),
});
const ones = new Map(
  [...network.linear].map(
    ([
      name,
      {
        weight: { shape, data },
      },
    ]) => [name, { shape, data: data.map(() => 1) }],
  ),
);

const at = (method: Method, activation: Activation, red: number) => {
  const { raw } = rawOf(method, network, activation);
  return interpret(program({ raw }), { x: [red, 0, 0], target: [1, 0] }).raw![0];
};

it.each([
  ['gradient', gradient()],
  ['guided backpropagation', guidedBackprop()],
  ['pattern attribution', patternAttribution(ones)],
])('is 0 or 1 there, and the same elsewhere: %s', (_, method) => {
  for (const [red, closed, open] of [
    [127, 0, 0],
    [128, 0, 3],
    [129, 3, 3],
  ] as const) {
    expect(at(method, 'relu', red)).toBe(closed);
    expect(at(method, 'open-relu', red)).toBe(open);
  }
});
