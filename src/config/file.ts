// Reads a config file: YAML to plain values, plain words spelled out, changes from the command line laid
// over them, and the whole checked against a schema. A mistake is one line that names file, line, field
// and value, and what was expected.
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
import { messageOf, UserError } from '../errors.js';

/** A field that may be a plain word, short for `{ name: word }`. */
export interface Words {
  /** The words. */
  readonly names: readonly string[];
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
    // not text: the error is thrown below
  }
  throw new UserError(`${file}: not text; expected a config in YAML`);
}

/** The message for a mistake in the YAML itself. */
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
 * @param wrong makes the error of a message, at an offset in the text if one is known
 */
function plainOf(document: Document, wrong: (what: string, offset?: number) => UserError): unknown {
  visit(document, {
    Alias(_, alias, around) {
      const target = alias.resolve(document);
      const is = `*${alias.source} is an alias`;
      if (target === undefined) throw wrong(`${is} of nothing`, alias.range?.[0]);
      // such a value would be infinite
      if (around.includes(target)) throw wrong(`${is} inside its own anchor`, alias.range?.[0]);
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
  formOf: FormOf,
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

/** Replaces plain words by `{ name: word }`, and single items by lists of one. */
function spellOut(formOf: FormOf, value: Raw): Raw {
  const { words, lists } = formOf(value);
  const item = (v: unknown) => (typeof v === 'string' ? { name: v } : v);
  const out: Raw = { ...value };
  for (const [field, { list }] of Object.entries(words)) {
    if (!(field in out)) continue;
    const given = out[field];
    out[field] = list ? (Array.isArray(given) ? given : [given]).map(item) : item(given);
  }
  for (const field of lists) if (typeof out[field] === 'number') out[field] = [out[field]];
  return out;
}

/** Lays `path.to.field=value` over a config; values are read as YAML. */
function applyChange(formOf: FormOf, value: Raw, change: string): { value: Raw; path: Path } {
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
  return { value: spellOut(formOf, laid(value, 0) as Raw), path };
}

/** Text in one line: line breaks and other control characters are escaped as in JSON. */
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
/** A config that fits its form, and where each of its fields was given. */
export interface Checked<T> {
  readonly value: T;
  readonly origin: Origin;
}

/**
 * Reads a config file and checks it.
 * @param changes `field=value` pairs laid over the file, fields with dots, values in YAML
 * Throws a UserError of one line for the first mistake.
 */
export async function readConfig<S extends z.ZodObject>(
  formOf: FormOf<S>,
  file: string,
  changes: readonly string[],
): Promise<Checked<z.infer<S>>> {
  const { document, lines, value } = parseText(formOf, file, await readText(file));
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
      return by === undefined ? place(path) : `--set ${oneLine(by.change)}`;
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
