// The identity of a folder of results: the fields of the config that rows depend on, and the versions of the components
// that the config uses.
import { createHash } from 'node:crypto';

/** Versions by component, such as `method lrp` or `task attack`. */
export type Versions = Readonly<Record<string, number>>;

/** The fields of a config that records know. */
export interface AnyConfig {
  readonly task: string;
  readonly name: string;
  readonly seed: number;
  readonly model: { readonly name: string; readonly as?: string | undefined };
  readonly data?: { readonly name: string };
  readonly output: string;
}

/** JSON with the keys of every object sorted, so that equal values give equal text. */
export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );

/**
 * Fields that no row depends on: the output folder, the number of workers, and the number of images. More images only
 * add rows.
 */
const FREE = ['output', 'engine.workers', 'data.count'];

/**
 * The innermost fields of a value: their paths with dots, and their values as JSON. An empty list or object is a field.
 */
function fieldsOf(value: unknown, at = ''): [path: string, json: string][] {
  const inside =
    typeof value === 'object' && value !== null
      ? Object.entries(value).filter(([, v]) => v !== undefined)
      : [];
  if (inside.length === 0) return [[at, canonical(value)]];
  return inside.flatMap(([key, v]) => fieldsOf(v, at === '' ? key : `${at}.${key}`));
}

/** A value for messages: text without quotes, unless it could be mistaken for another type. */
function shown(json: string | undefined): string | undefined {
  if (json === undefined || !json.startsWith('"')) return json;
  const text: string = JSON.parse(json);
  return /^(-?\d|true$|false$|null$|[[{])/.test(text) ? json : text;
}

/** A field in which two configs differ; undefined on a side that lacks it. */
export interface Difference {
  readonly field: string;
  readonly before: string | undefined;
  readonly now: string | undefined;
}

/**
 * The fields that rows depend on and in which two configs differ, in the order of the second config.
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
 * SHA-256, in hexadecimal, of the fields of a config that rows depend on, and of the versions of the components it
 * uses.
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
