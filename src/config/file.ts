// Reads a config file: YAML to plain values, plain words spelled out, changes from the command line laid
// over them, and the whole checked against a schema. A mistake is one line that names file, line, field
// and value, and what was expected.
import { type Document, isMap, isScalar, type LineCounter } from 'yaml';
import type { z } from 'zod';
import { UserError } from '../errors.js';
import { shown } from '../shown.js';
import { parseYaml, readText } from './yaml.js';

/** A field that may be a plain word, short for `{ name: word }`. */
export interface Words {
  /** The words. */
  readonly names: readonly string[];
  /** What a word that is none of them stands for, if it is short for something else. */
  readonly short?: (word: string) => Raw | undefined;
  /** Whether the field is a list of such items, where one item may stand for a list of one. */
  readonly list?: boolean;
}

/** The fields of a kind of config. */
export interface Form<S extends z.ZodObject = z.ZodObject> {
  readonly schema: S;
  readonly words: Readonly<Record<string, Words>>;
  /** Fields that are lists of numbers, where one number may stand for a list of one. */
  readonly lists: readonly string[];
}

/** The form of a config, which may depend on a field such as `task`. */
export type FormOf<S extends z.ZodObject = z.ZodObject> = (value: Raw) => Form<S>;

export type Path = readonly (string | number)[];
export type Raw = Record<string, unknown>;
export const isRecord = (value: unknown): value is Raw =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where each field of a config was given. */
export interface Origin {
  /** A field's place in the file, or the change that set it. */
  place(path: Path): string;
  /** The error for a field: its place, its name, and what is wrong. */
  mistake(path: Path, why: string): UserError;
}

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (v, key) =>
      typeof v === 'object' && v !== null && Object.hasOwn(v, key) ? (v as Raw)[key] : undefined,
    value,
  );

/** The parsed document, whose nodes know their lines. */
function parseText(
  formOf: FormOf,
  file: string,
  text: string,
): { document: Document; lines: LineCounter; value: Raw } {
  const { document, lines, value } = parseYaml(
    text,
    (what, line) => new UserError(`${file}${line === undefined ? '' : `:${line}`}: ${what}`),
  );
  if (!isRecord(value))
    throw new UserError(
      `${file}: expected a config: fields such as ${Object.keys(formOf({}).schema.shape).join(', ')}`,
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

/** Bounds in gray levels: a part of 255, as `8/255`, is 8; anything else stays as it is. */
export function grayLevels(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(grayLevels);
  const part = typeof value === 'string' ? /^\s*(\d+(?:\.\d+)?)\s*\/\s*255\s*$/.exec(value) : null;
  return part === null ? value : Number(part[1]);
}

const inLevels = (fields: Raw): Raw =>
  Object.hasOwn(fields, 'epsilon') ? { ...fields, epsilon: grayLevels(fields.epsilon) } : fields;

/** Replaces plain words by `{ name: word }`, and single items by lists of one. */
function spellOut(formOf: FormOf, value: Raw): Raw {
  const { words, lists } = formOf(value);
  const item = (v: unknown, short?: Words['short']) =>
    typeof v === 'string' ? (short?.(v) ?? { name: v }) : isRecord(v) ? inLevels(v) : v;
  const out: Raw = { ...inLevels(value) };
  for (const [field, { list, short }] of Object.entries(words)) {
    if (!Object.hasOwn(out, field)) continue;
    const given = out[field];
    out[field] = list
      ? (Array.isArray(given) ? given : [given]).map((v) => item(v, short))
      : item(given, short);
  }
  for (const field of lists) if (typeof out[field] === 'number') out[field] = [out[field]];
  return out;
}

/** Lays `path.to.field=value` over a config; values are read as YAML. */
function applyChange(formOf: FormOf, value: Raw, change: string): { value: Raw; path: Path } {
  const equals = change.indexOf('=');
  const said = `--set ${shown(change)}`;
  if (equals < 1) throw new UserError(`${said}: expected field=value`);
  const path = change
    .slice(0, equals)
    .split('.')
    .map((key) => (/^\d+$/.test(key) ? Number(key) : key));
  const { value: parsed } = parseYaml(
    change.slice(equals + 1),
    (what) => new UserError(`${said}: ${what.replace('not YAML', 'not a YAML value')}`),
  );
  const laid = (into: unknown, depth: number): unknown => {
    const key = path[depth];
    if (key === undefined) return parsed;
    const field = shown(path.slice(0, depth + 1).join('.'));
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
        `${said}: ${field}: ${shown(path.slice(0, depth).join('.'))} is ${valueShown(into)}, expected fields or a list there`,
      );
    return { ...into, [key]: laid(into?.[key], depth + 1) };
  };
  return { value: spellOut(formOf, laid(value, 0) as Raw), path };
}

const valueShown = (value: unknown): string => {
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? 'nothing';
  // JSON leaves some control characters as they are
  return shown(text.length > 60 ? `${text.slice(0, 57)}...` : text);
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
      `${origin.place(whole)}: ${shown(whole.join('.'))}: ${expectation(issue)}`,
    );
  }
  const given = at(value, path);
  const what = given === undefined ? 'missing' : valueShown(given);
  return new UserError(
    `${origin.place(path)}: ${shown(path.join('.')) || 'config'}: ${what}, ${expectation(issue)}`,
  );
}
/** A config that fits its form, and where each of its fields was given. */
export interface Checked<T> {
  readonly value: T;
  readonly origin: Origin;
}

