// The explanation methods, an entry each: the fields of an item of `explain`, their defaults, the method, its step
// sizes of match-target, and the kind of its maps. All other lists of methods derive from this table.
import { z } from 'zod';
import {
  deeplift,
  deepTaylor,
  gradient,
  gradientTimesInput,
  guidedBackprop,
  inNetworkInput,
  integratedGradients,
  lrp,
  type Method,
  type Patterns,
  patternAttribution,
  smoothgrad,
} from '../explain/index.js';
import { averagesSigned, type BoundNetwork, type Layer } from '../model/index.js';
import { file, named, strict, whole } from './forms.js';
import type { Differentiating, Semantics } from './semantics.js';

/** The network and the semantics for which a method is made. */
export interface Making {
  readonly network: BoundNetwork;
  readonly semantics: Semantics;
  /** Reads patterns from a file, by default from the network's own file. */
  patterns(file: string | undefined): Promise<Patterns>;
}

/** On what a config uses a method. */
export interface Use {
  /** The layers of the network. */
  readonly layers: readonly Layer[];
  /** Whether maps or directions are of the network with softplus. */
  readonly softplus: boolean;
}

interface AnyEntry<Own extends object> {
  /** Raised when the maps of the method change; where only some uses have other maps, for these. */
  readonly version: number | ((use: Use) => number);
  readonly fields: z.ZodRawShape;
  /** Its own fields with every default filled in. */
  defaults(given: Partial<Own>): Own;
  make(item: Own, making: Making): Method | Promise<Method>;
}

interface Entry<Own extends object> extends AnyEntry<Own> {
  /**
   * Step size of match-target on the plain method, on the smoothed one, and on SmoothGrad of it (default 3e-3):
   * Dombrowski et al. 2019, tables 1, 5 and 4. Methods that are not in the paper have the step sizes of similar
   * methods.
   */
  readonly rates: {
    readonly plain: number;
    readonly smooth: number;
    readonly smoothgrad?: number;
  };
  /** Whether it only differentiates the score, so that it needs no rule for smooth pools. */
  readonly smoothPools?: true;
  /** Whether the map of the ReLU network has a derivative that is not zero, so that directions need no surrogate. */
  readonly ownDirection?: true;
  /** The kind of its maps: the sensitivity of the score to a pixel, or the contribution of a pixel to the score. */
  readonly shows: 'sensitivity' | 'contribution';
}

const entry = <Own extends object>(of: Entry<Own>): Entry<Own> => of;

/** For methods without fields of their own. */
const none = { fields: {}, defaults: () => ({}) };

const output = (name: Differentiating, { semantics }: Making) =>
  semantics.softmaxOf.includes(name) ? 'softmax' : 'scores';

/** A method that gives sensitivities, in the pixels or in the network's input. */
const sensitivity = (method: Method, { semantics }: Making): Method =>
  semantics.gradientsIn === 'input' ? inNetworkInput(method) : method;

const steps = { steps: whole(1).optional(), direction: strict({ steps: whole(1) }).optional() };

/** 2: averages of values of both signs are shared out by positive parts. */
const relevanceVersion = ({ layers }: Use): number => (averagesSigned(layers) ? 2 : 1);

/** Methods that SmoothGrad can average. */
export const single = {
  gradient: entry({
    version: 1,
    ...none,
    make: (_, making) => sensitivity(gradient({ output: output('gradient', making) }), making),
    rates: { plain: 1e-3, smooth: 2.5e-4 },
    smoothPools: true,
    shows: 'sensitivity',
  }),
  'gradient-x-input': entry({
    version: 1,
    ...none,
    make: (_, making) => gradientTimesInput({ output: output('gradient-x-input', making) }),
    rates: { plain: 1e-3, smooth: 2.5e-4 },
    smoothPools: true,
    shows: 'contribution',
  }),
  'integrated-gradients': entry<{
    readonly steps: number;
    /** Points of the path in an attack's direction. */
    readonly direction: { readonly steps: number };
  }>({
    version: 1,
    fields: steps,
    defaults: ({ steps = 100, direction = { steps } }) => ({ steps, direction }),
    make: ({ steps, direction }, making) =>
      integratedGradients({
        steps,
        direction: direction.steps,
        output: output('integrated-gradients', making),
      }),
    rates: { plain: 5e-3, smooth: 2.5e-3 },
    smoothPools: true,
    shows: 'contribution',
  }),
  'guided-backprop': entry<{ readonly relevanceBeta: number }>({
    version: 1,
    fields: { relevanceBeta: z.number().positive().optional() },
    defaults: ({ relevanceBeta = 10 }) => ({ relevanceBeta }),
    make: ({ relevanceBeta }, making) => {
      const plain = making.semantics.guidedRelevance === 'plain';
      return sensitivity(guidedBackprop({ relevanceBeta, plain }), making);
    },
    rates: { plain: 1e-3, smooth: 5e-4 },
    shows: 'sensitivity',
  }),
  'pattern-attribution': entry<{ readonly patterns?: string }>({
    version: 1,
    fields: { patterns: file.optional() },
    defaults: ({ patterns }) => (patterns === undefined ? {} : { patterns }),
    make: async ({ patterns }, making) => patternAttribution(await making.patterns(patterns)),
    rates: { plain: 2e-3, smooth: 5e-4 },
    shows: 'contribution',
  }),
  lrp: entry({
    version: relevanceVersion,
    ...none,
    make: (_, { semantics }) => lrp({ bounds: semantics.lrpBounds }),
    rates: { plain: 2e-4, smooth: 2e-4, smoothgrad: 3e-4 },
    ownDirection: true,
    shows: 'contribution',
  }),
  'deep-taylor': entry({
    version: relevanceVersion,
    ...none,
    make: () => deepTaylor(),
    rates: { plain: 2e-4, smooth: 2e-4, smoothgrad: 3e-4 },
    ownDirection: true,
    shows: 'contribution',
  }),
  deeplift: entry({
    // 2: winners of pools are told apart where softplus is 0
    version: ({ layers, softplus }) =>
      softplus && layers.some(({ kind }) => kind === 'maxPool') ? 2 : 1,
    ...none,
    make: (_, making) => {
      const { deepliftSlope, deepliftMap } = making.semantics;
      const multiplier = deepliftMap === 'multiplier';
      const method = deeplift({ quotient: deepliftSlope === 'quotient', multiplier });
      return multiplier ? sensitivity(method, making) : method;
    },
    rates: { plain: 1e-3, smooth: 2.5e-4 },
    ownDirection: true,
    shows: 'contribution',
  }),
};

