// What a folder of results belongs to: the config and the versions of whatever it uses, as far as rows depend on them.
import { createHash } from 'node:crypto';

/** Versions by what they are of, such as `method lrp` or `task attack`. */
export type Versions = Readonly<Record<string, number>>;

/** A config as far as records know it. */
export interface AnyConfig {
  readonly task: string;
  readonly name: string;
  readonly seed: number;
  readonly model: { readonly name: string };
  readonly data?: { readonly name: string };
  readonly output: string;
}

/** JSON with the keys of every object in order, so that equal values are written alike. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );

/** Fields that no row depends on: where rows go, how many processes compute them, and for how many images, since more images only add rows. */
const FREE = ['output', 'engine.workers', 'data.count'];

/** The fields of a value by their paths with dots, as JSON; an empty list or object is a field itself. */
function fieldsOf(value: unknown, at = ''): [path: string, json: string][] {
  const inside =
    typeof value === 'object' && value !== null
      ? Object.entries(value).filter(([, v]) => v !== undefined)
      : [];
  if (inside.length === 0) return [[at, canonical(value)]];
  return inside.flatMap(([key, v]) => fieldsOf(v, at === '' ? key : `${at}.${key}`));
}

/** A value as messages show it: text without quotes, unless it would pass for another value. */
function shown(json: string | undefined): string | undefined {
  if (json === undefined || !json.startsWith('"')) return json;
  const text: string = JSON.parse(json);
  return /^(-?\d|true$|false$|null$|[[{])/.test(text) ? json : text;
}

/** A field in which two configs differ; a side that lacks it is undefined. */
export interface Difference {
  readonly field: string;
  readonly before: string | undefined;
  readonly now: string | undefined;
}

/**
 * The fields in which two configs differ, as far as rows depend on them, in the order of the second.
 * @param free further fields that no row depends on
 */
export function differences(
  before: object,
  now: object,
  free: readonly string[] = [],
): Difference[] {
  const [a, b] = [new Map(fieldsOf(before)), new Map(fieldsOf(now))];
  const counts = (field: string) =>
    ![...FREE, ...free].some((one) => field === one || field.startsWith(`${one}.`));
  return [...new Set([...b.keys(), ...a.keys()])]
    .filter((field) => counts(field) && a.get(field) !== b.get(field))
    .map((field) => ({ field, before: shown(a.get(field)), now: shown(b.get(field)) }));
}

/** A value without the fields of some paths. */
function without(value: unknown, paths: readonly string[], at = ''): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, v]) => {
      const path = at === '' ? key : `${at}.${key}`;
      return paths.includes(path) ? [] : [[key, without(v, paths, path)]];
    }),
  );
}

/**
 * SHA-256, in hexadecimal, of a config as far as rows depend on it, and of the versions of what it uses.
 * @param free further fields that no row depends on
 */
export const identityHash = (
  config: object,
  versions: Versions,
  free: readonly string[] = [],
): string =>
  createHash('sha256')
    .update(canonical({ config: without(config, [...FREE, ...free]), versions }))
    .digest('hex');
