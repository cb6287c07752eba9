// Changes of values of fields and lists, such as a parsed config or the header of a file.
import type { Random } from '../random.js';
import { chance, oddText, pick } from './mutate.js';

type Path = readonly (string | number)[];
type Fields = Readonly<Record<string, unknown>>;

/** Lists inside lists. */
const nested = (depth: number): unknown => {
  let value: unknown = [];
  for (let i = 0; i < depth; i++) value = [value];
  return value;
};

const oddValues: readonly (() => unknown)[] = [
  ...[0, -1, -0, 0.5, 1e-320, 1e308, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53), 255, 256, 1e6].map(
    (n) => () => n,
  ),
  ...[Number.POSITIVE_INFINITY, Number.NaN, null, true, false].map((v) => () => v),
  () => [],
  () => ({}),
  () => nested(20),
  () => nested(500),
  () => Array.from({ length: 3000 }, (_, i) => i),
  () => ({ name: 'constructor' }),
];

const oddValue = (random: Random): unknown =>
  chance(0.5, random) ? pick(oddText, random) : pick(oddValues, random)();

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value);

const inside = (value: unknown): readonly (readonly [string | number, unknown])[] => {
  if (Array.isArray(value)) return value.map((v, i) => [i, v] as const);
  return isFields(value) ? Object.entries(value) : [];
};

/** The paths of everything in a value, that of the value itself first. */
const placesIn = (value: unknown, at: Path = []): Path[] => [
  at,
  ...inside(value).flatMap(([key, v]) => placesIn(v, [...at, key])),
];

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce((v: unknown, key) => (v as Record<string | number, unknown>)[key], value);

/** Stands for a field that is left out. */
const GONE = Symbol('gone');

function replaced(value: unknown, root: unknown, random: Random): unknown {
  switch (random.below(8)) {
    case 0:
      return GONE;
    case 1:
      return [value];
    case 2:
      return { name: value };
    case 3:
      return valueAt(root, pick(placesIn(root), random));
    default:
      return oddValue(random);
  }
}

function changedAt(value: unknown, path: Path, change: (value: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  const entries = inside(value).flatMap(([k, v]) => {
    const now = k === key ? changedAt(v, rest, change) : v;
    return now === GONE ? [] : [[k, now] as const];
  });
  return Array.isArray(value) ? entries.map(([, v]) => v) : Object.fromEntries(entries);
}

/** A value with one of its parts changed, left out, or called otherwise. */
export function changedValue(value: unknown, random: Random): unknown {
  const path = pick(placesIn(value), random);
  const there = valueAt(value, path);
  if (isFields(there) && Object.keys(there).length > 0 && chance(0.3, random)) {
    const renamed = pick(Object.keys(there), random);
    const name = pick([...oddText, ...Object.keys(there)], random);
    // entries, so that __proto__ is a key like any other
    return changedAt(value, path, (fields) =>
      Object.fromEntries(
        Object.entries(fields as Fields).map(([key, v]) => [key === renamed ? name : key, v]),
      ),
    );
  }
  const changed = changedAt(value, path, (part) => replaced(part, value, random));
  return changed === GONE ? null : changed;
}
