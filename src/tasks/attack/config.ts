// A config of an experiment with every default filled in, and what must hold between its fields.
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { SlicOptions } from '../../analysis/slic.js';
import type { Selection } from '../../attack/index.js';
import {
  checkConfig,
  isRecord,
  type Origin,
  type Path,
  type Raw,
  readConfig,
} from '../../config/file.js';
import { withIds } from '../../config/ids.js';
import { configSchema, shorthands, taskSchemas } from '../../config/json-schema.js';
import {
  departures,
  type PresetName,
  resolveSemantics,
  type Semantics,
} from '../../config/semantics.js';
import type { Wish } from '../../engine/choice.js';
import { UserError } from '../../errors.js';
import { type ModelName, type ModelOptions, models, networkOf } from '../../model/index.js';
import { type InfluenceFields, influenceFields } from '../influence/config.js';
import { hasPools } from './fields.js';
import { aimsOf, attackItem, checkAimed, listOf } from './items.js';
import type { MatchTarget } from './match-target.js';

export type Surrogate = 'none' | { readonly beta: number };

interface AnyExplainItem {
  /** What stands in the `method` column. */
  readonly id: string;
  /** The explained network is smooth itself: map, target and direction are of softplus_β. */
  readonly smooth?: { readonly beta: number };
  readonly surrogate?: Surrogate;
}
/** Methods that can stand inside another. */
export type WrappedItem =
  | { readonly name: 'gradient' }
  | { readonly name: 'gradient-x-input' }
  | {
      readonly name: 'integrated-gradients';
      readonly steps: number;
      readonly direction: { readonly steps: number };
    }
  | { readonly name: 'guided-backprop'; readonly relevanceBeta: number }
  | { readonly name: 'pattern-attribution'; readonly patterns?: string }
  | { readonly name: 'lrp' }
  | { readonly name: 'deep-taylor' }
  | { readonly name: 'deeplift' };
export type MethodItem =
  | WrappedItem
  | {
      readonly name: 'smoothgrad';
      readonly of: WrappedItem;
      readonly samples: number;
      readonly noise: number;
      /** Noisy copies of an attack's direction. */
      readonly direction: { readonly steps: number };
    };
export type ExplainItem = AnyExplainItem & MethodItem;

