// Pattern attribution (Kindermans et al. 2018): the gradient with every weight multiplied by its pattern, the
// part of a layer's input that its output tells of. Patterns are learned from data by `fragile patterns`.
import { UserError } from '../errors.js';
import { constant, fill, gate, type Tensor } from '../graph/index.js';
import {
  type BoundNetwork,
  isSmooth,
  type Nonlinearity,
  type Parameters,
  trace,
} from '../model/index.js';
import type { WeightFile, WeightTensor } from '../weights/safetensors.js';
import type { Method } from './method.js';
import {
  chainRule,
  differentiated,
  pass,
  propagate,
  type Rule,
  throughOpen,
  transpose,
} from './propagate.js';

/** Patterns of convolutions and dense layers by their names, of the shapes of their weights. */
export type Patterns = ReadonlyMap<string, WeightTensor>;

/** What a layer's pattern is called in a file. */
export const patternName = (layer: string): string => `${layer}.pattern`;

/**
 * The patterns of a file for a network.
 * Throws a UserError when one is missing, has another shape or numbers that are not finite, or is not the network's.
 */
export function bindPatterns(bound: BoundNetwork, file: WeightFile): Patterns {
  const { network, linear } = bound;
  const weighted = network.layers.flatMap(({ kind, name }) =>
    kind === 'conv' || kind === 'dense' ? [[name, linear.get(name)!] as const] : [],
  );
  const misfit = (why: string) =>
    new UserError(`${file.file}: not patterns of ${network.name}: ${why}`);
  const names = new Set(weighted.map(([layer]) => patternName(layer)));
  for (const name of file.tensors.keys())
    if (!names.has(name)) throw misfit(`tensor ${name} is not part of it`);
  return new Map(
    weighted.map(([layer, { weight }]) => {
      const name = patternName(layer);
      const pattern = file.tensors.get(name);
      if (pattern === undefined) throw misfit(`tensor ${name} is missing`);
      if (pattern.shape.join() !== weight.shape.join())
        throw misfit(`tensor ${name} has shape [${pattern.shape}], expected [${weight.shape}]`);
      if (!pattern.data.every(Number.isFinite))
        throw misfit(`tensor ${name} holds numbers that are not finite`);
      return [layer, pattern];
    }),
  );
}

/** Weights times patterns, without biases. */
function weighted({ linear }: BoundNetwork, patterns: Patterns): Parameters {
  return {
    weight(layer) {
      const { data, shape } = linear.get(layer)!.weight;
      const pattern = patterns.get(layer)!.data;
      return constant(
        data.map((w, i) => w * pattern[i]!),
        shape,
        `${layer}.weight·pattern`,
      );
    },
    bias: (layer) => fill(0, linear.get(layer)!.bias.shape),
  };
}

/** Relevance at open units: 1[a>0], with softplus σ(βa). */
const gated =
  (activation: Nonlinearity): Rule =>
  (step) =>
    step.layer.kind === 'activation' && step.layer.function !== undefined
      ? differentiated(step)
      : isSmooth(activation)
        ? [gate(step.relevance, step.inputs[0]!)]
        : [throughOpen(step, step.relevance, activation)];

/** Backpropagation with W ⊙ A to the preprocessed image. */
export const patternAttribution = (patterns: Patterns): Method => ({
  name: 'pattern-attribution',
  contribution({ network, activation, x, target }) {
    const parameters = weighted(network, patterns);
    const linear: Rule = (step): readonly Tensor[] => transpose(step, step.relevance, parameters);
    const rules = {
      ...chainRule,
      preprocess: pass,
      conv: linear,
      dense: linear,
      activation: gated(activation),
    };
    // gates let nothing through a window of closed units, whichever of them won it
    const forward = trace(network, x, activation, target, 'pool-first');
    return propagate('pattern-attribution', rules, forward, network.network.classLayer);
  },
});
