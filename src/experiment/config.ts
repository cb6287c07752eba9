// A config of an experiment with every default filled in, and what must hold between its fields.
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { Selection } from '../attack/index.js';
import type { Wish } from '../engine/choose.js';
import { UserError } from '../errors.js';
import { type ModelName, type ModelOptions, models, networkOf } from '../model/index.js';
import {
  checkConfig,
  isRecord,
  type Origin,
  type Path,
  type Raw,
  readConfig,
} from './config-file.js';
import { anglesSchema, configSchema, shorthands } from './schema.js';

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
  readonly quantise: boolean;
}
export type IterativeAttackItem = AnyAttackItem & {
  readonly iterations: number;
  readonly step: number;
  readonly evaluate: { readonly every: number };
  readonly select: readonly Selection[];
} & (
    | { readonly name: 'top-k'; readonly k: number }
    | { readonly name: 'mass-center' }
    | { readonly name: 'target-region'; readonly box: readonly [number, number, number, number] }
    | { readonly name: 'target-region'; readonly mask: string }
  );
export type AttackItem = IterativeAttackItem | (AnyAttackItem & { readonly name: 'random-sign' });

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
  readonly epsilon: readonly number[];
  readonly surrogate?: Surrogate;
  readonly metrics: { readonly k: number };
  readonly semantics: 'paper';
  readonly save: { readonly images: number; readonly trace: boolean };
}

/** A config of the angles between gradients and directions of largest curvature. */
export interface AnglesConfig extends CommonConfig {
  readonly task: 'angles';
}

export type Config = ResolvedConfig | AnglesConfig;

type Input = z.infer<typeof configSchema>;

const listOf = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** Gives every item an id, by default its name; two items of one id are a mistake that proposes others. */
function withIds<T extends { name: string; id?: unknown }>(
  items: readonly T[],
  field: string,
  origin: Origin,
): (T & { id: string })[] {
  const named = items.map((item) => ({
    ...item,
    id: typeof item.id === 'string' ? item.id : item.name,
  }));
  named.forEach(({ id }, i) => {
    const first = named.findIndex((other) => other.id === id);
    if (first === i) return;
    const proposals = [first, i].map((n) => {
      const other = items[n === first ? i : first]! as Raw;
      const own = items[n]! as Raw;
      const different = Object.keys(own).filter(
        (key) =>
          key !== 'name' && key !== 'id' && JSON.stringify(own[key]) !== JSON.stringify(other[key]),
      );
      const suffix = different
        .map((key) => {
          // the fields of a field that has some tell enough
          const value = JSON.stringify(own[key]).replace(/[^A-Za-z0-9.]+/g, '');
          return `-${isRecord(own[key]) ? '' : key}${value}`;
        })
        .join('');
      return `${own.name}${suffix || `-${n + 1}`}`;
    });
    throw new UserError(
      `${origin.place([field, i])}: ${field}.${i}: two items have the id ${id}, expected ids such as ${proposals.join(' and ')}`,
    );
  });
  return named;
}
type Common = Pick<Input, 'name' | 'seed' | 'model' | 'data' | 'engine' | 'output'>;

const common = (input: Common): CommonConfig => ({
  name: input.name,
  seed: input.seed ?? 1,
  model: input.model as CommonConfig['model'],
  data: { count: 'max', correct: true, ...input.data } as CommonConfig['data'],
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
  const model = input.model as ResolvedConfig['model'];
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
  const select = listOf(input.select ?? 'dissimilarity');
  const every = input.evaluate?.every ?? 1;

  const explain = withIds(input.explain as { name: string }[], 'explain', origin).map(
    (item, i): ExplainItem => {
      const given = item as typeof item & { smooth?: unknown; surrogate?: unknown };
      if (given.smooth !== undefined && given.surrogate !== undefined)
        throw wrong(
          ['explain', i],
          `${item.name}: expected at most one of smooth and surrogate, since the direction is of the smooth network itself`,
        );
      return { ...item, ...withDefaults(item) } as ExplainItem;
    },
  );

  const attack = withIds(input.attack as { name: string }[], 'attack', origin).map(
    (item, i): AttackItem => {
      const given = item as typeof item &
        Raw & {
          k?: number;
          select?: Selection | Selection[];
          box?: readonly [number, number, number, number];
          mask?: string;
        };
      if (item.name === 'random-sign') return { quantise: false, ...item } as AttackItem;
      if (item.name === 'target-region') {
        if ((given.box === undefined) === (given.mask === undefined))
          throw wrong(['attack', i], 'target-region: expected exactly one of box and mask');
        if (given.box !== undefined) {
          const [top, left, bottom, right] = given.box;
          if (top >= bottom || left >= right || bottom > height || right > width)
            throw wrong(
              ['attack', i, 'box'],
              `[${given.box.join(', ')}], expected top < bottom ≤ ${height} and left < right ≤ ${width}`,
            );
        }
      }
      const own = item.name === 'top-k' ? { k: checkK(given.k ?? k, ['attack', i, 'k']) } : {};
      return {
        iterations: 300,
        step: 0.5,
        evaluate: { every },
        quantise: false,
        ...item,
        ...own,
        select: listOf(given.select ?? select),
      } as unknown as AttackItem;
    },
  );

  return {
    ...common(input),
    task: 'attack',
    explain,
    attack,
    epsilon: input.epsilon,
    ...(input.surrogate === undefined ? {} : { surrogate: input.surrogate }),
    metrics: { k },
    semantics: input.semantics ?? 'paper',
    save: { images: input.save?.images ?? 0, trace: input.save?.trace ?? false },
  };
}

const spelling = { shorthands, lists: ['epsilon'] };
const attackForm = { ...spelling, schema: () => configSchema };
/** The schema of the task that a config names. */
const anyForm = {
  ...spelling,
  schema: ({ task }: Raw) => (task === 'angles' ? anglesSchema : configSchema),
};

/**
 * Reads a config file.
 * @param changes `field=value` pairs laid over the file, fields with dots, values in YAML
 * Throws a UserError of one line for the first mistake.
 */
export async function loadConfig(file: string, changes: readonly string[] = []): Promise<Config> {
  const { value, origin } = await readConfig(anyForm, file, changes);
  return value.task === 'angles'
    ? { ...common(value), task: 'angles' }
    : resolve(value as Input, origin);
}

/**
 * Fills in a config of an attack given as values, with changes laid over it.
 * @param place what gave a field, for messages
 * Throws a UserError for the first mistake.
 */
export function resolveConfig(
  given: Readonly<Record<string, unknown>>,
  changes: readonly string[] = [],
  place = (field: string): string => `--${field}`,
): ResolvedConfig {
  const { value, origin } = checkConfig(attackForm, given, changes, (path) =>
    place(String(path[0])),
  );
  return resolve(value, origin);
}

/** JSON with the keys of every object in order, so that equal values are written alike. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    isRecord(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v,
  );

/**
 * SHA-256 of what a config's rows depend on, in hexadecimal: all of it but where they go, how many
 * processes compute them, and how many images are asked for, since more images only add rows.
 */
export function configHash(config: Config): string {
  const { output: _, engine, data, ...rest } = config;
  const { workers: __, ...engineKept } = engine;
  const { count: ___, ...dataKept } = data;
  return createHash('sha256')
    .update(canonical({ ...rest, engine: engineKept, data: dataKept }))
    .digest('hex');
}
