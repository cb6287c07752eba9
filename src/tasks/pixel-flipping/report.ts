// Pixel-flipping in a report: accuracy and confidence against the part of the pixels that is removed, and areas.
import path from 'node:path';
import { mean } from 'simple-statistics';
import type { Figure } from '../../drawing/figure.js';
import { overPercent, type PercentPoint } from '../../drawing/figures/over-percent.js';
import type { TextTable } from '../../drawing/text-tables.js';
import { groupBy } from '../../group-by.js';
import { readRows } from '../../record/journal.js';
import type { RunFolder, TaskReport } from '../../task/report.js';
import { cellKey } from './plan.js';
import { type FlippingRow, flippingTable } from './results.js';
import { flippingSummary } from './summary.js';

/** The means of one quantity over images. */
function curves(
  rows: readonly FlippingRow[],
  valueIn: (row: FlippingRow) => number,
): PercentPoint[] {
  const ok = rows.filter(({ status }) => status === 'ok');
  return [...groupBy(ok, ({ method, percent }) => JSON.stringify([method, percent])).values()].map(
    (of) => ({
      ...{ series: of[0]!.method, percent: of[0]!.percent, images: of.length },
      value: mean(of.map(valueIn)),
    }),
  );
}

const figureOf = (name: string, rows: readonly FlippingRow[]): Figure =>
  overPercent(
    `${name}-flipping`,
    `What ${rows[0]!.model} predicts without the most salient pixels`,
    [
      { title: 'accuracy', points: curves(rows, ({ correct }) => Number(correct)) },
      { title: 'confidence', points: curves(rows, ({ confidence }) => confidence!) },
    ],
  );

const table = (rows: readonly FlippingRow[]): TextTable => {
  const [head, ...body] = flippingSummary(rows);
  return {
    title: 'Areas under the curves',
    notes: [
      'means over the percents of pixels removed, with 95 % intervals by bootstrap over images; −: the difference from the first method, image by image',
    ],
    head: head!,
    numbersFrom: 1,
    rows: body,
  };
};

/** The report of the task `pixel-flipping`. */
export const pixelFlippingReport: TaskReport<readonly FlippingRow[]> = {
  task: 'pixel-flipping',
  file: 'flipping.csv',
  doing: 'pixel-flipping of',
  async read(folder, { end }) {
    const rows = await readRows(path.join(folder, 'flipping.csv'), end !== null, {
      table: flippingTable,
      key: cellKey,
    });
    return rows === undefined || rows.length === 0 ? undefined : rows;
  },
  show: (name, runs: readonly RunFolder<readonly FlippingRow[]>[]) => ({
    figures: runs
      .filter(({ rows }) => rows.some(({ status }) => status === 'ok'))
      .map(({ rows }) => figureOf(name, rows)),
    tables: runs.map(({ rows }) => table(rows)),
  }),
};
