// Runs whose rows belong in the same curves: attacks on the maps of one network on one data set, as when random signs
// were run on more images than the attacks that take long.
import type { ResultRow } from '../experiment/results.js';
import { colourMaps } from './colours.js';
import { groupBy } from './group-by.js';
import type { RunFolder } from './run-folder.js';

/** What rows of one curve share. */
const laneOf = ({ method, attack, epsilon, select = '' }: ResultRow): string =>
  JSON.stringify([method, attack, epsilon ?? '', select]);

const lanesOf = ({ results = [] }: RunFolder) => groupBy(results, laneOf);

/** Attacks with a target of their own are compared among themselves. */
const targeted = ['target-region', 'match-target'];

/** What runs of one figure share; undefined for a run that stands alone, since its attacks have names of their own. */
function keyOf({ record: { config }, results }: RunFolder): string | undefined {
  const { model, data, metrics, attack = [] } = config;
  if (results === undefined || attack.some(({ id, name }) => id !== undefined && id !== name))
    return undefined;
  const aims = targeted.filter((aim) => attack.some(({ name }) => name === aim));
  const { count: _, ...images } = data;
  return JSON.stringify([model, images.name, metrics?.k, aims]);
}

/** Whether each of two runs has rows the other lacks, and none has as many of a curve as the other. */
function together(a: RunFolder, b: RunFolder): boolean {
  const ofB = lanesOf(b);
  return [...lanesOf(a)].every(([lane, rows]) => ofB.get(lane)?.length !== rows.length);
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

/** The rows of runs together, method by method; a curve that several have is that of the run with the most images. */
export function joinedRows(runs: readonly RunFolder[]): ResultRow[] {
  const lanes = new Map<string, readonly ResultRow[]>();
  for (const run of runs)
    for (const [lane, rows] of lanesOf(run))
      if (rows.length > (lanes.get(lane)?.length ?? 0)) lanes.set(lane, rows);
  return [...lanes.values()].flat().sort((a, b) => placeOf(a.method) - placeOf(b.method));
}
