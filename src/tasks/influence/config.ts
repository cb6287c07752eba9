// A config of attacks on influence functions with every default filled in.
import { z } from 'zod';
import type { InfluenceOptions } from '../../analysis/influence.js';
import type { Form, Origin } from '../../config/file.js';
import {
  epsilons,
  type Fields,
  id,
  name,
  named,
  strict,
  whole,
  without,
} from '../../config/forms.js';
import { withIds } from '../../config/ids.js';
import type { ResolvedModel } from '../../config/model.js';
import { type PresetName, presetNames } from '../../config/semantics.js';
import {
  closing,
  dataFields,
  type Given,
  hasSplits,
  type ImageConfig,
  imageData,
  opening,
  resolveCommon,
  resolveData,
  subjectWords,
} from '../../config/subject.js';
import { PREPROCESSING_VERSION } from '../../data/resize.js';
import type { Versions } from '../../record/identity.js';
import { influenceMetricVersions } from './results.js';

/** The images a head is fitted to. They are resized and cropped as the images of `data`. */
export interface TrainingSource {
  readonly name: string;
  readonly path?: string;
  readonly split?: 'train' | 'test';
  readonly count: number | 'max';
}

/** The definition of influence, and of its attack. The defaults are those of the preset `paper`. */
export interface InfluenceItem extends InfluenceOptions {
  /** Whether the head minimizes the mean of the loss or its sum, each + λ/2·‖weights‖². */
  readonly reduction: 'mean' | 'sum';
  /** λ of the head. */
  readonly regularisation: number;
  /**
   * `image`: one gradient of the sum of the three influences in the pixels. `features`: a step in the features for
   * one of the three after the other, pulled back to the pixels, as the authors' program has it.
   */
  readonly direction: 'image' | 'features';
  /** The label of a perturbed image: the class of the clean image, which must be kept, or its own predicted class. */
  readonly label: 'clean' | 'current';
}

export interface InfluenceAttackItem {
  /** Its name in the `attack` column. */
  readonly id: string;
  readonly name: 'random-sign' | 'influence-sign';
}

/** A config of attacks on influence functions. */
export interface InfluenceConfig extends ImageConfig {
  readonly task: 'influence';
  readonly training: TrainingSource;
  readonly influence: InfluenceItem;
  readonly attack: readonly InfluenceAttackItem[];
  readonly epsilon: readonly number[];
  readonly save: { readonly images: number };
}

/** Raised when a change of the task's logic changes rows. */
export const INFLUENCE_TASK_VERSION = 1;

/** How many of the most influential training images are attacked, and how many are compared. */
export const ATTACKED = 3;
export const COMPARED = 5;

const REGULARISATION = 1e-3;

/** The defaults of the fields. In a preset without `damping`, it is as large as `regularisation`. */
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

/** The attacks, an entry each, with a version that is raised when an attack changes images in another way. */
const attacks: Readonly<
  Record<InfluenceAttackItem['name'], { readonly version: number; readonly fields: z.ZodRawShape }>
> = {
  'random-sign': { version: 1, fields: { id: id.optional() } },
  'influence-sign': { version: 1, fields: { id: id.optional() } },
};

export const influenceAttackNames = Object.keys(attacks);

const attackFields: Fields = Object.fromEntries(
  Object.entries(attacks).map(([name, { fields }]) => [name, fields]),
);

/** The data sets that a head may be fitted to. */
const trainingFields = without(dataFields, 'correct', 'pairs', 'resize', 'crop');

export const influenceForm = {
  schema: strict({
    name,
    task: z.literal('influence'),
    ...opening,
    data: imageData,
    training: named(trainingFields).optional(),
    influence: strict({
      loss: z.enum(['cross-entropy', 'squared']).optional(),
      reduction: z.enum(['mean', 'sum']).optional(),
      regularisation: z.number().positive().optional(),
      damping: z.number().min(0).optional(),
      sign: z.enum(['helpfulness', 'paper']).optional(),
      normalise: z.enum(['none', 'unit']).optional(),
      direction: z.enum(['image', 'features']).optional(),
      label: z.enum(['clean', 'current']).optional(),
    }).optional(),
    semantics: strict({ name: z.enum(presetNames) }).optional(),
    attack: z.array(named(attackFields)).min(1),
    epsilon: epsilons,
    save: strict({ images: whole(0).optional() }).optional(),
    ...closing,
  }),
  words: {
    ...subjectWords,
    training: { names: Object.keys(trainingFields) },
    semantics: { names: presetNames },
    attack: { names: influenceAttackNames, list: true },
  },
  lists: ['epsilon'],
} satisfies Form;

/** A config as it is written, with checked fields. */
interface GivenConfig extends Given {
  readonly data: { readonly name: string };
  readonly training?: Partial<TrainingSource>;
  readonly influence?: Partial<InfluenceItem>;
  readonly semantics?: { readonly name: PresetName };
  readonly attack: readonly { readonly name: InfluenceAttackItem['name'] }[];
  readonly epsilon: readonly number[];
  readonly save?: { readonly images?: number };
}

/**
 * Fills in every default of a config, those of `influence` by the preset that its `semantics` names.
 * Throws a UserError if neither `training` nor a split of `data` gives the images that the head is fitted to.
 */
export function resolveInfluence(
  given: GivenConfig,
  resolved: ResolvedModel,
  origin: Origin,
): InfluenceConfig {
  const { training, influence, semantics: { name: preset } = { name: 'paper' } } = given;
  if (training === undefined && !hasSplits(given.data.name))
    throw origin.mistake(
      ['training'],
      'missing, expected the images the head is fitted to, such as { name: folder, path: DIR }',
    );
  const from = training?.name ?? given.data.name;
  const regularisation = influence?.regularisation ?? REGULARISATION;
  return {
    ...resolveCommon(given, resolved),
    data: resolveData(given.data, resolved, origin),
    task: 'influence',
    training: {
      ...(hasSplits(from) ? { split: 'train' } : {}),
      count: 'max',
      ...training,
      name: from,
    },
    influence: {
      damping: regularisation,
      ...presets[preset],
      ...influence,
      regularisation,
    },
    attack: withIds(given.attack, 'attack', origin),
    epsilon: given.epsilon,
    save: { images: given.save?.images ?? 0 },
  };
}

/** The versions of the components that a config uses. */
export const influenceVersions = ({ attack }: InfluenceConfig): Versions => ({
  'task influence': INFLUENCE_TASK_VERSION,
  preprocessing: PREPROCESSING_VERSION,
  ...Object.fromEntries(attack.map(({ name }) => [`attack ${name}`, attacks[name].version])),
  ...influenceMetricVersions,
});
