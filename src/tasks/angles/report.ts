// Angles in a report: their histogram.

import path from 'node:path';
import { histogram } from '../../drawing/figures/histogram.js';
import { readRows } from '../../record/journal.js';
import { modelName } from '../../record/model-name.js';
import type { TaskReport } from '../../task/report.js';
import { anglesTable } from './results.js';

/** The report of the task `angles`. Its rows are the angles in degrees, of the images that have one. */
export const anglesReport: TaskReport<readonly number[]> = {
  task: 'angles',
  file: 'angles.csv',
  doing: 'curvature of',
  async read(folder, { end }) {
    const rows = await readRows(path.join(folder, 'angles.csv'), end !== null, {
      table: anglesTable,
      key: ({ image }) => image,
    });
    return rows === undefined || rows.length === 0
      ? undefined
      : rows.flatMap(({ angle }) => angle ?? []);
  },
  show: (name, runs) => ({
    figures: runs
      .filter(({ rows }) => rows.length > 0)
      .map(({ rows, record }) =>
        histogram(
          `${name}-angles`,
          'Angles between gradients and directions of largest curvature',
          'angle, °',
          new Map([[modelName(record.config.model), rows]]),
          [`${rows.length} images`],
        ),
      ),
    tables: [],
  }),
};
