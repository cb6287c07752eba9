// What a config of attacks on influence functions says beside what all configs say, with every default filled in.
import type { InfluenceOptions } from '../../analysis/influence.js';
import type { Origin } from '../../config/file.js';
import type { PresetName } from '../../config/semantics.js';
import { UserError } from '../../errors.js';
import type { CommonConfig } from '../attack/config.js';
import { hasSplits } from '../attack/fields.js';

/** The images a head is fitted to. */
export interface TrainingSource {
  readonly name: string;
  readonly path?: string;
  readonly split?: 'train' | 'test';
  readonly count: number | 'max';
}

/** How influence is defined, and what of it is attacked; by default as SPEC and paper have it. */
export interface InfluenceItem extends InfluenceOptions {
  /** Whether the head minimises the mean of the loss or its sum, each + λ/2·‖weights‖². */
  readonly reduction: 'mean' | 'sum';
  /** λ of that. */
  readonly regularisation: number;
  /**
   * `image`: one gradient of the sum of the three influences in the pixels. `features`: a step in the features for
   * one of the three after the other, pulled back to the pixels, as the authors' program has it.
   */
  readonly direction: 'image' | 'features';
  /** The label of a perturbed image: the class of the clean one, which must be kept, or whichever it has now. */
  readonly label: 'clean' | 'current';
}

export interface InfluenceAttackItem {
  /** What stands in the `attack` column. */
  readonly id: string;
  readonly name: 'random-sign' | 'influence-sign';
}

export interface InfluenceFields {
  readonly training: TrainingSource;
  readonly influence: InfluenceItem;
  readonly attack: readonly InfluenceAttackItem[];
  readonly epsilon: readonly number[];
  readonly save: { readonly images: number };
  /** The preset that `influence` was filled in by. */
  readonly semantics: PresetName;
}

/** Training images whose influence is attacked, the most influential, and those that are compared. */
export const ATTACKED = 3;
export const COMPARED = 5;

const REGULARISATION = 1e-3;

/** What the fields are unless a config says otherwise; without a damping it is as large as the regularisation. */
const presets = {
  paper: {
    loss: 'cross-entropy',
    reduction: 'mean',
    sign: 'helpfulness',
    normalise: 'none',
    direction: 'image',
    label: 'clean',
  },
  authors: {
    loss: 'squared',
    reduction: 'sum',
    damping: 0,
    sign: 'helpfulness',
    normalise: 'unit',
    direction: 'features',
    label: 'current',
  },
} as const satisfies Record<PresetName, Partial<InfluenceItem>>;

/**
 * Fills in what a config left out, by the preset that its `semantics` names; fields have been checked against the schema.
 * Throws a UserError where nothing says which images the head is fitted to.
 */
export function influenceFields(
  given: Readonly<Record<string, unknown>>,
  { data }: Pick<CommonConfig, 'data'>,
  origin: Origin,
): InfluenceFields {
  const { training, influence, attack, epsilon, save } = given as Partial<InfluenceFields>;
  const { semantics: { name: semantics } = { name: 'paper' } } = given as {
    semantics?: { name: PresetName };
  };
  if (training === undefined && !hasSplits(data.name))
    throw new UserError(
      `${origin.place(['training'])}: training: missing, expected the images the head is fitted to, such as { name: folder, path: DIR }`,
    );
  const from = training?.name ?? data.name;
  const regularisation = influence?.regularisation ?? REGULARISATION;
  return {
    training: {
      ...(hasSplits(from) ? { split: 'train' } : {}),
      count: 'max',
      ...training,
      name: from,
    },
    influence: {
      damping: regularisation,
      ...presets[semantics],
      ...influence,
      regularisation,
    },
    attack: attack!,
    epsilon: epsilon!,
    save: { images: save?.images ?? 0 },
    semantics,
  };
}
