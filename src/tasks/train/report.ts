// Trainings in a report: loss and accuracy by steps.
import path from 'node:path';
import { training } from '../../drawing/figures/training.js';
import { type Fact, worded } from '../../drawing/words.js';
import type { RunRecord } from '../../record/run-record.js';
import type { TaskReport } from '../../task/report.js';
import { freeOf, type TrainingConfig } from './config.js';
import { LOG } from './files.js';
import { type LogRow, linesOf } from './log.js';
import type { TrainingOutcome } from './training.js';

/** The number of passes over the training images, and the time of one pass. */
function passesOf({ epochs, secondsPerEpoch }: TrainingOutcome): string {
  if (secondsPerEpoch === null) return String(epochs);
  return `${epochs} of ${(secondsPerEpoch / 60).toFixed(1)} min`;
}

function facts({ config, outcome }: RunRecord): Fact[] {
  const { optimizer } = config as TrainingConfig;
  const of = outcome as TrainingOutcome | null;
  const accuracy = of?.testAccuracy;
  return [
    ['optimizer', worded(optimizer)],
    ...(of == null ? [] : [['passes', passesOf(of)] as const]),
    ...(accuracy == null
      ? []
      : [['accuracy', `${(100 * accuracy).toFixed(1)} % of the test images`] as const]),
  ];
}

export const trainReport: TaskReport<readonly LogRow[]> = {
  task: 'train',
  file: LOG,
  doing: 'training of',
  async read(folder) {
    const rows = await linesOf(path.join(folder, LOG));
    return rows.length === 0 ? undefined : rows;
  },
  show: (name, runs) => ({
    figures: runs.map(({ rows, record }) =>
      training(`${name}-training`, `Training of ${record.config.model.name}`, rows),
    ),
    tables: [],
  }),
  free: ({ config }) => freeOf(config as TrainingConfig),
  facts,
};
