// Attacks on smoothed explanations in a report: the smoothed map against the one without smoothing, pair by pair, and
// what an attack gains against how much it changes the image.
import path from 'node:path';
import type { Figure } from '../../drawing/figure.js';
import { frontiers } from '../../drawing/figures/frontier.js';
import { paired } from '../../drawing/figures/paired.js';
import type { TextTable } from '../../drawing/text-tables.js';
import { groupBy } from '../../group-by.js';
import { readRows } from '../../record/journal.js';
import { cellKey } from '../../task/pair-task.js';
import type { RunFolder, TaskReport } from '../../task/report.js';
import type { AttackedSmoothingConfig } from './config.js';
import { counterparts, plainOf } from './counterparts.js';
import { type AttackedRow, attackedTable } from './results.js';
import { attackedSummary, frontierOf } from './summary.js';

/** The rows of a run, and its config. */
interface Attacked {
  readonly config: AttackedSmoothingConfig;
  readonly rows: readonly AttackedRow[];
}

/** The correlations with the target, with smoothing and without it. */
function scatters(name: string, { config, rows }: Attacked): Figure[] {
  const pairs = counterparts(config, rows);
  if (pairs.length === 0) return [];
  const attacks = new Set(pairs.map(({ smoothed }) => smoothed.attack)).size;
  const groups = groupBy(pairs, ({ of, smoothed }) => JSON.stringify([of, smoothed.attack]));
  return [
    paired(
      `${name}-paired`,
      `Attacked explanations of ${rows[0]!.model}, with smoothing and without`,
      [...groups.values()].map((group) => {
        const { of, smoothed } = group[0]!;
        return {
          title: attacks > 1 ? `${of}, ${smoothed.attack}` : of,
          x: 'PCC with the target, smoothed',
          y: 'not smoothed',
          points: group.map(({ smoothed: { method, image, pcc_target }, plain }) => ({
            series: method,
            x: pcc_target!,
            y: plain.pcc_target!,
            image,
          })),
        };
      }),
      ['a point for each pair; above the diagonal, the smoothed map stays farther from the target'],
    ),
  ];
}

/** Gains against changes of the image, of explanations that several attacks are on. */
function frontier(name: string, { config: { explain }, rows }: Attacked): Figure[] {
  const lines = explain.flatMap((item) => {
    const points = frontierOf(rows.filter(({ method }) => method === item.id));
    return points.length < 2 ? [] : [{ of: (plainOf(explain, item) ?? item).id, item, points }];
  });
  if (lines.length === 0) return [];
  return [
    frontiers(
      `${name}-frontier`,
      `What attacks on explanations of ${rows[0]!.model} gain`,
      [...groupBy(lines, ({ of }) => of)].map(([title, group]) => ({
        title,
        points: group.flatMap(({ item, points }) =>
          points.map((point) => ({ series: item.id, ...point })),
        ),
      })),
    ),
  ];
}

const table = ({ rows }: Attacked): TextTable => {
  const [head, ...body] = attackedSummary(rows);
  return {
    title: 'Medians over pairs',
    notes: [
      'gain: the part of the way to the target map; rms: change of the image in gray levels; fidelity: correlation of the smoothed map with the one without smoothing, not attacked; cross pcc: correlation of smoothed maps of two images for one class',
    ],
    head: head!,
    numbersFrom: 2,
    rows: body,
  };
};

/** The report of the task `attacked-smoothing`. */
export const attackedSmoothingReport: TaskReport<Attacked> = {
  task: 'attacked-smoothing',
  file: 'attacked.csv',
  doing: 'attacks on smoothed maps of',
  async read(folder, { end, config }) {
    const rows = await readRows(path.join(folder, 'attacked.csv'), end !== null, {
      table: attackedTable,
      key: cellKey,
    });
    return rows === undefined || rows.length === 0
      ? undefined
      : { config: config as AttackedSmoothingConfig, rows };
  },
  show: (name, runs: readonly RunFolder<Attacked>[]) => ({
    figures: runs.flatMap(({ rows }) => [...scatters(name, rows), ...frontier(name, rows)]),
    tables: runs.map(({ rows }) => table(rows)),
  }),
};
