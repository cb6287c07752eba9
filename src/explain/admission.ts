// Which methods can explain a network from elsewhere. Derivatives go through everything; rules of propagation are known for
// the layers that the literature has them for, and for some more here.
import { isRectifier, type Layer, type Network } from '../model/index.js';

/** A layer for which a method has no rule. */
export interface Obstacle {
  readonly layer: string;
  /** What it is, in words. */
  readonly what: string;
}

/** The layer that closes and opens the channels of a product: the one of fewer values, or a sigmoid; undefined where neither is. */
export function gateOf(product: Layer, layers: readonly Layer[]): number | undefined {
  const parts = product.from.map((name) => layers.find((layer) => layer.name === name)!);
  if (parts.length !== 2) return undefined;
  const sizes = parts.map(({ shape }) => shape[0] * shape[1] * shape[2]);
  if (sizes[0] !== sizes[1]) return sizes[0]! < sizes[1]! ? 0 : 1;
  const gates = parts.flatMap((part, i) => (isGate(part) ? [i] : []));
  return gates.length === 1 ? gates[0] : undefined;
}

const isGate = (layer: Layer): boolean =>
  layer.kind === 'activation' && ['sigmoid', 'hardsigmoid'].includes(layer.function?.name ?? '');

type Test = (layer: Layer, layers: readonly Layer[]) => string | undefined;

const unknown: Test = (layer) =>
  layer.kind === 'function' ? `the operator ${layer.operator}` : undefined;

const products: Test = (layer) =>
  layer.kind === 'multiply' ? 'a product of two computed values' : undefined;

const gatelessProducts: Test = (layer, layers) =>
  layer.kind === 'multiply' && gateOf(layer, layers) === undefined
    ? 'a product of two computed values, neither of them a gate'
    : undefined;

const functions: Test = (layer) =>
  layer.kind === 'activation' && layer.function !== undefined && !isRectifier(layer.function)
    ? `the function ${layer.function.name}`
    : undefined;

const relevance = [unknown, gatelessProducts, functions];

/** What methods have no rule for; of methods that are not here there is nothing. */
const tests: Readonly<Record<string, readonly Test[]>> = {
  lrp: relevance,
  'deep-taylor': relevance,
  deeplift: [unknown],
  'deeplift-multiplier': [unknown],
  'pattern-attribution': [unknown, products, functions],
};

/** The first layer of a network for which a method has no rule; undefined where it has rules for all. */
export function obstacleTo(method: string, { layers }: Network): Obstacle | undefined {
  for (const layer of layers)
    for (const test of tests[method] ?? []) {
      const what = test(layer, layers);
      if (what !== undefined) return { layer: layer.name, what };
    }
  return undefined;
}