interface AnyAttackItem {
  /** What stands in the `attack` column. */
  readonly id: string;
  /** Ids of the explanations it attacks; undefined: all. */
  readonly explain?: readonly string[];
  readonly quantise: boolean;
}
/** A region among the superpixels of an image. */
export interface Superpixel extends SlicOptions {
  /** Its index, the same in every image or by the image's id. */
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
/** Random signs that walk, where semantics say so. */
export type WalkItem = AnyAttackItem & BySigns & { readonly name: 'random-sign' };
export type AttackItem =
  | IterativeAttackItem
  | WalkItem
  | (AnyAttackItem & { readonly name: 'random-sign' });

/** What configs of all tasks have, with every default filled in. */
export interface CommonConfig {
  readonly name: string;
  readonly seed: number;
  readonly model: { readonly name: ModelName; readonly weights?: string } & ModelOptions;
  readonly data: {
    readonly name: string;
    readonly path?: string;
    readonly split?: 'train' | 'test';
    readonly count: number | 'max';
    readonly correct: boolean;
    readonly resize?: number;
    readonly crop?: number;
  };
  readonly engine: Wish & { readonly workers?: number; readonly batch?: number };
  readonly output: string;
}

/** A config of an attack with every default filled in. */
export interface ResolvedConfig extends CommonConfig {
  readonly task: 'attack';
  readonly explain: readonly ExplainItem[];
  readonly attack: readonly AttackItem[];
  /** Bounds of the sign attacks; match-target has its own. */
  readonly epsilon: readonly number[];
  readonly surrogate?: Surrogate;
  readonly metrics: { readonly k: number };
  readonly semantics: Semantics;
  readonly save: { readonly images: number; readonly trace: boolean };
}

/** A config of the angles between gradients and directions of largest curvature. */
export interface AnglesConfig extends CommonConfig {
  readonly task: 'angles';
}

/** A config of attacks on influence functions. */
export interface InfluenceConfig extends CommonConfig, InfluenceFields {
  readonly task: 'influence';
}

export type Config = ResolvedConfig | AnglesConfig | InfluenceConfig;

type Input = z.infer<typeof configSchema>;

type Common = Pick<Input, 'name' | 'seed' | 'model' | 'data' | 'engine' | 'output'>;

/** Every image is the first of a pair, so that pairs are counted as images. */
function dataOf({ pairs, ...data }: Common['data'] & { pairs?: number }): CommonConfig['data'] {
  const count = pairs === undefined ? {} : { count: pairs };
  return { count: 'max', correct: true, ...data, ...count } as CommonConfig['data'];
}

const common = (input: Common): CommonConfig => ({
  name: input.name,
  seed: input.seed ?? 1,
  model: input.model as CommonConfig['model'],
  data: dataOf(input.data),
  engine: (input.engine ?? { name: 'auto' }) as CommonConfig['engine'],
  output: input.output ?? `results/${input.name}`,
});

/** A method with every default filled in; one that is wrapped may be a plain word. */
function withDefaults(given: string | Raw): MethodItem {
  const item = typeof given === 'string' ? { name: given } : given;
  switch (item.name) {
    case 'guided-backprop':
      return { relevanceBeta: 10, ...item } as MethodItem;
    case 'integrated-gradients': {
      const { steps = 100, direction = { steps } } = item as { steps?: number; direction?: object };
      return { ...item, steps, direction } as MethodItem;
    }
    case 'smoothgrad': {
      const { of = 'gradient' } = item as { of?: string | Raw };
      const defaults = { samples: 50, noise: 0.05, direction: { steps: 10 } };
      return { ...defaults, ...item, of: withDefaults(of) } as unknown as MethodItem;
    }
    default:
      return item as MethodItem;
  }
}

function resolve(input: Input, origin: Origin): ResolvedConfig {
  const semantics = resolveSemantics(input.semantics as Partial<Semantics>);
  const given = input.model as ResolvedConfig['model'];
  // ceil is what a model has by itself
  const floored = given.pool === undefined && semantics.pool === 'floor' && hasPools(given.name);
  const model = floored ? { ...given, pool: semantics.pool } : given;
  const { height, width } = networkOf(model.name, model);
  const wrong = (path: Path, why: string) =>
    new UserError(`${origin.place(path)}: ${path.join('.')}: ${why}`);
  const checkK = (k: number, path: Path): number => {
    if (k > height * width)
      throw wrong(
        path,
        `${k}, expected at most ${height * width}, the pixels of a ${width}×${height} map`,
      );
    return k;
  };
  const k = checkK(input.metrics?.k ?? models[model.name].k, ['metrics', 'k']);
  const select = listOf(input.select ?? semantics.select);
  const { evaluate } = input;

  const explain = withIds(input.explain as { name: string }[], 'explain', origin).map(
    (item, i): ExplainItem => {
      const given = item as typeof item & {
        smooth?: unknown;
        surrogate?: unknown;
        relevanceBeta?: number;
        of?: { relevanceBeta?: number };
      };
      const rectified = given.relevanceBeta ?? given.of?.relevanceBeta;
      if (rectified !== undefined && semantics.guidedRelevance === 'plain')
        throw wrong(
          ['explain', i, ...(given.of === undefined ? [] : ['of']), 'relevanceBeta'],
          `${rectified}, expected only with semantics of guidedRelevance: unit`,
        );
      if (given.smooth !== undefined && given.surrogate !== undefined)
        throw wrong(
          ['explain', i],
          `${item.name}: expected at most one of smooth and surrogate, since the direction is of the smooth network itself`,
        );
      return { ...item, ...withDefaults(item) } as ExplainItem;
    },
  );

  const explanations = explain.map(({ id }) => id);
  const attack = withIds(input.attack as { name: string }[], 'attack', origin).map((item, i) => ({
    ...attackItem(item, i, { height, width, semantics, select, evaluate, k, checkK, wrong }),
    ...aimsOf(item, i, { explanations, wrong }),
  }));
  checkAimed(attack, { explanations, wrong });

  const bounded = attack.filter(({ name }) => name !== 'match-target');
  if (bounded.length > 0 !== (input.epsilon !== undefined))
    throw wrong(
      ['epsilon'],
      bounded.length > 0
        ? `missing, expected a number or a list of numbers, since ${bounded[0]!.name} needs a bound`
        : `[${input.epsilon!.join(', ')}], expected none here: match-target has an epsilon of its own`,
    );
  const { count, pairs } = input.data as { count?: unknown; pairs?: unknown };
  if (pairs !== undefined && count !== undefined)
    throw wrong(['data', 'pairs'], `${pairs}, expected at most one of count and pairs`);
  if (
    pairs !== undefined &&
    !attack.some((item) => item.name === 'match-target' && item.target === 'pairs')
  )
    throw wrong(
      ['data', 'pairs'],
      `${pairs}, expected only with an attack match-target whose target is pairs; count is the number of images`,
    );

  return {
    ...common({ ...input, model }),
    task: 'attack',
    explain,
    attack,
    epsilon: input.epsilon ?? [],
    ...(input.surrogate === undefined ? {} : { surrogate: input.surrogate }),
    metrics: { k },
    save: { images: input.save?.images ?? 0, trace: input.save?.trace ?? false },
    semantics,
  };
}

const spelling = { shorthands, lists: ['epsilon'] };
const attackForm = { ...spelling, schema: () => configSchema };
/** The schema of the task that a config names. */
const anyForm = {
  ...spelling,
  schema: ({ task }: Raw): z.ZodObject =>
    task === 'angles' || task === 'influence' ? taskSchemas[task] : configSchema,
};

/**
 * Reads a config file.
 * @param changes `field=value` pairs laid over the file, fields with dots, values in YAML
 * Throws a UserError of one line for the first mistake.
 */
export async function loadConfig(file: string, changes: readonly string[] = []): Promise<Config> {
  const { value, origin } = await readConfig(anyForm, file, changes);
  const shared = common(value as Input);
  switch (value.task) {
    case 'angles':
      return { ...shared, task: 'angles' };
    case 'influence': {
      const attack = withIds(value.attack as { name: string }[], 'attack', origin);
      return {
        ...shared,
        task: 'influence',
        ...influenceFields({ ...value, attack }, shared, origin),
      };
    }
    default:
      return resolve(value as Input, origin);
  }
}

/**
 * Fills in a config of an attack given as values, with changes laid over it.
 * @param place what gave a field, for messages
 * Throws a UserError for the first mistake.
 */
export function resolveConfig(
  given: Readonly<Record<string, unknown>>,
  changes: readonly string[] = [],
  place = ([field]: Path): string => `--${String(field)}`,
): ResolvedConfig {
  const { value, origin } = checkConfig(attackForm, given, changes, place);
  return resolve(value, origin);
}

/**
 * The config of an attack as a run recorded it: bounds that no attack takes are an empty list there, and in a config
 * none. Throws a UserError for the first mistake.
 */
export function resolveRecorded(
  { epsilon, ...others }: Readonly<Record<string, unknown>>,
  place: (path: Path) => string,
): ResolvedConfig {
  const bounded = !Array.isArray(epsilon) || epsilon.length > 0;
  return resolveConfig(bounded ? { ...others, epsilon } : others, [], place);
}

/** JSON with the keys of every object in order, so that equal values are written alike. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    isRecord(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v,
  );

const briefly = (semantics: Semantics | PresetName): 'paper' | Partial<Semantics> | undefined => {
  if (typeof semantics === 'string') return undefined;
  const others = departures(semantics);
  return Object.keys(others).length === 0 ? 'paper' : others;
};

/**
 * SHA-256 of what a config's rows depend on, in hexadecimal: all of it but where they go, how many
 * processes compute them, and how many images are asked for, since more images only add rows. Of semantics it is
 * the departures from the papers', so that a field that is added leaves what a config says as it was; nothing where
 * they are a preset whose fields the config has elsewhere.
 */
export function configHash(config: Config): string {
  const { output: _, engine, data, ...fields } = config;
  const { workers: __, ...engineKept } = engine;
  const { count: ___, ...dataKept } = data;
  const rest = 'semantics' in fields ? { ...fields, semantics: briefly(fields.semantics) } : fields;
  return createHash('sha256')
    .update(canonical({ ...rest, engine: engineKept, data: dataKept }))
    .digest('hex');
}
