// A config of an attack with every default filled in, and the checks of fields against each other.
import { z } from 'zod';
import type { Selection } from '../../attack/index.js';
import { aimsAt, aimsOf, checkAimed } from '../../config/aims.js';
import {
  type ExplanationConfig,
  explainForm,
  explanationWords,
  type GivenExplanation,
  type GivenExplanations,
  resolveExplanationConfig,
  surrogateForm,
} from '../../config/explanations.js';
import type { Form, Origin, Path, Raw } from '../../config/file.js';
import { epsilons, listOf, name, named, strict, whole } from '../../config/forms.js';
import { withIds } from '../../config/ids.js';
import { evaluate, type GivenMatchTarget, resolveMatchTarget } from '../../config/match-target.js';
import type { ResolvedModel } from '../../config/model.js';
import { semanticsForm } from '../../config/semantics.js';
import { closing, dataFields, opening } from '../../config/subject.js';
import { targetForm } from '../../config/target-class.js';
import type { UserError } from '../../errors.js';
import {
  type AttackItem,
  attackFields,
  attackNames,
  type Superpixel,
  selections,
} from './items.js';

export interface AttackConfig extends ExplanationConfig {
  readonly task: 'attack';
  readonly attack: readonly AttackItem[];
  /** Bounds of the sign attacks in gray levels; absent where all attacks are match-target, which has its own. */
  readonly epsilon?: readonly number[];
  readonly metrics: { readonly k: number };
  readonly save: { readonly images: number; readonly trace: boolean };
}

const save = strict({ images: whole(0).optional(), trace: z.boolean().optional() });

export const attackForm = {
  schema: strict({
    name,
    task: z.literal('attack').optional(),
    ...opening,
    data: named(dataFields),
    explain: explainForm,
    attack: z.array(named(attackFields)).min(1),
    epsilon: epsilons.optional(),
    surrogate: surrogateForm.optional(),
    select: selections.optional(),
    evaluate: evaluate.optional(),
    metrics: strict({ k: whole(1).optional() }).optional(),
    semantics: semanticsForm.optional(),
    target: targetForm,
    save: save.optional(),
    ...closing,
  }),
  words: { ...explanationWords, attack: { names: attackNames, list: true } },
  lists: ['epsilon'],
} satisfies Form;

/** A config as it is written, with checked fields. */
interface GivenConfig extends GivenExplanations {
  readonly attack: readonly unknown[];
  readonly epsilon?: readonly number[];
  readonly select?: Selection | readonly Selection[];
  readonly evaluate?: { readonly every: number };
  readonly metrics?: { readonly k?: number };
  readonly save?: { readonly images?: number; readonly trace?: boolean };
}

/** An item of `attack` as it is written. */
type GivenItem = Raw & {
  readonly name: AttackItem['name'];
  readonly id: string;
  readonly explain?: string | readonly string[];
  readonly k?: number;
  readonly select?: Selection | readonly Selection[];
  readonly box?: readonly [number, number, number, number];
  readonly mask?: string;
  readonly slic?: Partial<Superpixel> & Pick<Superpixel, 'segments'>;
};

/** The other fields of the config on which an item depends. */
interface Surroundings {
  /** The config as it is written, and its explanations with their defaults. */
  readonly given: GivenConfig;
  readonly explained: ExplanationConfig;
  readonly resolved: ResolvedModel;
  /** The selection rules of items without rules of their own. */
  readonly select: readonly Selection[];
  /** k of top-k items without a k of their own. */
  readonly k: number;
  readonly origin: Origin;
}

/** Fields of random signs that only a walk has. */
const ofWalks = ['iterations', 'step', 'evaluate', 'select'] as const;

/** Returns k. Throws a UserError if a map has fewer pixels. */
function checkK(k: number, { model }: ResolvedModel, path: Path, origin: Origin): number {
  const { height, width } = model.input;
  if (k > height * width)
    throw origin.mistake(
      path,
      `${k}, expected at most ${height * width}, the pixels of a ${width}×${height} map`,
    );
  return k;
}

/** The selection rules of a walk. `dissimilarity` is not one of them, since a walk has no dissimilarity. */
function rulesOfWalk(item: GivenItem, at: number, around: Surroundings): readonly Selection[] {
  if (listOf(item.select ?? []).includes('dissimilarity'))
    throw around.origin.mistake(
      ['attack', at, 'select'],
      'dissimilarity, expected intersection, correlation or center, as random signs have no dissimilarity',
    );
  const rules = around.select.filter((rule) => rule !== 'dissimilarity');
  return rules.length > 0 ? rules : ['intersection'];
}

function checkRegion(
  { box, mask, slic }: GivenItem,
  at: number,
  { resolved: { model }, origin }: Surroundings,
): void {
  const { height, width } = model.input;
  if ([box, mask, slic].filter((v) => v !== undefined).length !== 1)
    throw origin.mistake(
      ['attack', at],
      'target-region: expected exactly one of box, mask and slic',
    );
  if (box !== undefined) {
    const [top, left, bottom, right] = box;
    if (top >= bottom || left >= right || bottom > height || right > width)
      throw origin.mistake(
        ['attack', at, 'box'],
        `[${box.join(', ')}], expected top < bottom ≤ ${height} and left < right ≤ ${width}`,
      );
  }
  if (slic !== undefined && slic.segments > height * width)
    throw origin.mistake(
      ['attack', at, 'slic', 'segments'],
      `${slic.segments}, expected at most ${height * width}, the pixels of the network's input`,
    );
}

