// The preparation of curvature: the operator norms of a network's layers, of which its bound is made.
import { type Norms, normedLayers } from '../../analysis/hessian-bound.js';
import type { Subject } from '../../subject/subject.js';
import type { Crew, Prepared } from '../../task/task.js';

/** A part of the preparation: a layer whose norm a worker computes. */
export interface NormOf {
  readonly layer: string;
}

/** The norms of all layers that the bound needs; of a network without a bound none. */
export async function operatorNorms(
  { network }: Subject,
  crew: Crew,
): Promise<Prepared & { readonly shared: Norms | undefined }> {
  const layers = normedLayers(network);
  if (layers === undefined) return { shared: undefined, facts: { operatorNorms: null } };
  const parts = layers.map((layer): NormOf => ({ layer }));
  const found = (await crew.parts(parts, 'operator norms')) as readonly number[];
  const shared = Object.fromEntries(layers.map((layer, i) => [layer, found[i]!]));
  return { shared, facts: { operatorNorms: shared } };
}
