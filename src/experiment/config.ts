// Reads a config: YAML to plain values, plain words spelled out, changes from the command line laid
// over them, checked against the schema, and every default filled in. A mistake is one line that
// names file, line, field and value, and what was expected.
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import {
  type Document,
  isMap,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type YAMLParseError,
} from 'yaml';
import type { z } from 'zod';
import type { Selection } from '../attack/index.js';
import { messageOf, UserError } from '../errors.js';
import { type ModelName, type ModelOptions, models, networkOf } from '../model/index.js';
import { configSchema, shorthands } from './schema.js';

export type Surrogate = 'none' | { readonly beta: number };

interface AnyExplainItem {
  /** What stands in the `method` column. */
  readonly id: string;
  readonly surrogate?: Surrogate;
}
export type ExplainItem = AnyExplainItem &
  (
    | { readonly name: 'gradient' }
    | { readonly name: 'gradient-x-input' }
    | {
        readonly name: 'integrated-gradients';
        readonly steps: number;
        readonly direction: { readonly steps: number };
      }
  );

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

/** A config with every default filled in. */
export interface ResolvedConfig {
  readonly name: string;
  readonly task: 'attack';
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
  readonly explain: readonly ExplainItem[];
  readonly attack: readonly AttackItem[];
  readonly epsilon: readonly number[];
  readonly surrogate?: Surrogate;
  readonly metrics: { readonly k: number };
  readonly semantics: 'paper';
  readonly save: { readonly images: number; readonly trace: boolean };
  readonly engine: { readonly name: 'auto' | 'onnx'; readonly workers?: number };
  readonly output: string;
}

type Path = readonly (string | number)[];
type Raw = Record<string, unknown>;
type Input = z.infer<typeof configSchema>;

const isRecord = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where mistakes are: a field's place in the file, or the change that set it. */
interface Origin {
  place(path: Path): string;
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (v, key) =>
      typeof v === 'object' && v !== null && Object.hasOwn(v, key) ? (v as Raw)[key] : undefined,
    value,
  );

async function readText(file: string): Promise<string> {
  const status = await stat(file).catch(() => undefined);
  if (status === undefined) throw new UserError(`${file}: no such file; expected a config in YAML`);
  if (!status.isFile()) throw new UserError(`${file}: not a file; expected a config in YAML`);
  const bytes = await readFile(file).catch((error) => {
    throw new UserError(`${file}: cannot be read: ${error.code ?? messageOf(error)}`);
  });
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // not text: said below
  }
  throw new UserError(`${file}: not text; expected a config in YAML`);
}

/** What is wrong with the YAML itself. */
function syntaxMistake({ code, message, pos }: YAMLParseError, text: string): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document, expected one config in a file';
  if (code === 'DUPLICATE_KEY') {
    const key = /^[^\s:,{}[\]]+/.exec(text.slice(pos[0]))?.[0] ?? 'a key';
    return `${key}: given twice, expected each key once`;
  }
  return `not YAML: ${oneLine(message)}`;
}

/**
 * The plain value of a document.
 * @param wrong makes the error of what is wrong, at a position in the text where there is one
 */
function plainOf(document: Document, wrong: (what: string, offset?: number) => UserError): unknown {
  visit(document, {
    Alias(_, alias, around) {
      const target = alias.resolve(document);
      const is = `*${alias.source} is an alias`;
      if (target === undefined) throw wrong(`${is} of nothing`, alias.range?.[0]);
      // such a value would have no end
      if (around.includes(target)) throw wrong(`${is} inside what it stands for`, alias.range?.[0]);
    },
  });
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw wrong(messageOf(error));
  }
}

/** The parsed document, whose nodes know their lines. */
function parseText(
  file: string,
  text: string,
): { document: Document; lines: LineCounter; value: Raw } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const mistake = document.errors[0];
  if (mistake !== undefined) {
    const line = lines.linePos(mistake.pos[0]).line;
    throw new UserError(`${file}:${line}: ${syntaxMistake(mistake, text)}`);
  }
  const value = plainOf(document, (what, offset) => {
    const place = offset === undefined ? file : `${file}:${lines.linePos(offset).line}`;
    return new UserError(`${place}: not YAML: ${oneLine(what)}`);
  });
  if (!isRecord(value))
    throw new UserError(
      `${file}: expected a config: fields such as name, model, data, explain, attack, epsilon`,
    );
  return { document, lines, value };
}

