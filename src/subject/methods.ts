// From items of a config to explanation methods and dissimilarities: one line per name.
import {
  adamSteps,
  type Dissimilarity,
  type Growth,
  massCenterDissimilarity,
  matchTargetDissimilarity,
  type StepRule,
  signSteps,
  targetRegionDissimilarity,
  topKDissimilarity,
} from '../attack/index.js';
import { type Differentiating, paperSemantics, type Semantics } from '../config/semantics.js';
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
import { type Activation, type BoundNetwork, isSmooth, models } from '../model/index.js';
import type {
  AttackItem,
  Config,
  ExplainItem,
  IterativeAttackItem,
  MethodItem,
  ResolvedConfig,
  WalkItem,
} from '../tasks/attack/config.js';
import { rateOf } from '../tasks/attack/match-target.js';
import { loadPatterns, type Source } from './patterns.js';

/**
 * The method an item of `explain` names.
 * @param network the network it is for
 * @param patterns finds the patterns of an item that needs them
 * @param semantics default the papers'
 */
export async function methodOf(
  item: MethodItem,
  network: BoundNetwork,
  patterns: (file: string | undefined) => Promise<Patterns>,
  semantics: Semantics = paperSemantics,
): Promise<Method> {
  const output = (name: Differentiating) =>
    semantics.softmaxOf.includes(name) ? 'softmax' : 'scores';
  switch (item.name) {
    case 'smoothgrad':
      return smoothgrad(network, {
        of: await methodOf(item.of, network, patterns, semantics),
        samples: item.samples,
        direction: item.direction.steps,
        noise: item.noise,
      });
    case 'gradient':
      return gradient({ output: output(item.name) });
    case 'gradient-x-input':
      return gradientTimesInput({ output: output(item.name) });
    case 'integrated-gradients':
      return integratedGradients({
        steps: item.steps,
        direction: item.direction.steps,
        output: output(item.name),
      });
    case 'guided-backprop':
      return guidedBackprop({
        relevanceBeta: item.relevanceBeta,
        plain: semantics.guidedRelevance === 'plain',
      });
    case 'pattern-attribution':
      return patternAttribution(await patterns(item.patterns));
    case 'lrp':
      return lrp({ bounds: semantics.lrpBounds });
    case 'deep-taylor':
      return deepTaylor();
    case 'deeplift':
      return deeplift({
        quotient: semantics.deepliftSlope === 'quotient',
        multiplier: semantics.deepliftMap === 'multiplier',
      });
  }
}

/**
 * The methods of a config in its order.
 * @param found told of each file of patterns they read
 * Throws a UserError where the patterns of one are missing or not the network's.
 */
export async function methodsOf(
  config: Config,
  network: BoundNetwork,
  dataRoot: string,
  found?: (source: Source) => void,
): Promise<Method[]> {
  if (config.task !== 'attack') return [];
  const methods: Method[] = [];
  for (const item of config.explain)
    methods.push(
      await methodOf(
        item,
        network,
        (file) => loadPatterns(config, network, dataRoot, file, found),
        config.semantics,
      ),
    );
  return methods;
}

/** A network's own nonlinearity in explanations, whose ReLU may have derivative 1 at 0. */
const explaining = (own: Activation, { reluAtZero }: Semantics): Activation =>
  reluAtZero === 1 && !isSmooth(own) ? 'open-relu' : own;

/** The nonlinearity of the network a reported map is of: softplus for a smoothed one, else the network's own. */
export const explainedOf = (
  { smooth }: ExplainItem,
  own: Activation,
  semantics: Semantics = paperSemantics,
): Activation => (smooth === undefined ? explaining(own, semantics) : { softplus: smooth.beta });

/** Methods whose maps of a ReLU network have a non-zero derivative, so that a direction needs no surrogate. */
const ownDirection: ReadonlySet<MethodItem['name']> = new Set(['lrp', 'deep-taylor', 'deeplift']);

/**
 * The dissimilarity an iterative attack maximises.
 * @param region the pixels [H,W] that target-region is after, one inside
 * @param classes of the network
 */
export function dissimilarityOf(
  item: IterativeAttackItem,
  region: Float32Array,
  classes: number,
  { center }: Semantics = paperSemantics,
): Dissimilarity {
  switch (item.name) {
    case 'top-k':
      return topKDissimilarity(item.k);
    case 'mass-center':
      return massCenterDissimilarity({ truncated: center === 'truncated' });
    case 'target-region':
      return targetRegionDissimilarity(region);
    case 'match-target':
      return matchTargetDissimilarity({ ...item, classes });
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
  if (item.smooth !== undefined) return explainedOf(item, own, config.semantics);
  const chosen =
    item.surrogate ??
    config.surrogate ??
    (ownDirection.has(item.name === 'smoothgrad' ? item.of.name : item.name) ? 'none' : undefined);
  if (chosen === 'none') return explaining(own, config.semantics);
  const beta = chosen?.beta ?? surrogateBeta;
  return beta === undefined ? own : { softplus: beta };
}

/**
 * The nonlinearity an attack on a method takes its directions with. That of match-target grows sharper from step to
 * step where neither the attack nor the method says otherwise.
 */
export function directionOf(
  config: ResolvedConfig,
  attack: IterativeAttackItem,
  item: ExplainItem,
  own: Activation,
): Activation | Growth {
  const { matchBeta } = models[config.model.name] as { matchBeta?: Omit<Growth, 'iterations'> };
  const usual = surrogateOf(config, item, own);
  const unsmoothed = explaining(own, config.semantics);
  if (attack.name !== 'match-target' || item.smooth !== undefined || item.surrogate !== undefined)
    return usual;
  const chosen =
    attack.beta ?? (config.surrogate !== undefined || usual === unsmoothed ? usual : matchBeta);
  if (chosen === 'none') return unsmoothed;
  if (typeof chosen === 'number') return { softplus: chosen };
  return chosen !== undefined && typeof chosen === 'object' && 'from' in chosen
    ? { ...chosen, iterations: attack.iterations }
    : usual;
}

/**
 * The nonlinearity of the network whose output an attack holds, in its directions: the surrogate's, but for smoothed
 * explanations, which are of another network than the one that predicts.
 */
export const outputOf = ({ smooth }: ExplainItem, own: Activation): Activation | undefined =>
  smooth === undefined ? undefined : own;

/** How an attack takes steps, and how large they are in units of the rule. */
export const stepsBy = (
  attack: IterativeAttackItem | WalkItem,
  item: ExplainItem,
): { readonly rule: StepRule; readonly step: number } =>
  attack.name === 'match-target'
    ? { rule: adamSteps, step: rateOf(attack, item) }
    : { rule: signSteps, step: attack.step };

export const isIterative = (item: AttackItem): item is IterativeAttackItem =>
  item.name !== 'random-sign';

export const isWalk = (item: AttackItem): item is WalkItem =>
  item.name === 'random-sign' && 'iterations' in item;
