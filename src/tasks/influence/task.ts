// The task of attacking influence functions (Ghorbani et al. 2019, Fig. 4): a cell is an image under all attacks
// and ε, which share its clean influences and one gradient.
import path from 'node:path';
import { mean } from 'simple-statistics';
import { makeFolder } from '../../folder.js';
import { summarize, writeSummary } from '../../record/summary.js';
import { openImages, type Subject } from '../../subject/subject.js';
import { IMAGES } from '../../subject/used-images.js';
import type { ImageCell } from '../../task/image-computer.js';
import { imageColumns, screened } from '../../task/image-task.js';
import type { Experiment, Found, Task } from '../../task/task.js';
import {
  INFLUENCE_TASK_VERSION,
  type InfluenceConfig,
  influenceForm,
  influenceVersions,
  resolveInfluence,
} from './config.js';
import { fitConfigHead } from './head.js';
import { PANELS, type ShownAttack, savePanel } from './panel.js';
import { type InfluenceRow, influenceMetrics, influenceTable, withMethod } from './results.js';
import { openTraining } from './training-set.js';

/** The result of the cell of an image; `shown` is for panels, when the config asks for some. */
export interface InfluenceFound extends Found<InfluenceRow> {
  readonly shown: readonly ShownAttack[];
}

/** Writes summary.csv and returns the table to print. */
async function finish(folder: string, rows: readonly InfluenceRow[]): Promise<string[][]> {
  const summary = summarize(withMethod(rows), influenceMetrics);
  await writeSummary(path.join(folder, 'summary.csv'), summary, influenceMetrics);
  const figure = (value: unknown, digits: number) =>
    typeof value === 'number' ? value.toFixed(digits) : '';
  const angles = rows.flatMap(({ angle }) => angle ?? []);
  const known = rows.filter(({ label }) => label !== undefined);
  const right = known.filter(({ label, prediction }) => label === prediction).length;
  return [
    ['attack', 'ε', 'images', 'label lost', 'spearman', 'top-5', 'accuracy', 'mean angle'],
    ...summary.map((row) => [
      String(row.attack),
      String(row.epsilon),
      String(row.n),
      String(row.n_label_lost),
      figure(row.spearman_mean, 3),
      figure(row.topk_intersection_mean, 3),
      known.length === 0 ? '' : `${((100 * right) / known.length).toFixed(1)} %`,
      angles.length === 0 ? '' : `${mean(angles).toFixed(1)}°`,
    ]),
  ];
}

type AnyFound = InfluenceFound | Found<InfluenceRow>;

async function open(
  config: InfluenceConfig,
  subject: Subject,
): Promise<Experiment<InfluenceRow, ImageCell, AnyFound>> {
  const dataset = await openImages(config, subject, 'own');
  const training = await openTraining(config, dataset, subject.dataRoot);
  const { attack, epsilon, save, output } = config;
  const rows = attack.length * epsilon.length;
  const cellOf = ({ image }: Pick<InfluenceRow, 'image'>) => ({ key: image, steps: 1, rows });
  return {
    units: screened(config, dataset),
    inputs: [{ of: 'training images', file: config.training.name, sha256: training.sha256 }],
    cellOf,
    plan(image, prediction) {
      const label = prediction?.label ?? 0;
      const columns = imageColumns(config, dataset.entries[image]!, prediction?.label);
      return [
        {
          cell: { image, label },
          ...cellOf(columns),
          group: '',
          title: 'influence',
          failed: () =>
            attack.flatMap((item) =>
              epsilon.map((e) => ({
                ...columns,
                ...{ attack: item.id, epsilon: e, status: 'failed' as const },
              })),
            ),
        },
      ];
    },
    prepare: (crew) => fitConfigHead(config, training, subject, crew),
    async keep(found, place) {
      if (place >= save.images || !('shown' in found)) return;
      const folder = path.join(output, PANELS);
      await makeFolder(folder);
      for (const shown of found.shown)
        await savePanel(folder, shown, training, subject.network.network);
    },
    finish: (rows) => finish(output, rows),
  };
}

export const influenceTask: Task<InfluenceConfig, InfluenceRow, ImageCell, AnyFound> = {
  name: 'influence',
  version: INFLUENCE_TASK_VERSION,
  form: influenceForm,
  resolve: resolveInfluence,
  versions: influenceVersions,
  file: 'influence.csv',
  table: influenceTable,
  leaves: [IMAGES, 'influence.csv', 'summary.csv', PANELS],
  open,
};
