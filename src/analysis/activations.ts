// The scale of a network's activations: how large the numbers are that its nonlinearities get. The sharpness β of a
// softplus that is to stand in for a ReLU is to be chosen by it.
import type { Engine } from '../engine/engine.js';
import { abs, input, program } from '../graph/index.js';
import { type BoundNetwork, outputsOf } from '../model/index.js';

/** Median magnitudes of what nonlinearities get. */
export interface ActivationScale {
  /** Over all units of all layers. */
  readonly all: number;
  /** Of each layer, in the network's order. */
  readonly layers: readonly { readonly name: string; readonly median: number }[];
}

/** β times the median magnitude, for a softplus that differs from a ReLU only close to its kink. */
const SHARPNESS = 20;

/** The β of a surrogate that follows from the median magnitude: 20 / median, to two digits. */
export const betaFor = ({ all }: ActivationScale): number =>
  Number((SHARPNESS / all).toPrecision(2));

const medianOf = (values: Float32Array): number => {
  values.sort();
  const middle = values.length / 2;
  return (values[Math.floor(middle)]! + values[Math.ceil(middle) - 1]!) / 2;
};

const joined = (parts: readonly Float32Array[]): Float32Array => {
  const all = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};

/**
 * Measures the pre-activations of a network on images.
 * @param images [3,H,W] in 0..255, at least one
 * @returns medians in units of the network's own input
 */
export async function activationScale(
  engine: Engine,
  bound: BoundNetwork,
  images: readonly Float32Array[],
): Promise<ActivationScale> {
  const { network } = bound;
  const x = input('x', [1, 3, network.height, network.width]);
  const values = outputsOf(bound, x, 'relu');
  const read = [
    ...new Set(network.layers.flatMap(({ kind, from }) => (kind === 'activation' ? from : []))),
  ];
  const executable = await engine.compile(
    program(Object.fromEntries(read.map((name) => [name, abs(values.get(name)!)]))),
  );
  const found = new Map<string, Float32Array[]>(read.map((name) => [name, []]));
  for (const image of images)
    for (const [name, part] of Object.entries(await executable.run({ x: image })))
      found.get(name)!.push(part);
  await executable.release();
  const layers = [...found].map(([name, parts]) => ({ name, values: joined(parts) }));
  return {
    all: medianOf(joined(layers.map((layer) => layer.values))),
    layers: layers.map(({ name, values }) => ({ name, median: medianOf(values) })),
  };
}
