// The items of `attack`: their fields, and the types of items with every default filled in.
import { z } from 'zod';
import type { SlicOptions } from '../../analysis/slic.js';
import type { Selection } from '../../attack/index.js';
import { aimsField } from '../../config/aims.js';
import { type Fields, file, id, strict, whole } from '../../config/forms.js';
import {
  evaluate,
  MATCH_TARGET_VERSION,
  type MatchTarget,
  matchTargetFields,
} from '../../config/match-target.js';

interface AnyAttackItem {
  /** Its name in the `attack` column. */
  readonly id: string;
  /** Ids of the explanations it attacks; absent: all. */
  readonly explain?: readonly string[];
  readonly quantise: boolean;
}

/** A region among the superpixels of an image. */
export interface Superpixel extends SlicOptions {
  /** Its index: one for every image, or one for each image by the image's id. */
  readonly pick: number | Readonly<Record<string, number>>;
}

interface BySigns {
  readonly iterations: number;
  readonly step: number;
  readonly evaluate: { readonly every: number };
  readonly select: readonly Selection[];
}

export type SignAttackItem = AnyAttackItem &
  BySigns &
  (
    | { readonly name: 'top-k'; readonly k: number }
    | { readonly name: 'mass-center' }
    | { readonly name: 'target-region'; readonly box: readonly [number, number, number, number] }
    | { readonly name: 'target-region'; readonly mask: string }
    | { readonly name: 'target-region'; readonly slic: Superpixel }
  );
export type MatchTargetItem = AnyAttackItem & MatchTarget;
export type IterativeAttackItem = SignAttackItem | MatchTargetItem;
/** Random signs with `semantics: { random: walk }`. */
export type WalkItem = AnyAttackItem & BySigns & { readonly name: 'random-sign' };
export type AttackItem =
  | IterativeAttackItem
  | WalkItem
  | (AnyAttackItem & { readonly name: 'random-sign' });
export type AttackName = AttackItem['name'];

export const isIterative = (item: AttackItem): item is IterativeAttackItem =>
  item.name !== 'random-sign';

export const isWalk = (item: AttackItem): item is WalkItem =>
  item.name === 'random-sign' && 'iterations' in item;

const selection = z.enum(['dissimilarity', 'intersection', 'correlation', 'center']);

/** The form of `select`. */
export const selections = z
  .union([selection, z.array(selection).min(1)], {
    error: `expected one of ${selection.options.join(', ')}, or a list of them`,
  })
  .refine((v) => !Array.isArray(v) || new Set(v).size === v.length, {
    error: 'expected each rule once',
  });

const common = {
  id: id.optional(),
  explain: aimsField,
  quantise: z.boolean().optional(),
};

const iterative = {
  ...common,
  iterations: whole(1).optional(),
  step: z.number().positive().max(255).optional(),
  evaluate: evaluate.optional(),
  select: selections.optional(),
};

const region = {
  box: z
    .tuple([whole(0), whole(0), whole(0), whole(0)], {
      error: 'expected [top, left, bottom, right] in pixels',
    })
    .optional(),
  mask: file.optional(),
  slic: strict({
    segments: whole(2),
    compactness: z.number().positive().optional(),
    pick: z.union([whole(0), z.record(z.string(), whole(0))], {
      error: 'expected the index of a region, from 0, or { image: index } for several images',
    }),
  }).optional(),
};

interface Entry {
  /** Raised when the attack changes images in another way. */
  readonly version: number;
  readonly fields: z.ZodRawShape;
}

/** The attacks, an entry each. */
export const attacks: Readonly<Record<AttackName, Entry>> = {
  'random-sign': { version: 1, fields: iterative },
  'top-k': { version: 1, fields: { ...iterative, k: whole(1).optional() } },
  'mass-center': { version: 1, fields: iterative },
  'target-region': { version: 1, fields: { ...iterative, ...region } },
  'match-target': {
    version: MATCH_TARGET_VERSION,
    fields: { ...common, ...matchTargetFields },
  },
};

export const attackNames = Object.keys(attacks) as readonly AttackName[];

/** The fields of each attack. */
export const attackFields: Fields = Object.fromEntries(
  Object.entries(attacks).map(([name, { fields }]) => [name, fields]),
);
