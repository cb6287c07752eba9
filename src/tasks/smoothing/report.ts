// Smoothing in a report: correlations of the smoothed maps against β and noise, and strips of maps.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Figure } from '../../drawing/figure.js';
import {
  overStrength,
  type Smoothed,
  type StrengthPoint,
} from '../../drawing/figures/over-strength.js';
import { galleryOfFiles } from '../../drawing/gallery.js';
import type { TextTable } from '../../drawing/text-tables.js';
import { groupBy } from '../../group-by.js';
import { readRows } from '../../record/journal.js';
import { cellKey } from '../../task/pair-task.js';
import type { RunFolder, TaskReport } from '../../task/report.js';
import { type Correlation, type SmoothingRow, smoothingTable } from './results.js';
import { STRIPS } from './strips.js';
import { byValue, smoothingSummary } from './summary.js';

/** The correlations in figures, in words. */
const lines: readonly (readonly [Correlation, string])[] = [
  ['pcc_original', 'attacked, with the original'],
  ['pcc_target', 'attacked, with the target'],
  ['pcc_clean_original', 'not attacked, with the original'],
];

const axes = { beta: 'β', noise: 'noise, % of the range' } as const;

/** The part of images that must keep their class. */
const AGREEMENT = 0.9;

/** The β up to which fewer than 90 % of the images keep their class. */
function zoneOf(rows: readonly SmoothingRow[]): [number, number] | undefined {
  const values = byValue(rows, 'beta');
  const lost = values.filter(
    ({ rows: of }) => of.filter(({ agree }) => agree).length < AGREEMENT * of.length,
  );
  return lost.length === 0 ? undefined : [values[0]!.value, lost.at(-1)!.value];
}

function smoothed(title: string, rows: readonly SmoothingRow[], kind: 'beta' | 'noise'): Smoothed {
  const percent = kind === 'noise' ? 100 : 1;
  const points = byValue(rows, kind).flatMap(({ value, rows: of }) =>
    of.flatMap((row) =>
      lines.flatMap(([column, series]): StrengthPoint[] =>
        row[column] === undefined
          ? []
          : [{ series, strength: percent * value, value: row[column] }],
      ),
    ),
  );
  return { title, axis: axes[kind], points, zone: kind === 'beta' ? zoneOf(rows) : undefined };
}

function figureOf(name: string, rows: readonly SmoothingRow[]): Figure {
  const attacks = new Set(rows.map(({ attack }) => attack)).size;
  const groups = groupBy(rows, cellKeyOf);
  return overStrength(
    `${name}-smoothing`,
    `Attacked maps of ${rows[0]!.model}, smoothed`,
    [...groups.values()].map((of) => {
      const { method, attack } = of[0]!;
      const title = attacks > 1 ? `${method}, ${attack}` : method;
      return (['beta', 'noise'] as const).map((kind) => smoothed(title, of, kind));
    }),
    ['gray: fewer than 90 % of the images keep their class on the network with softplus'],
  );
}

const cellKeyOf = ({ method, attack }: SmoothingRow): string => JSON.stringify([method, attack]);

const table = (rows: readonly SmoothingRow[]): TextTable => {
  const [head, ...body] = smoothingSummary(rows);
  return {
    title: 'Medians, and where they cross',
    notes: [
      'crossing: the β or the noise at which the attacked map correlates as well with the original as with the target; smoothed: with their smoothed maps',
    ],
    head: head!,
    numbersFrom: 2,
    rows: body,
  };
};

/** The report of the task `smoothing`. */
export const smoothingReport: TaskReport<readonly SmoothingRow[]> = {
  task: 'smoothing',
  file: 'smoothing.csv',
  doing: 'smoothing of attacked maps of',
  async read(folder, { end }) {
    const rows = await readRows(path.join(folder, 'smoothing.csv'), end !== null, {
      table: smoothingTable,
      key: cellKey,
    });
    return rows === undefined || rows.length === 0 ? undefined : rows;
  },
  show: (name, runs: readonly RunFolder<readonly SmoothingRow[]>[]) => ({
    figures: runs
      .filter(({ rows }) => rows.some(({ status }) => status === 'ok'))
      .map(({ rows }) => figureOf(name, rows)),
    tables: runs.map(({ rows }) => table(rows)),
  }),
  async gallery({ folder }) {
    const strips = path.join(folder, STRIPS);
    return existsSync(strips) ? galleryOfFiles(strips) : undefined;
  },
};
