// Names of tensors as networks have them today.
import type { WeightTensor } from './safetensors.js';

/** What stands before every name of a network that was spread over devices, compiled, or is a part of a larger module. */
const wrappers = ['module.', '_orig_mod.', 'model.'];

/** How many copies an average of weights is of: a number beside the weights of `torch.optim.swa_utils.AveragedModel`. */
const AVERAGED = 'n_averaged';

/** torchvision's DenseNets were once saved with a dot before the numbers in their dense layers. */
const dottedDenseLayer = /^(.*denselayer\d+\.(?:norm|relu|conv))\.([12]\..*)$/;

/** The length of what stands before every name. */
function wrapping(names: readonly string[]): number {
  const [first = ''] = names;
  let length = 0;
  for (;;) {
    const next = wrappers.find((wrapper) => first.startsWith(wrapper, length));
    if (next === undefined) return length;
    const whole = first.slice(0, length + next.length);
    if (!names.every((name) => name.startsWith(whole))) return length;
    length = whole.length;
  }
}

/**
 * Tensors under the names that networks have: without `module.`, `_orig_mod.` and `model.` where all begin with them,
 * and with today's names of DenseNet's layers.
 */
export function renamed(
  tensors: ReadonlyMap<string, WeightTensor>,
): ReadonlyMap<string, WeightTensor> {
  const names = [...tensors.keys()].filter((name) => name !== AVERAGED);
  const length = wrapping(names);
  return new Map(
    names.map((name) => [name.slice(length).replace(dottedDenseLayer, '$1$2'), tensors.get(name)!]),
  );
}