/** The line of a field, or of the nearest field around it that is in the file. */
function lineOf(document: Document, lines: LineCounter, path: Path): number {
  for (let n = path.length; n > 0; n--) {
    const parent = n === 1 ? document.contents : document.getIn(path.slice(0, n - 1), true);
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && item.key.value === path[n - 1])
      : undefined;
    const node = pair?.key ?? document.getIn(path.slice(0, n), true);
    const range = (node as { range?: readonly [number, number, number] } | undefined)?.range;
    if (range !== undefined) return lines.linePos(range[0]).line;
  }
  return 1;
}

/** Spells out plain words, and makes lists of single items. */
function spellOut(value: Raw): Raw {
  const item = (v: unknown) => (typeof v === 'string' ? { name: v } : v);
  const out: Raw = { ...value };
  for (const [field, list] of Object.entries(shorthands)) {
    if (!(field in out)) continue;
    const given = out[field];
    out[field] = list ? (Array.isArray(given) ? given : [given]).map(item) : item(given);
  }
  if (typeof out.epsilon === 'number') out.epsilon = [out.epsilon];
  return out;
}

/** Lays `path.to.field=value` over a config; values are read as YAML. */
function applyChange(value: Raw, change: string): { value: Raw; path: Path } {
  const equals = change.indexOf('=');
  const said = `--set ${oneLine(change)}`;
  if (equals < 1) throw new UserError(`${said}: expected field=value`);
  const path = change
    .slice(0, equals)
    .split('.')
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  const notYaml = (what: string) => new UserError(`${said}: not a YAML value: ${oneLine(what)}`);
  const document = parseDocument(change.slice(equals + 1), { prettyErrors: false });
  if (document.errors[0] !== undefined) throw notYaml(document.errors[0].message);
  const parsed = plainOf(document, notYaml);
  const laid = (into: unknown, depth: number): unknown => {
    const key = path[depth];
    if (key === undefined) return parsed;
    const field = path.slice(0, depth + 1).join('.');
    if (Array.isArray(into)) {
      if (typeof key !== 'number' || key > into.length)
        throw new UserError(
          `${said}: ${field}: expected the number of an item, 0 to ${into.length - 1}, or ${into.length} to add one`,
        );
      const copy = [...into];
      copy[key] = laid(copy[key], depth + 1);
      return copy;
    }
    if (into !== undefined && !isRecord(into))
      throw new UserError(
        `${said}: ${field}: ${path.slice(0, depth).join('.')} is ${shown(into)}, expected fields or a list there`,
      );
    return { ...into, [key]: laid(into?.[key], depth + 1) };
  };
  return { value: spellOut(laid(value, 0) as Raw), path };
}

/** Text without line breaks and other control characters, which are written as in JSON. */
const oneLine = (text: string): string =>
  text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));

const shown = (value: unknown): string => {
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
};

const kinds: Readonly<Record<string, string>> = {
  int: 'a whole number',
  array: 'a list',
  boolean: 'true or false',
  string: 'text',
};

function expectation(issue: z.core.$ZodIssue): string {
  const own = !/^(Invalid|Too|Unrecognized)/.test(issue.message);
  if (own) return issue.message;
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${kinds[issue.expected] ?? `a ${issue.expected}`}`;
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}`;
    case 'too_small':
      if (issue.origin === 'array') return 'expected at least one';
      return issue.inclusive
        ? `expected at least ${issue.minimum}`
        : `expected a number above ${issue.minimum}`;
    case 'too_big':
      return `expected at most ${issue.maximum}`;
    default:
      return issue.message;
  }
}

