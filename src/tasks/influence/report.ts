// Attacks on influence functions in a report: curves, the histogram of angles, and panels.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Figure } from '../../drawing/figure.js';
import { histogram } from '../../drawing/figures/histogram.js';
import { thereIn } from '../../drawing/figures/means.js';
import { MEANS, overEpsilon, underOf } from '../../drawing/figures/over-epsilon.js';
import { galleryOfFiles } from '../../drawing/gallery.js';
import { meansTable } from '../../drawing/text-tables.js';
import { itemOf, itemsOf, worded } from '../../drawing/words.js';
import { readRows } from '../../record/journal.js';
import { summarize } from '../../record/summary.js';
import type { RunFolder, Shown, TaskReport } from '../../task/report.js';
import type { InfluenceConfig } from './config.js';
import { PANELS } from './panel.js';
import {
  type InfluenceRow,
  influenceMeasures,
  influenceMetrics,
  influenceTable,
  withMethod,
} from './results.js';

type InfluenceFolder = RunFolder<readonly InfluenceRow[]>;

/** The histogram of angles. An image has one angle, the same for every ε. */
function anglesFigure(name: string, rows: readonly InfluenceRow[]): Figure[] {
  const angles = new Map(
    rows.flatMap(({ image, angle }) => (angle === undefined ? [] : [[image, angle]])),
  );
  if (angles.size === 0) return [];
  return [
    histogram(
      `${name}-angles`,
      'Angles between the gradients of influence and score',
      'angle, °',
      new Map([[rows[0]!.model, [...angles.values()]]]),
      [`${angles.size} images`],
    ),
  ];
}

function showOne(name: string, { rows }: InfluenceFolder): Shown {
  const summary = summarize(withMethod(rows), influenceMetrics);
  const { model, dataset } = rows[0]!;
  return {
    figures: [
      overEpsilon({
        name: `${name}-influence`,
        title: `What is left of influences on ${model} for ${dataset}${underOf(summary)}`,
        rows: summary,
        measures: influenceMeasures,
        published: [],
        notes: [MEANS],
      }),
      ...anglesFigure(name, rows),
    ],
    tables: [meansTable(summary, thereIn(summary, influenceMeasures))],
  };
}

export const influenceReport: TaskReport<readonly InfluenceRow[]> = {
  task: 'influence',
  file: 'influence.csv',
  doing: 'attacks on influences on',
  async read(folder, { end }) {
    const rows = await readRows(path.join(folder, 'influence.csv'), end !== null, {
      table: influenceTable,
      key: ({ image }) => image,
    });
    return rows === undefined || rows.length === 0 ? undefined : rows;
  },
  show(name, runs) {
    const each = runs.map((run) => showOne(name, run));
    return {
      figures: each.flatMap(({ figures }) => figures),
      tables: each.flatMap(({ tables }) => tables),
    };
  },
  facts(record) {
    const { training, influence, attack, epsilon } = record.config as InfluenceConfig;
    return [
      ['attacks', itemsOf(attack)],
      ['ε', `${epsilon.join(', ')} of 255`],
      ['training', itemOf(training)],
      ['influence', worded(influence)],
    ];
  },
  gallery: async ({ folder }) =>
    existsSync(path.join(folder, PANELS)) ? galleryOfFiles(path.join(folder, PANELS)) : undefined,
};
