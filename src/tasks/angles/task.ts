// The task of measuring, for each image, the angle between the gradient of the class score and the direction of its
// largest curvature (Ghorbani et al. 2019, Fig. 6a). Near 90° an attack finds directions that turn the gradient without
// moving the score. A cell is an image.
import { mean, median } from 'simple-statistics';
import { PREPROCESSING_VERSION } from '../../data/resize.js';
import { openImages, type Subject } from '../../subject/subject.js';
import { IMAGES } from '../../subject/used-images.js';
import type { ImageCell } from '../../task/image-computer.js';
import { imageColumns, screened } from '../../task/image-task.js';
import type { Experiment, Task } from '../../task/task.js';
import { type AnglesConfig, anglesForm, resolveAngles } from './config.js';
import { type AngleRow, anglesTable } from './results.js';

/** Raised when a change of the task's logic changes rows. */
const VERSION = 1;

/** The table to print. */
async function finish(rows: readonly AngleRow[]): Promise<string[][]> {
  const angles = rows.flatMap(({ angle }) => angle ?? []);
  const figure = (value: number) => value.toFixed(1);
  const above = (degrees: number) =>
    `${((100 * angles.filter((a) => a > degrees).length) / angles.length).toFixed(1)} %`;
  return [
    ['images', 'mean angle', 'median', 'above 60°', 'above 80°'],
    angles.length === 0
      ? [String(rows.length), '', '', '', '']
      : [String(rows.length), figure(mean(angles)), figure(median(angles)), above(60), above(80)],
  ];
}

const cellOf = ({ image }: Pick<AngleRow, 'image'>) => ({ key: image, steps: 1, rows: 1 });

async function open(
  config: AnglesConfig,
  subject: Subject,
): Promise<Experiment<AngleRow, ImageCell>> {
  const dataset = await openImages(config, subject);
  return {
    units: screened(config, dataset),
    inputs: [],
    cellOf,
    plan(image, prediction) {
      const label = prediction?.label ?? 0;
      const columns = imageColumns(config, dataset.entries[image]!, prediction?.label);
      return [
        {
          cell: { image, label },
          ...cellOf(columns),
          group: '',
          title: 'angles',
          failed: () => [{ ...columns, status: 'failed' }],
        },
      ];
    },
    finish,
  };
}

export const anglesTask: Task<AnglesConfig, AngleRow, ImageCell> = {
  name: 'angles',
  version: VERSION,
  form: anglesForm,
  resolve: resolveAngles,
  versions: () => ({ 'task angles': VERSION, preprocessing: PREPROCESSING_VERSION }),
  file: 'angles.csv',
  table: anglesTable,
  leaves: [IMAGES, 'angles.csv'],
  open,
};
