// Joins runs whose rows belong in the same curves: attacks on the maps of one network on one data set. For example,
// random signs may be run on more images than slow attacks.
import { isDeepStrictEqual } from 'node:util';
import { methodNames } from '../../config/methods.js';
import type { TracePoint } from '../../drawing/figures/trace.js';
import { groupBy } from '../../group-by.js';
import { compareBounds, nameOfBound } from '../../record/bound.js';
import type { RunFolder } from '../../task/report.js';
import type { AttackConfig } from './config.js';
import type { ResultRow } from './results.js';

/** The tables of a run. */
export interface AttackRows {
  readonly config: AttackConfig;
  readonly results: readonly ResultRow[];
  readonly trace: readonly (TracePoint & Pick<ResultRow, 'epsilon'>)[];
}

type AttackFolder = RunFolder<AttackRows>;

/** The key of a row's curve. */
const laneOf = ({ method, attack, epsilon, select = '' }: ResultRow): string =>
  JSON.stringify([method, attack, nameOfBound(epsilon), select]);

const lanesOf = ({ rows: { results } }: AttackFolder) => groupBy(results, laneOf);

/** Attacks with a target, which are compared among themselves only. */
const targeted = ['target-region', 'match-target'];

/** An item of `explain` or `attack`. */
interface Named {
  readonly name: string;
  readonly id: string;
}

const hasOwnName = ({ id, name }: Named): boolean => id !== name;

/**
 * The key of a run's figure; undefined for a run that stands alone because its attacks or methods have ids of their
 * own.
 */
function keyOf({ rows: { config } }: AttackFolder): string | undefined {
  const { model, data, metrics, attack, explain, semantics } = config;
  if ([...attack, ...explain].some(hasOwnName)) return undefined;
  const aims = targeted.filter((aim) => attack.some(({ name }) => name === aim));
  return JSON.stringify([
    ...[model.name, model.weights, model.file, model.as, model.pool, model.width, model.batchNorm],
    ...[data.name, metrics.k, aims, semantics],
  ]);
}

/** Fields of methods and attacks that may differ: they decide which rows exist, or how fine the search is. */
const mayDiffer = ['direction', 'select', 'evaluate', 'explain', 'directions'];

/** Whether methods or attacks of one name are the same in two lists. */
const alike = (a: readonly Named[], b: readonly Named[]): boolean => {
  const fixed = (item: Named) =>
    Object.fromEntries(Object.entries(item).filter(([field]) => !mayDiffer.includes(field)));
  return a.every((one) => {
    const other = b.find(({ name }) => name === one.name);
    return other === undefined || isDeepStrictEqual(fixed(one), fixed(other));
  });
};

/**
 * Whether two runs share a figure: their keys and the methods and attacks that both have are the same, and no curve has
 * equally many rows in both.
 */
export function together(a: AttackFolder, b: AttackFolder): boolean {
  const [of, than] = [a.rows.config, b.rows.config];
  const key = keyOf(a);
  const ofB = lanesOf(b);
  return (
    key !== undefined &&
    key === keyOf(b) &&
    alike(of.explain, than.explain) &&
    alike(of.attack, than.attack) &&
    [...lanesOf(a)].every(([lane, rows]) => ofB.get(lane)?.length !== rows.length)
  );
}

/** The order of methods in the columns of figures. Methods with other ids follow, in the order of the rows. */
const order: readonly string[] = methodNames;
const placeOf = (method: string): number =>
  order.includes(method) ? order.indexOf(method) : order.length;

/** Sorts rows by method; rows of one method keep their order. */
export const byMethod = <T extends { readonly method: string }>(rows: readonly T[]): T[] => {
  const methods = [...new Set(rows.map(({ method }) => method))];
  return [...rows].sort(
    (a, b) =>
      placeOf(a.method) - placeOf(b.method) ||
      methods.indexOf(a.method) - methods.indexOf(b.method),
  );
};

/**
 * The rows of several runs, sorted by method, then attack, then ε. A curve that is in several runs is taken from the
 * run with the most images.
 */
export function joinedRows(runs: readonly AttackFolder[]): ResultRow[] {
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
        compareBounds(a.epsilon, b.epsilon),
    ),
  );
}