/** The mistake of one issue: place, field, value, expectation. */
function mistake(origin: Origin, value: Raw, issue: z.core.$ZodIssue): UserError {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') {
    const whole = [...path, issue.keys[0]!];
    return new UserError(
      `${origin.place(whole)}: ${oneLine(whole.join('.'))}: ${expectation(issue)}`,
    );
  }
  const given = at(value, path);
  const what = given === undefined ? 'missing' : shown(given);
  return new UserError(
    `${origin.place(path)}: ${path.join('.') || 'config'}: ${what}, ${expectation(issue)}`,
  );
}

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
        .map((key) => `-${key}${JSON.stringify(own[key]).replace(/[^A-Za-z0-9.]+/g, '')}`)
        .join('');
      return `${own.name}${suffix || `-${n + 1}`}`;
    });
    throw new UserError(
      `${origin.place([field, i])}: ${field}.${i}: two items have the id ${id}, expected ids such as ${proposals.join(' and ')}`,
    );
  });
  return named;
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
    (item): ExplainItem => {
      if (item.name !== 'integrated-gradients') return item as ExplainItem;
      const { steps = 100, direction } = item as { steps?: number; direction?: { steps: number } };
      return { ...item, name: item.name, steps, direction: direction ?? { steps } } as ExplainItem;
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
    name: input.name,
    task: input.task ?? 'attack',
    seed: input.seed ?? 1,
    model,
    data: { count: 'max', correct: true, ...input.data } as ResolvedConfig['data'],
    explain,
    attack,
    epsilon: input.epsilon,
    ...(input.surrogate === undefined ? {} : { surrogate: input.surrogate }),
    metrics: { k },
    semantics: input.semantics ?? 'paper',
    save: { images: input.save?.images ?? 0, trace: input.save?.trace ?? false },
    engine: (input.engine ?? { name: 'auto' }) as ResolvedConfig['engine'],
    output: input.output ?? `results/${input.name}`,
  };
}

/**
 * Reads a config file.
 * @param changes `field=value` pairs laid over the file, fields with dots, values in YAML
 * Throws a UserError of one line for the first mistake.
 */
export async function loadConfig(
  file: string,
  changes: readonly string[] = [],
): Promise<ResolvedConfig> {
  const { document, lines, value } = parseText(file, await readText(file));
  return check(value, changes, (path) => `${file}:${lineOf(document, lines, path)}`);
}

/** Fills in a config given as values, with changes laid over it. Throws a UserError for the first mistake. */
export const resolveConfig = (
  value: Readonly<Record<string, unknown>>,
  changes: readonly string[] = [],
): ResolvedConfig => check(value, changes, (path) => `--${path[0]}`);

function check(
  given: Raw,
  changes: readonly string[],
  place: (path: Path) => string,
): ResolvedConfig {
  const before = spellOut(given);
  let value = before;
  const changed: { path: Path; change: string }[] = [];
  for (const change of changes) {
    const applied = applyChange(value, change);
    value = applied.value;
    changed.push({ path: applied.path, change });
  }
  const origin: Origin = {
    place(path) {
      const within = (outer: Path, inner: Path) => outer.every((key, i) => inner[i] === key);
      // the outermost field around it that is not in the file, which some change must have made
      const made = path
        .map((_, i) => path.slice(0, i + 1))
        .find((outer) => at(before, outer) === undefined);
      const by =
        changed.findLast((c) => within(c.path, path)) ??
        (made && changed.findLast((c) => within(made, c.path)));
      return by === undefined ? place(path) : `--set ${oneLine(by.change)}`;
    },
  };
  const checked = configSchema.safeParse(value);
  if (!checked.success) {
    // a misspelt key is also a missing one: the misspelling is what to say
    const { issues } = checked.error;
    const unknown = issues.find(({ code }) => code === 'unrecognized_keys');
    throw mistake(origin, value, unknown ?? issues[0]!);
  }
  return resolve(checked.data, origin);
}

/** JSON with the keys of every object in order, so that equal values are written alike. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    isRecord(v) ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1))) : v,
  );

/**
 * SHA-256 of what a config's rows depend on, in hexadecimal: all of it but where they go, how many
 * processes compute them, and how many images are asked for, since more images only add rows.
 */
export function configHash(config: ResolvedConfig): string {
  const { output: _, engine, data, ...rest } = config;
  const { workers: __, ...engineKept } = engine;
  const { count: ___, ...dataKept } = data;
  return createHash('sha256')
    .update(canonical({ ...rest, engine: engineKept, data: dataKept }))
    .digest('hex');
}
