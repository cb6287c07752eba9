// A bound of the curvature of a network with softplus_β that holds at every image (Dombrowski et al. 2019, supplement D,
// with the constants multiplied as they must be): ‖∇²S‖ ≤ β·C. For layers f₁ … f_K one behind another
// ‖∇²S‖ ≤ Σ_k (Π_{j>k} L_j)·M_k·(Π_{j<k} L_j)², where L is how far a layer stretches and M how far it bends at most.
import type { Engine } from '../engine/engine.js';
import {
  constant,
  conv2d,
  input,
  matmul,
  program,
  pullback,
  reshape,
  type Tensor,
} from '../graph/index.js';
import type { BoundNetwork, Layer } from '../model/index.js';
import type { Random } from '../random.js';
import { norm } from './vectors.js';

type Linear = Layer & { readonly kind: 'conv' | 'dense' };

/** Operator norms of layers by their names. */
export type Norms = Readonly<Record<string, number>>;

/** Largest |softplus″| and largest ‖∇² log Σ exp‖, both for β = 1. */
const BEND = { activation: 1 / 4, pool: 1 / 2 };

/** How many windows a value may stand under. */
const overlap = ({ kernel, stride }: { kernel: readonly number[]; stride: readonly number[] }) =>
  kernel.reduce((n, size, i) => n * Math.ceil(size / stride[i]!), 1);

/** Whether a network is a chain of convolutions, dense layers, softplus and max-pools whose scores are a dense layer's. */
function isChain({ layers, classLayer }: BoundNetwork['network']): boolean {
  const last = layers.at(-1)!;
  return (
    last.kind === 'dense' &&
    last.name === classLayer &&
    layers.every(
      ({ kind, from }, i) =>
        ['preprocess', 'conv', 'dense', 'activation', 'maxPool'].includes(kind) &&
        from.join() === (i === 0 ? 'input' : layers[i - 1]!.name),
    )
  );
}

/** The layers whose norms the bound needs; undefined where there is no bound for the network. */
export const normedLayers = ({ network }: BoundNetwork): readonly string[] | undefined =>
  isChain(network)
    ? network.layers
        .filter(
          ({ kind, name }) => (kind === 'conv' || kind === 'dense') && name !== network.classLayer,
        )
        .map(({ name }) => name)
    : undefined;

/** The layer without its bias, on one input. */
function linearOf({ linear }: BoundNetwork, layer: Linear, x: Tensor): Tensor {
  const { shape, data } = linear.get(layer.name)!.weight;
  const weight = constant(data, shape, layer.name);
  if (layer.kind === 'dense')
    return matmul(reshape(x, [x.shape[0]!, data.length / shape[0]!]), weight, { transposeB: true });
  return conv2d(x, weight, undefined, {
    stride: layer.stride,
    pads: layer.pads,
    groups: layer.groups ?? 1,
  });
}

/** Where power iteration ends: at so small a relative change of the norm, or after so many products. */
const CHANGE = 1e-6;
const MOST = 500;

/**
 * The operator norm of a convolution or dense layer on its planes, by power iteration: of the convolution itself, which
 * is larger than that of the matrix of its filters.
 */
export async function operatorNorm(
  engine: Engine,
  bound: BoundNetwork,
  name: string,
  random: Random,
): Promise<number> {
  const { layers } = bound.network;
  const layer = layers.find((one) => one.name === name) as Linear;
  const before = layers.find((one) => one.name === layer.from[0])!;
  const x = input('x', [engine.batch, ...before.shape]);
  const y = linearOf(bound, layer, x);
  const executable = await engine.compile(program({ y, back: pullback([y], [y], [x])[0]! }));
  try {
    let v: Float32Array = Float32Array.from(
      { length: before.shape.reduce((n, d) => n * d, 1) },
      () => random.uniform(),
    );
    for (let found = 0, i = 0; ; i++) {
      const length = norm(v);
      const { y, back } = await executable.run({ x: v.map((c) => c / length) });
      const next = norm(y!);
      if (i === MOST || Math.abs(next - found) <= CHANGE * next) return next;
      found = next;
      v = back!;
    }
  } finally {
    await executable.release();
  }
}

/**
 * C of ‖∇²S_l‖ ≤ β·C in the network's own input.
 * @param norms of `normedLayers`
 * @param pools whether max-pools are log Σ exp too, which bends
 */
export function bendingConstant(
  { network, linear }: BoundNetwork,
  norms: Norms,
  label: number,
  pools: boolean,
): number {
  const { data, shape } = linear.get(network.classLayer)!.weight;
  const inputs = data.length / shape[0]!;
  const row = norm(data.subarray(label * inputs, (label + 1) * inputs));
  /** Of the layers so far: how far they stretch, and how far they bend. */
  let stretch = 1;
  let bend = 0;
  for (const layer of network.layers) {
    if (layer.kind === 'activation') bend += BEND.activation * stretch ** 2;
    if (layer.kind === 'maxPool') {
      const times = overlap(layer.window);
      bend = Math.sqrt(times) * bend + (pools ? BEND.pool * times * stretch ** 2 : 0);
      stretch *= Math.sqrt(times);
    }
    const own = layer.name === network.classLayer ? row : norms[layer.name];
    if (own === undefined) continue;
    bend *= own;
    stretch *= own;
  }
  return bend;
}
