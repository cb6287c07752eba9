// Runs whose rows belong in the same curves: attacks on the maps of one network on one data set, as when random signs
// were run on more images than the attacks that take long.
import { isDeepStrictEqual } from 'node:util';
import { colourMaps } from '../../drawing/colours.js';
import { groupBy } from '../../group-by.js';
import { type Item, type RunFolder, semanticsOf } from '../../report/run-folder.js';
import type { ResultRow } from './results.js';

/** What rows of one curve share. */
const laneOf = ({ method, attack, epsilon, select = '' }: ResultRow): string =>
  JSON.stringify([method, attack, epsilon ?? '', select]);

const lanesOf = ({ results = [] }: RunFolder) => groupBy(results, laneOf);

/** Attacks with a target of their own are compared among themselves. */
const targeted = ['target-region', 'match-target'];

const hasOwnName = ({ id, name }: Item): boolean => id !== undefined && id !== name;

/**
 * What runs of one figure share; undefined for a run that stands alone, since its attacks or methods have names of
 * their own.
 */
function keyOf({ record, results }: RunFolder): string | undefined {
  const { model, data, metrics, attack = [], explain = [] } = record.config;
  if (results === undefined || [...attack, ...explain].some(hasOwnName)) return undefined;
  const aims = targeted.filter((aim) => attack.some(({ name }) => name === aim));
  const { count: _, ...images } = data;
  return JSON.stringify([model, images.name, metrics?.k, aims, semanticsOf(record)]);
}

/** Fields of methods and attacks that may differ: they say which rows there are, or how finely was looked. */
const mayDiffer = ['direction', 'select', 'evaluate', 'explain'];

/** Whether methods or attacks of one name are the same in two lists. */
const alike = (a: readonly Item[] = [], b: readonly Item[] = []): boolean => {
  const fixed = (item: Item) =>
    Object.fromEntries(Object.entries(item).filter(([field]) => !mayDiffer.includes(field)));
  return a.every((one) => {
    const other = b.find(({ name }) => name === one.name);
    return other === undefined || isDeepStrictEqual(fixed(one), fixed(other));
  });
};

/**
 * Whether two runs go together: methods and attacks that both have are the same, each has rows the other lacks, and
 * neither has as many of a curve as the other.
 */
function together(a: RunFolder, b: RunFolder): boolean {
  const [of, than] = [a.record.config, b.record.config];
  const ofB = lanesOf(b);
  return (
    alike(of.explain, than.explain) &&
    alike(of.attack, than.attack) &&
    [...lanesOf(a)].every(([lane, rows]) => ofB.get(lane)?.length !== rows.length)
  );
}

/** Puts runs together that belong in the same figures, in the order given. */
export function groupsOf(runs: readonly RunFolder[]): RunFolder[][] {
  const groups: { key: string | undefined; runs: RunFolder[] }[] = [];
  for (const run of runs) {
    const key = keyOf(run);
    const group = groups.find(
      (g) => key !== undefined && g.key === key && g.runs.every((other) => together(other, run)),
    );
    if (group === undefined) groups.push({ key, runs: [run] });
    else group.runs.push(run);
  }
  return groups.map((group) => group.runs);
}

/** Methods as results tables name them, in the order of columns; others follow in their own. */
const order = Object.keys(colourMaps);
const placeOf = (method: string): number =>
  order.includes(method) ? order.indexOf(method) : order.length;

/** Puts rows in the order of methods; those of one stay as they are. */
export const byMethod = <T extends { readonly method: string }>(rows: readonly T[]): T[] => {
  const methods = [...new Set(rows.map(({ method }) => method))];
  return [...rows].sort(
    (a, b) =>
      placeOf(a.method) - placeOf(b.method) ||
      methods.indexOf(a.method) - methods.indexOf(b.method),
  );
};

/**
 * The rows of runs together, method by method, in each attack by attack, then by ε; a curve that several have is that
 * of the run with the most images.
 */
export function joinedRows(runs: readonly RunFolder[]): ResultRow[] {
  const lanes = new Map<string, readonly ResultRow[]>();
  for (const run of runs)
    for (const [lane, rows] of lanesOf(run))
      if (rows.length > (lanes.get(lane)?.length ?? 0)) lanes.set(lane, rows);
  const rows = [...lanes.values()].flat();
  const attacks = [...new Set(rows.map(({ attack }) => attack))];
  return byMethod(
    rows.sort(
      (a, b) =>
        attacks.indexOf(a.attack) - attacks.indexOf(b.attack) ||
        (a.epsilon ?? 0) - (b.epsilon ?? 0),
    ),
  );
}