/** Random signs, drawn once, with every default filled in. */
function resolveDraw(item: GivenItem, at: number, { origin }: Surroundings): object {
  const field = ofWalks.find((name) => item[name] !== undefined);
  if (field !== undefined)
    throw origin.mistake(
      ['attack', at, field],
      `${JSON.stringify(item[field])}, expected only with semantics of random: walk`,
    );
  return item;
}

/** A sign attack, or a walk of random signs, with every default filled in. */
function resolveSigns(item: GivenItem, at: number, around: Surroundings): object {
  const rules = item.name === 'random-sign' ? rulesOfWalk(item, at, around) : around.select;
  if (item.name === 'target-region') checkRegion(item, at, around);
  const { resolved, origin } = around;
  return {
    iterations: 300,
    step: 0.5,
    evaluate: { every: around.given.evaluate?.every ?? 1 },
    ...item,
    ...(item.name === 'top-k'
      ? { k: checkK(item.k ?? around.k, resolved, ['attack', at, 'k'], origin) }
      : {}),
    ...(item.slic === undefined ? {} : { slic: { compactness: 10, ...item.slic } }),
    select: listOf(item.select ?? rules),
  };
}

/** An item with every default filled in. */
function resolveItem(item: GivenItem, at: number, around: Surroundings): AttackItem {
  const { given, explained, resolved } = around;
  const aims = aimsOf(item.explain, explained.explain, ['attack', at, 'explain'], around.origin);
  const attacked = [...explained.explain.entries()].filter(([, one]) =>
    aimsAt({ explain: aims }, one),
  );
  const signs =
    item.name === 'random-sign' && explained.semantics.random === 'draw'
      ? resolveDraw
      : resolveSigns;
  const own =
    item.name === 'match-target'
      ? resolveMatchTarget(item as GivenMatchTarget, {
          explain: attacked.map(([, one]) => one),
          given: attacked.map(([i]) => given.explain[i] as GivenExplanation),
          surrogate: given.surrogate,
          defaults: resolved.defaults,
          evaluate: given.evaluate,
        })
      : signs(item, at, around);
  return {
    name: item.name,
    id: item.id,
    quantise: false,
    ...own,
    ...(aims === undefined ? {} : { explain: aims }),
  } as AttackItem;
}

/** Throws a UserError if a bound is missing, or is given to attacks that take none. */
function checkBounds(
  attack: readonly AttackItem[],
  { epsilon }: GivenConfig,
  origin: Origin,
): void {
  const bounded = attack.filter(({ name }) => name !== 'match-target');
  if (bounded.length > 0 === (epsilon !== undefined)) return;
  throw origin.mistake(
    ['epsilon'],
    bounded.length > 0
      ? `missing, expected a number or a list of numbers, since ${bounded[0]!.name} needs a bound`
      : `[${epsilon!.join(', ')}], expected none here: match-target has an epsilon of its own`,
  );
}

/** Throws a UserError if a number of pairs is given beside a number of images, or without an attack on pairs. */
function checkPairs(attack: readonly AttackItem[], { data }: GivenConfig, origin: Origin): void {
  const { count, pairs } = data as { count?: unknown; pairs?: unknown };
  if (pairs === undefined) return;
  const wrong = (why: string): UserError => origin.mistake(['data', 'pairs'], `${pairs}, ${why}`);
  if (count !== undefined) throw wrong('expected at most one of count and pairs');
  if (!attack.some((item) => item.name === 'match-target' && item.target === 'pairs'))
    throw wrong(
      'expected only with an attack match-target whose target is pairs; count is the number of images',
    );
}

/**
 * Fills in every default of a config.
 * Throws a UserError for the first mistake.
 */
export function resolveAttack(
  given: GivenConfig,
  resolved: ResolvedModel,
  origin: Origin,
): AttackConfig {
  const explained = resolveExplanationConfig(given, resolved, origin);
  const k = checkK(given.metrics?.k ?? resolved.defaults.k, resolved, ['metrics', 'k'], origin);
  const select = listOf(given.select ?? explained.semantics.select);
  const around: Surroundings = { given, explained, resolved, select, k, origin };
  const attack = withIds(given.attack as readonly GivenItem[], 'attack', origin).map((item, i) =>
    resolveItem(item, i, around),
  );
  checkAimed(attack, explained.explain, origin);
  checkBounds(attack, given, origin);
  checkPairs(attack, given, origin);
  const { name, seed, model, data, ...rest } = explained;
  return {
    ...{ name, task: 'attack', seed, model, data },
    ...rest,
    attack,
    ...(given.epsilon === undefined ? {} : { epsilon: given.epsilon }),
    metrics: { k },
    save: { images: given.save?.images ?? 0, trace: given.save?.trace ?? false },
  };
}