type Single = typeof single;
/** An item of a table with every default filled in. */
type ItemsOf<T> = {
  [N in keyof T]: T[N] extends AnyEntry<infer Own> ? { readonly name: N } & Own : never;
}[keyof T];

/** A method that SmoothGrad can average, with every default filled in. */
export type SingleItem = ItemsOf<Single>;
/** A single method as a config gives it: its name, or its fields. */
type GivenSingle = keyof Single | { readonly name: keyof Single };

const entryOfSingle = ({ name }: { readonly name: keyof Single }): Entry<object> => single[name];

function resolveSingle(given: GivenSingle): SingleItem {
  const item = typeof given === 'string' ? { name: given } : given;
  return { ...item, ...entryOfSingle(item).defaults(item) } as SingleItem;
}

const names = Object.keys(single) as readonly (keyof Single)[];

const smoothgradEntry: AnyEntry<{
  readonly of: SingleItem;
  readonly samples: number;
  /** Standard deviation of the noise, as a part of the range of the network's input. */
  readonly noise: number;
  /** Noisy copies in an attack's direction, drawn once unless they are drawn anew at each step. */
  readonly direction: { readonly steps: number; readonly fresh?: true };
}> = {
  version: 1,
  fields: {
    of: z
      .union(
        [
          z.enum(names),
          named(Object.fromEntries(names.map((name) => [name, single[name].fields]))),
        ],
        {
          error: `expected one of ${names.join(', ')}, or its fields; id, smooth and surrogate are fields of smoothgrad`,
        },
      )
      .optional(),
    samples: whole(1).optional(),
    noise: z.number().positive().optional(),
    direction: strict({ steps: whole(1), fresh: z.literal(true).optional() }).optional(),
  },
  defaults: ({ of = { name: 'gradient' }, samples = 50, noise = 0.05, direction }) => ({
    of: resolveSingle(of),
    samples,
    noise,
    direction: direction ?? { steps: 10 },
  }),
  make: async ({ of, samples, direction, noise }, making) =>
    smoothgrad(making.network, {
      of: await entryOfSingle(of).make(of, making),
      samples,
      direction: direction.steps,
      fresh: direction.fresh,
      noise,
    }),
};

/** Every method, in the order of lists and figures. */
export const methods = { ...single, smoothgrad: smoothgradEntry };

/** A method with every default filled in. */
export type MethodItem = ItemsOf<typeof methods>;
export type MethodName = keyof typeof methods;

/** Names of explanation methods. */
export const methodNames = Object.keys(methods) as readonly MethodName[];

const entryOf = ({ name }: { readonly name: MethodName }): AnyEntry<object> => methods[name];

/** Fills in every default of a method whose fields are checked. */
export const resolveMethod = (given: { readonly name: MethodName }): MethodItem =>
  ({ ...given, ...entryOf(given).defaults(given) }) as MethodItem;

/**
 * The method that an item names.
 * Throws a UserError if it needs patterns and these are missing or are not the network's.
 */
export const makeMethod = async (item: MethodItem, making: Making): Promise<Method> =>
  entryOf(item).make(item, making);

/** The version of each method that an item uses, by `method NAME`. */
export function methodVersions(item: MethodItem, use: Use): Readonly<Record<string, number>> {
  const { version } = entryOf(item);
  return {
    [`method ${item.name}`]: typeof version === 'number' ? version : version(use),
    ...(item.name === 'smoothgrad' ? methodVersions(item.of, use) : {}),
  };
}

/** The method itself; of SmoothGrad, the method that it averages. */
const averaged = (item: MethodItem): SingleItem => (item.name === 'smoothgrad' ? item.of : item);

/** Whether directions on a method need no surrogate. */
export const hasOwnDirection = (item: MethodItem): boolean =>
  entryOfSingle(averaged(item)).ownDirection ?? false;

/** Whether a method can explain a network with smooth pools. */
export const takesSmoothPools = (item: MethodItem): boolean =>
  entryOfSingle(averaged(item)).smoothPools ?? false;

/** The names of single methods that can. */
export const smoothPoolNames = names.filter((name) => single[name].smoothPools);

/** The kind of a method's maps: sensitivity or contribution. */
export const showsOf = (item: MethodItem): Entry<object>['shows'] =>
  entryOfSingle(averaged(item)).shows;

const SMOOTHGRAD_RATE = 3e-3;

/** The step size of match-target on a method, in units of (x/255 − μ)/σ; `smooth`: on its smoothed form. */
export function publishedRate(item: MethodItem, smooth: boolean): number {
  const { rates } = entryOfSingle(averaged(item));
  if (item.name === 'smoothgrad') return rates.smoothgrad ?? SMOOTHGRAD_RATE;
  return smooth ? rates.smooth : rates.plain;
}
