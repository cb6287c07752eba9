// From items of a config to explanation methods and dissimilarities: one line per name.
import {
  boxMask,
  type Dissimilarity,
  massCenterDissimilarity,
  targetRegionDissimilarity,
  topKDissimilarity,
} from '../attack/index.js';
import { readMask } from '../data/mask.js';
import {
  deeplift,
  deepTaylor,
  gradient,
  gradientTimesInput,
  guidedBackprop,
  integratedGradients,
  lrp,
  type Method,
  type Patterns,
  patternAttribution,
  smoothgrad,
} from '../explain/index.js';
import { type Activation, type BoundNetwork, models } from '../model/index.js';
import type {
  AttackItem,
  Config,
  ExplainItem,
  IterativeAttackItem,
  MethodItem,
  ResolvedConfig,
} from './config.js';
import { loadPatterns } from './patterns.js';

/**
 * The method an item of `explain` names.
 * @param network the network it is for
 * @param patterns finds the patterns of an item that needs them
 */
export async function methodOf(
  item: MethodItem,
  network: BoundNetwork,
  patterns: (file: string | undefined) => Promise<Patterns>,
): Promise<Method> {
  switch (item.name) {
    case 'smoothgrad':
      return smoothgrad(network, {
        of: await methodOf(item.of, network, patterns),
        samples: item.samples,
        direction: item.direction.steps,
        noise: item.noise,
      });
    case 'gradient':
      return gradient();
    case 'gradient-x-input':
      return gradientTimesInput();
    case 'integrated-gradients':
      return integratedGradients({ steps: item.steps, direction: item.direction.steps });
    case 'guided-backprop':
      return guidedBackprop({ relevanceBeta: item.relevanceBeta });
    case 'pattern-attribution':
      return patternAttribution(await patterns(item.patterns));
    case 'lrp':
      return lrp();
    case 'deep-taylor':
      return deepTaylor();
    case 'deeplift':
      return deeplift();
  }
}

/** The methods of a config in its order. Throws a UserError where the patterns of one are missing or not the network's. */
export async function methodsOf(
  config: Config,
  network: BoundNetwork,
  dataRoot: string,
): Promise<Method[]> {
  if (config.task !== 'attack') return [];
  const methods: Method[] = [];
  for (const item of config.explain)
    methods.push(
      await methodOf(item, network, (file) => loadPatterns(config, network, dataRoot, file)),
    );
  return methods;
}

/** The nonlinearity of the network a reported map is of: softplus for a smoothed one, else the network's own. */
export const explainedOf = ({ smooth }: ExplainItem, own: Activation): Activation =>
  smooth === undefined ? own : { softplus: smooth.beta };

/** Methods whose maps of a ReLU network have a non-zero derivative, so that a direction needs no surrogate. */
const ownDirection: ReadonlySet<MethodItem['name']> = new Set(['lrp', 'deep-taylor', 'deeplift']);

/** The dissimilarity an iterative attack maximises on maps of H×W pixels. */
export async function dissimilarityOf(
  item: IterativeAttackItem,
  height: number,
  width: number,
): Promise<Dissimilarity> {
  switch (item.name) {
    case 'top-k':
      return topKDissimilarity(item.k);
    case 'mass-center':
      return massCenterDissimilarity();
    case 'target-region':
      return targetRegionDissimilarity(
        'box' in item ? boxMask(item.box, height, width) : await readMask(item.mask, height, width),
      );
  }
}

/**
 * The nonlinearity an attack's direction is taken with: that of a smoothed map, else the item's surrogate, else
 * the config's, else softplus with the model's default β where the method needs one.
 * @param own the network's own, for `none` and for models that have no default
 */
export function surrogateOf(
  config: ResolvedConfig,
  item: ExplainItem,
  own: Activation,
): Activation {
  const { surrogateBeta } = models[config.model.name] as { surrogateBeta?: number };
  if (item.smooth !== undefined) return explainedOf(item, own);
  const chosen =
    item.surrogate ??
    config.surrogate ??
    (ownDirection.has(item.name === 'smoothgrad' ? item.of.name : item.name) ? 'none' : undefined);
  if (chosen === 'none') return own;
  const beta = chosen?.beta ?? surrogateBeta;
  return beta === undefined ? own : { softplus: beta };
}

export const isIterative = (item: AttackItem): item is IterativeAttackItem =>
  item.name !== 'random-sign';
