// The versions of what rows of an attack depend on: of the task, of methods, attacks and metrics, each where a config
// uses it.
import type { ExplainItem } from '../../config/explanations.js';
import { methodVersions } from '../../config/methods.js';
import { PREPROCESSING_VERSION } from '../../data/resize.js';
import { type Activation, isSmooth, type Network, networkOf } from '../../model/index.js';
import type { Versions } from '../../record/identity.js';
import type { AttackConfig } from './config.js';
import { type AttackItem, attacks } from './items.js';
import { metricVersions } from './metrics.js';
import { QUANTISE_VERSION } from './quantise.js';

/** Raised when a change of the logic around attacks, methods and metrics changes rows: selection, draws, pairs. */
export const ATTACK_TASK_VERSION = 1;

/** Whether maps of an explanation, or directions on it, are of a network with softplus. */
const ofSoftplus = (
  { id, smooth, surrogate }: ExplainItem,
  attack: readonly AttackItem[],
  own: Activation,
): boolean =>
  isSmooth(own) ||
  smooth !== undefined ||
  surrogate !== 'none' ||
  attack.some(
    (item) => item.name === 'match-target' && (item.directions[id]?.beta ?? 'none') !== 'none',
  );

/** The versions of the methods of a config, each the highest of its uses. */
function versionsOfMethods(
  { explain, attack }: AttackConfig,
  { layers, activation }: Network,
): Versions {
  const all: Record<string, number> = {};
  for (const item of explain) {
    const use = { layers, softplus: ofSoftplus(item, attack, activation) };
    for (const [method, version] of Object.entries(methodVersions(item, use)))
      all[method] = Math.max(version, all[method] ?? 0);
  }
  return all;
}

/**
 * The versions of the components that a config uses.
 * @param network its network; default the built-in one
 */
export function attackConfigVersions(
  config: AttackConfig,
  network: Network = networkOf(config.model.name, config.model),
): Versions {
  const { attack } = config;
  const uses = (name: AttackItem['name']) => attack.some((item) => item.name === name);
  return {
    'task attack': ATTACK_TASK_VERSION,
    preprocessing: PREPROCESSING_VERSION,
    ...versionsOfMethods(config, network),
    ...Object.fromEntries(
      attack.map(({ name }) => [`attack ${name}`, attacks[name].version] as const),
    ),
    ...(attack.some(({ quantise }) => quantise) ? { quantise: QUANTISE_VERSION } : {}),
    ...metricVersions([
      ...(['clean', 'perturbed', 'maps', 'images', 'outputs'] as const),
      ...(uses('match-target') ? (['target'] as const) : []),
      ...(uses('target-region') ? (['region'] as const) : []),
    ]),
  };
}
