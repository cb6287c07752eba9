// The table of angles, angles.csv.
import { type RowOf, tableOf } from '../../record/table.js';

/** Angle in degrees; eigenvalue and gradient in units of the score and gray levels. */
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

export const anglesTable = tableOf<AngleRow>({ name: 'a table of angles', columns, required });
