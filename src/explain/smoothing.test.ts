// What β-smoothing stands for (Dombrowski et al. 2019, theorem 2): the gradient of a ReLU unit, averaged over
// noise along its weights with the density p_β(t) = β/(e^{βt/2} + e^{−βt/2})², is the gradient of softplus with
// β/‖w‖ at the image itself.
import { expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { input, program } from '../graph/index.js';
import { type Activation, bind } from '../model/index.js';
import { NetworkBuilder } from '../model/layers.js';
import { keyedRandom } from '../random.js';
import { gradient } from './gradient.js';

const w = [0.6, -1.5, 0.8];
const length = Math.hypot(...w);
const b = new NetworkBuilder('unit', 1, 1);
const image = b.input({ scale: 1, mean: [0, 0, 0], std: [1, 1, 1] });
b.dense('classes', b.activation(b.conv('unit', image, 1, 1)), 1);
const unit = bind(b.finish(), {
  file: 'unit.safetensors',
  sha256: '',
  metadata: {},
  tensors: new Map(
    Object.entries({
      'unit.weight': { shape: [1, 3, 1, 1], data: Float32Array.from(w) },
      'unit.bias': { shape: [1], data: Float32Array.of(0) },
      'classes.weight': { shape: [1, 1], data: Float32Array.of(1) },
      'classes.bias': { shape: [1], data: Float32Array.of(0) },
    }),
  ),
});

/** Gradients at images side by side. */
function gradientsAt(images: readonly number[][], activation: Activation): Float64Array {
  const x = input('x', [images.length, 3, 1, 1]);
  const target = input('target', [images.length, 1]);
  const raw = gradient().contribution({ network: unit, activation, x, target }, undefined);
  const p = program({ raw });
  return interpret(p, { x: images.flat(), target: images.map(() => 1) }).raw!;
}

it.each([
  [2, [0.5, 0.2, 0.3]],
  [2, [0.4, 0.5, 0.1]],
  [0.7, [1.5, -0.2, 0.3]],
])('β = %f at %j', (beta, x) => {
  const random = keyedRandom('theorem 2', beta);
  const count = 20_000;
  const noisy = Array.from({ length: count }, () => {
    // p_β is the logistic density: its distribution function is σ(βt)
    const u = random.uniform();
    const t = Math.log(u / (1 - u)) / beta;
    return x.map((v, i) => v - (t * w[i]!) / length);
  });
  const gradients = gradientsAt(noisy, 'relu');
  const smooth = gradientsAt([x], { softplus: beta / length });
  const along = x.reduce((total, v, i) => total + v * w[i]!, 0);
  for (const i of [0, 1, 2]) {
    const mean = gradients.reduce((total, v, at) => total + (at % 3 === i ? v : 0), 0) / count;
    // four standard errors of a mean of zeros and ones
    expect(Math.abs(mean / w[i]! - smooth[i]! / w[i]!)).toBeLessThan(4 * Math.sqrt(0.25 / count));
    expect(smooth[i]!).toBeCloseTo(w[i]! / (1 + Math.exp((-beta * along) / length)), 6);
  }
});

it.each([
  [2, [0.5, 0.2, 0.3]],
  [2, [0.4, 0.5, 0.1]],
  [5, [0.1, -0.2, 0.3]],
])('by quadrature, β = %f at %j', (beta, x) => {
  const density = (t: number) => beta / (Math.exp((beta * t) / 2) + Math.exp((-beta * t) / 2)) ** 2;
  const count = 8000;
  const h = 60 / beta / count;
  const nodes = Array.from({ length: count }, (_, i) => -30 / beta + (i + 0.5) * h);
  const noisy = nodes.map((t) => x.map((v, i) => v - (t * w[i]!) / length));
  const gradients = gradientsAt(noisy, 'relu');
  const smooth = gradientsAt([x], { softplus: beta / length });
  expect(nodes.reduce((total, t) => total + h * density(t), 0)).toBeCloseTo(1, 8);
  for (const i of [0, 1, 2]) {
    const mean = nodes.reduce((total, t, at) => total + h * density(t) * gradients[3 * at + i]!, 0);
    // of the node at which the unit opens
    expect(Math.abs(mean / w[i]! - smooth[i]! / w[i]!)).toBeLessThan((h * beta) / 8 + 1e-6);
  }
});
