// Names of tensors as networks have them today.
import type { WeightTensor } from './safetensors.js';

/** What a network that was spread over several devices puts before every name. */
const PARALLEL = 'module.';

/** torchvision's DenseNets were once saved with a dot before the numbers in their dense layers. */
const dottedDenseLayer = /^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)$/;

/** Tensors under the names that networks have: without `module.` where all begin with it, and with today's names of DenseNet's layers. */
export function renamed(
  tensors: ReadonlyMap<string, WeightTensor>,
): ReadonlyMap<string, WeightTensor> {
  const spread = tensors.size > 0 && [...tensors.keys()].every((n) => n.startsWith(PARALLEL));
  return new Map(
    [...tensors].map(([name, tensor]) => [
      (spread ? name.slice(PARALLEL.length) : name).replace(dottedDenseLayer, '$1$2'),
      tensor,
    ]),
  );
}
