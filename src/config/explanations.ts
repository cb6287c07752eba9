// The explanations of a config: its items of `explain` with every default filled in, and the surrogate of each. A
// config of a network, images and explanations alone serves commands that run no experiment.
import { z } from 'zod';
import { isSmooth } from '../model/index.js';
import type { Form, Origin, Raw } from './file.js';
import { id, name, named, strict } from './forms.js';
import { withIds } from './ids.js';
import {
  hasOwnDirection,
  type MethodItem,
  type MethodName,
  methodNames,
  methods,
  resolveMethod,
  smoothPoolNames,
  takesSmoothPools,
} from './methods.js';
import { hasPools, importedOf, modelName, type ResolvedModel } from './model.js';
import { presetNames, resolveSemantics, type Semantics, semanticsForm } from './semantics.js';
import {
  closing,
  type Given,
  type ImageConfig,
  imageData,
  opening,
  resolveCommon,
  resolveData,
  subjectWords,
} from './subject.js';
import { resolveTarget, type Target, targetForm } from './target-class.js';

/** The network on which directions are computed: the explained network itself (`none`), or its copy with softplus_β. */
export type Surrogate = 'none' | Smoothing;

/** Softplus_β in place of ReLU; with `pools`, also log Σ exp(βa)/β in place of max-pools. */
export interface Smoothing {
  readonly beta: number;
  readonly pools?: true;
}

/** An explanation with every default filled in. */
export type ExplainItem = MethodItem & {
  /** Its name in the `method` column. */
  readonly id: string;
} & (
    | {
        /** A smoothed explanation: map, target and direction are of the network with softplus_β. */
        readonly smooth: Smoothing;
        readonly surrogate?: undefined;
      }
    | { readonly smooth?: undefined; readonly surrogate: Surrogate }
  );

/** A config of a network, images and explanations. */
export interface ExplanationConfig extends ImageConfig {
  readonly explain: readonly ExplainItem[];
  readonly semantics: Semantics;
  /** The class that is explained; absent: the predicted one. */
  readonly target?: Target;
}

export const surrogateForm = z.union([z.literal('none'), strict({ beta: z.number().positive() })], {
  error: 'expected none or { beta: number above 0 }',
});

const common = {
  id: id.optional(),
  smooth: strict({
    beta: z.union([z.number().positive(), z.literal('auto')], {
      error: 'expected a number above 0, or auto',
    }),
    pools: z.boolean().optional(),
  }).optional(),
  surrogate: surrogateForm.optional(),
};

/** The fields of each method as an item of `explain`. */
export const explainFields = Object.fromEntries(
  Object.entries(methods).map(([name, { fields }]) => [name, { ...common, ...fields }]),
);

/** The form of `explain`. */
export const explainForm = z.array(named(explainFields)).min(1);

/** An item of `explain` as the config gives it, with checked fields; `beta: auto` is a number by now. */
export type GivenExplanation = Raw & {
  readonly name: MethodName;
  readonly smooth?: { readonly beta: number; readonly pools?: boolean };
  readonly surrogate?: Surrogate;
  readonly relevanceBeta?: number;
  readonly of?: { readonly relevanceBeta?: number };
};

/** The parts of a config that explanations depend on, checked against their forms. */
export interface GivenExplanations extends Given {
  readonly data: unknown;
  readonly explain: readonly unknown[];
  readonly surrogate?: Surrogate | undefined;
  readonly semantics?: unknown;
  readonly target?: Target | undefined;
}

/** Throws a UserError for a method that cannot explain a network with smooth pools. */
function smoothPools(method: MethodItem, at: number, origin: Origin): true {
  if (!takesSmoothPools(method))
    throw origin.mistake(
      ['explain', at, 'smooth', 'pools'],
      `true with ${method.name === 'smoothgrad' ? method.of.name : method.name}, expected only with ${smoothPoolNames.join(', ')}, or smoothgrad of these`,
    );
  return true;
}

/** Throws a UserError for softplus in a network from a file that has no ReLU, nor any other kink, for it to stand in for. */
function requireKinks(
  { model, activation }: ResolvedModel,
  at: number,
  beta: number,
  origin: Origin,
): void {
  if (importedOf(model) !== undefined && isSmooth(activation))
    throw origin.mistake(
      ['explain', at, 'smooth'],
      `{ beta: ${beta} }, expected a network with ReLUs: ${modelName(model)} has none`,
    );
}

/** Fills in the explanations of a config. */
export function resolveExplanations(
  { explain, surrogate: surrogateOfAll }: Pick<GivenExplanations, 'explain' | 'surrogate'>,
  semantics: Semantics,
  resolved: ResolvedModel,
  origin: Origin,
): ExplainItem[] {
  const { surrogateBeta } = resolved.defaults;
  return withIds(explain as readonly GivenExplanation[], 'explain', origin).map(
    (item, i): ExplainItem => {
      const rectified = item.relevanceBeta ?? item.of?.relevanceBeta;
      if (rectified !== undefined && semantics.guidedRelevance === 'plain')
        throw origin.mistake(
          ['explain', i, ...(item.of === undefined ? [] : ['of']), 'relevanceBeta'],
          `${rectified}, expected only with semantics of guidedRelevance: unit`,
        );
      const method = resolveMethod(item);
      const { smooth, surrogate: own } = item;
      if (smooth === undefined) {
        const usual: Surrogate =
          hasOwnDirection(method) || surrogateBeta === undefined ? 'none' : { beta: surrogateBeta };
        return { ...method, id: item.id, surrogate: own ?? surrogateOfAll ?? usual } as ExplainItem;
      }
      requireKinks(resolved, i, smooth.beta, origin);
      if (own !== undefined)
        throw origin.mistake(
          ['explain', i],
          `${item.name}: expected at most one of smooth and surrogate, since a smoothed explanation needs no surrogate`,
        );
      const pools = smooth.pools ? { pools: smoothPools(method, i, origin) } : {};
      return { ...method, id: item.id, smooth: { beta: smooth.beta, ...pools } } as ExplainItem;
    },
  );
}

/** Fields that may be a plain word, and the allowed words. */
export const explanationWords = {
  ...subjectWords,
  explain: { names: methodNames, list: true },
  semantics: { names: presetNames },
};

/** The form of a config of explanations alone. */
const explanationForm = {
  schema: strict({
    name,
    ...opening,
    data: imageData,
    explain: explainForm,
    surrogate: surrogateForm.optional(),
    semantics: semanticsForm.optional(),
    target: targetForm,
    ...closing,
  }),
  words: explanationWords,
  lists: [],
} satisfies Form;

/**
 * Fills in a network, images and explanations.
 * Throws a UserError for the first mistake.
 */
export function resolveExplanationConfig(
  given: GivenExplanations,
  resolved: ResolvedModel,
  origin: Origin,
): ExplanationConfig {
  const semantics = resolveSemantics(given.semantics as Partial<Semantics>);
  const floored =
    given.model.pool === undefined && semantics.pool === 'floor' && hasPools(given.model.name);
  const model = floored ? { ...resolved.model, pool: semantics.pool } : resolved.model;
  return {
    ...resolveCommon(given, { ...resolved, model }),
    data: resolveData(given.data, resolved, origin),
    explain: resolveExplanations(given, semantics, resolved, origin),
    semantics,
    ...resolveTarget(given.target, resolved, origin),
  };
}

/** A config of a network, images and explanations alone. */
export const explanations = { form: explanationForm, resolve: resolveExplanationConfig };
