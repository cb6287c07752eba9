// The differences between the authors' programs and their papers. Each one is a field. `paper` and `authors` are
// presets of all fields, and run.json records the value of every field.
import { z } from 'zod';
import type { Selection, Ties } from '../attack/index.js';
import { strict } from './forms.js';

/** Methods that differentiate the output, and so may differentiate its softmax. */
export type Differentiating = 'gradient' | 'gradient-x-input' | 'integrated-gradients';

/** The value of every field. */
export interface Semantics {
  readonly softmaxOf: readonly Differentiating[];
  readonly center: 'exact' | 'truncated';
  readonly select: Selection;
  readonly ties: Ties;
  readonly random: 'draw' | 'walk';
  readonly guidedRelevance: 'unit' | 'plain';
  readonly lrpBounds: 'per-channel' | 'scalar';
  readonly deepliftSlope: 'tangent' | 'quotient';
  readonly deepliftMap: 'contribution' | 'multiplier';
  readonly reluAtZero: 0 | 1;
  readonly pool: 'ceil' | 'floor';
  readonly gradientsIn?: 'pixels' | 'input';
}

interface Field<T> {
  /** Its allowed values; of a list, the allowed items. */
  readonly values: readonly (T extends readonly (infer Each)[] ? Each : T)[];
  readonly paper: T;
  readonly authors: T;
  readonly what: string;
  /** Whose program differs. */
  readonly program: 'Ghorbani et al.' | 'Dombrowski et al.' | 'both';
  /** Whether configs with the papers' value leave the field out, as those do that are older than it. */
  readonly optional?: true;
}

export const semanticsFields: {
  readonly [K in keyof Semantics]-?: Field<NonNullable<Semantics[K]>>;
} = {
  softmaxOf: {
    values: ['gradient', 'gradient-x-input', 'integrated-gradients'],
    paper: [],
    authors: ['integrated-gradients'],
    what: 'methods that explain the softmax probability of the class instead of its score',
    program: 'both',
  },
  center: {
    values: ['exact', 'truncated'],
    paper: 'exact',
    authors: 'truncated',
    what: 'centers of mass without fractions; shifts are measured from the center of the surrogate’s clean map',
    program: 'Ghorbani et al.',
  },
  select: {
    values: ['dissimilarity', 'intersection', 'correlation', 'center'],
    paper: 'dissimilarity',
    authors: 'intersection',
    what: 'the selection rule where a config names none',
    program: 'Ghorbani et al.',
  },
  ties: {
    values: ['first', 'last'],
    paper: 'first',
    authors: 'first',
    what: 'which of equally good iterates is kept',
    program: 'Ghorbani et al.',
  },
  random: {
    values: ['draw', 'walk'],
    paper: 'draw',
    authors: 'walk',
    what: 'random signs: one draw of ±ε, or a walk with the steps of an attack, of which the best iterate is kept',
    program: 'Ghorbani et al.',
  },
  guidedRelevance: {
    values: ['unit', 'plain'],
    paper: 'unit',
    authors: 'plain',
    what: 'guided relevance on a smooth network: rectified in units of its root mean square; or as it is, by softplus, starting from the score',
    program: 'Dombrowski et al.',
  },
  lrpBounds: {
    values: ['per-channel', 'scalar'],
    paper: 'per-channel',
    authors: 'scalar',
    what: 'bounds of the first layer in lrp: of each channel, or the lowest and highest of all',
    program: 'Dombrowski et al.',
  },
  deepliftSlope: {
    values: ['tangent', 'quotient'],
    paper: 'tangent',
    authors: 'quotient',
    what: 'a nonlinearity’s multiplier where its input hardly differs from the reference’s: the derivative, or Δy/(Δa + 1e-20)',
    program: 'Ghorbani et al.',
  },
  deepliftMap: {
    values: ['contribution', 'multiplier'],
    paper: 'contribution',
    authors: 'contribution',
    what: 'contributions, or multipliers, which lack the factor x − x₀; the published curves of DeepLIFT agree with multipliers',
    program: 'Ghorbani et al.',
  },
  reluAtZero: {
    values: [0, 1],
    paper: 0,
    authors: 1,
    what: 'the derivative of ReLU at 0 in explanations',
    program: 'Dombrowski et al.',
  },
  pool: {
    values: ['ceil', 'floor'],
    paper: 'ceil',
    authors: 'floor',
    what: 'rounding of the output size of a SqueezeNet’s max-pools where the model does not say',
    program: 'Ghorbani et al.',
  },
  gradientsIn: {
    values: ['pixels', 'input'],
    paper: 'pixels',
    authors: 'input',
    what: 'sensitivities (gradient, guided-backprop, multipliers of deeplift): in the pixels x, or in the network’s input (x/s − μ)/σ, every channel times its σ',
    program: 'Dombrowski et al.',
    optional: true,
  },
};

export const presetNames = ['paper', 'authors'] as const;
export type PresetName = (typeof presetNames)[number];

const preset = (name: PresetName): Semantics =>
  Object.fromEntries(
    Object.entries(semanticsFields).map(([field, values]) => [field, values[name]]),
  ) as unknown as Semantics;

/** Whether configs leave a field of this value out. */
const isLeftOut = (field: string, value: unknown): boolean => {
  const { optional, paper } = semanticsFields[field as keyof Semantics];
  return optional === true && value === paper;
};

/** A preset with some of its fields changed. */
export function resolveSemantics({
  name = 'paper',
  ...changed
}: { readonly name?: PresetName } & Partial<Semantics> = {}): Semantics {
  const all = Object.entries({ ...preset(name), ...changed });
  return Object.fromEntries(
    all.filter(([field, value]) => !isLeftOut(field, value)),
  ) as unknown as Semantics;
}

/** The semantics of the papers, with the corrections that this program makes to them. */
export const paperSemantics: Semantics = resolveSemantics();

/** The fields in which semantics differ from the papers'. */
export const departures = (semantics: Semantics): Partial<Semantics> =>
  Object.fromEntries(
    Object.entries(semantics).filter(
      ([field, value]) => String(value) !== String(paperSemantics[field as keyof Semantics]),
    ),
  );

/** The form of a field: one of its values, or a list of them if the field is a list. */
const choice = ({ values, paper }: { values: readonly (string | number)[]; paper: unknown }) =>
  Array.isArray(paper) ? z.array(z.literal(values)) : z.literal(values);

/** The form of `semantics`: a preset, with or without changed fields. */
export const semanticsForm = strict({
  name: z.enum(presetNames).optional(),
  ...Object.fromEntries(
    Object.entries(semanticsFields).map(([field, form]) => [field, choice(form).optional()]),
  ),
});