/**
 * Reads a config file and checks it.
 * @param changes `field=value` pairs laid over the file, fields with dots, values in YAML
 * @param otherwise for a config of another command, what it is and that command
 * Throws a UserError of one line for the first mistake.
 */
export async function readConfig<S extends z.ZodObject>(
  formOf: FormOf<S>,
  file: string,
  changes: readonly string[],
  otherwise?: (value: Raw) => string | undefined,
): Promise<Checked<z.infer<S>>> {
  const { document, lines, value } = parseText(formOf, file, await readText(file));
  const other = otherwise?.(value);
  if (other !== undefined) throw new UserError(`${file}: ${other} ${file}`);
  return checkConfig(formOf, value, changes, (path) => `${file}:${lineOf(document, lines, path)}`);
}

/**
 * Checks a config given as values, with changes laid over it.
 * @param place the place of a field that no change has set
 */
export function checkConfig<S extends z.ZodObject>(
  formOf: FormOf<S>,
  given: Raw,
  changes: readonly string[],
  place: (path: Path) => string,
): Checked<z.infer<S>> {
  const before = spellOut(formOf, given);
  let value = before;
  const changed: { path: Path; change: string }[] = [];
  for (const change of changes) {
    const applied = applyChange(formOf, value, change);
    value = applied.value;
    changed.push({ path: applied.path, change });
  }
  const origin: Origin = {
    place(path) {
      const within = (outer: Path, inner: Path) => outer.every((key, i) => inner[i] === key);
      // the outermost field around it that is not in the file: a change must have added it
      const made = path
        .map((_, i) => path.slice(0, i + 1))
        .find((outer) => at(before, outer) === undefined);
      const by =
        changed.findLast((c) => within(c.path, path)) ??
        (made && changed.findLast((c) => within(made, c.path)));
      return by === undefined ? place(path) : `--set ${shown(by.change)}`;
    },
    mistake: (path, why) => new UserError(`${origin.place(path)}: ${path.join('.')}: ${why}`),
  };
  const checked = formOf(value).schema.safeParse(value);
  if (!checked.success) {
    // a misspelled key is also a missing one: report the misspelling
    const { issues } = checked.error;
    const unknown = issues.find(({ code }) => code === 'unrecognized_keys');
    throw mistake(origin, value, unknown ?? issues[0]!);
  }
  return { value: checked.data, origin };
}
