// Which layers give values of both signs: a nonlinearity gives none below zero, and pools, sums and joins of its values
// give none either.
import { isPositive } from './element-function.js';
import type { Layer, LayerKind } from './layers.js';

/** Layers whose values have the signs of what they read. */
const keeping: readonly LayerKind[] = [
  'maxPool',
  'averagePool',
  'globalAverage',
  'concat',
  'add',
  'subsample',
  'rearrange',
  'multiply',
];

/** Whether a layer gives no values below 0, whatever it reads. */
const rectifies = (layer: Layer): boolean =>
  layer.kind === 'activation' && (layer.function === undefined || isPositive(layer.function));

/** The names of the layers whose values can be negative. */
export function signedLayers(layers: readonly Layer[]): ReadonlySet<string> {
  const signed = new Set<string>();
  for (const layer of layers) {
    const { name, kind, from } = layer;
    if (!rectifies(layer) && (!keeping.includes(kind) || from.some((one) => signed.has(one))))
      signed.add(name);
  }
  return signed;
}

/** Whether an average of a network reads values that can be negative, as the transitions of a DenseNet do. */
export function averagesSigned(layers: readonly Layer[]): boolean {
  const signed = signedLayers(layers);
  return layers.some(
    ({ kind, from }) =>
      (kind === 'averagePool' || kind === 'globalAverage') && from.some((one) => signed.has(one)),
  );
}
