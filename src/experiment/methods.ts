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
  gradient,
  gradientTimesInput,
  integratedGradients,
  type Method,
} from '../explain/index.js';
import { type Activation, models } from '../model/index.js';
import type { AttackItem, ExplainItem, IterativeAttackItem, ResolvedConfig } from './config.js';

/** The method an item of `explain` names. */
export function methodOf(item: ExplainItem): Method {
  switch (item.name) {
    case 'gradient':
      return gradient();
    case 'gradient-x-input':
      return gradientTimesInput();
    case 'integrated-gradients':
      return integratedGradients({ steps: item.steps, direction: item.direction.steps });
  }
}

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
 * The nonlinearity an attack's direction is taken with: the item's, else the config's, else softplus with the
 * model's default β.
 * @param own the network's own, for `none` and for models that have no default
 */
export function surrogateOf(
  config: ResolvedConfig,
  item: ExplainItem,
  own: Activation,
): Activation {
  const { surrogateBeta } = models[config.model.name] as { surrogateBeta?: number };
  const chosen = item.surrogate ?? config.surrogate;
  if (chosen === 'none') return own;
  const beta = chosen?.beta ?? surrogateBeta;
  return beta === undefined ? own : { softplus: beta };
}

export const isIterative = (item: AttackItem): item is IterativeAttackItem =>
  item.name !== 'random-sign';
