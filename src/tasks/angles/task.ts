// The task of measuring, for each image, the angle between the gradient of the class score and the direction
// of its largest curvature (Ghorbani et al. 2019, Fig. 6a): near 90° an attack finds directions that turn
// the gradient without moving the score.
import { mean, median } from 'simple-statistics';
import type { ImageEntry } from '../../data/dataset.js';
import { type RowOf, tableOf } from '../../record/table.js';
import { ImageTask, subjectOf } from '../../task/image-task.js';
import type { AnyCell } from '../../task/task.js';
import type { AnglesConfig } from '../attack/config.js';

/** Angle in degrees; eigenvalue and gradient in units of the score and grey levels. */
const columns = {
  experiment: 'text',
  model: 'text',
  dataset: 'text',
  image: 'text',
  label: 'number',
  prediction: 'number',
  status: ['ok', 'no-map', 'failed'],
  confidence: 'number',
  angle: 'number',
  eigenvalue: 'number',
  gradient_norm: 'number',
  residual: 'number',
  products: 'number',
  seed: 'number',
  seconds: 'number',
} as const;

const required = ['experiment', 'model', 'dataset', 'image', 'status'] as const;

/** One image; `no-map` where the score has no gradient or no curvature. */
export type AngleRow = RowOf<typeof columns, (typeof required)[number]>;

export class AnglesTask extends ImageTask<AnglesConfig, AngleRow> {
  readonly file = 'angles.csv';
  readonly table = tableOf<AngleRow>({ name: 'a table of angles', columns, required });

  failed(_: AnyCell, entry: ImageEntry, prediction: number): AngleRow[] {
    return [{ ...subjectOf(this.config, entry, prediction), status: 'failed' }];
  }

  async finish(rows: readonly AngleRow[]): Promise<string[][]> {
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
}
