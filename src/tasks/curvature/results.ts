// The tables of curvature: curvature.csv, and paths.csv of the paths on level sets.
import { type RowOf, tableOf } from '../../record/table.js';

/** Gradient, curvatures and their bound in units of the network's input. */
const columns = {
  experiment: 'text',
  model: 'text',
  dataset: 'text',
  image: 'text',
  label: 'number',
  prediction: 'number',
  status: ['ok', 'no-map', 'failed'],
  beta: 'number',
  pools: 'truth',
  confidence: 'number',
  score: 'number',
  gradient_norm: 'number',
  lambda: 'number',
  lambda_min: 'number',
  lambda_max: 'number',
  frobenius: 'number',
  bound: 'number',
  products: 'number',
  residual: 'number',
  agree: 'truth',
  attack_kept: 'truth',
  attack_turned: 'number',
  attack_topk: 'number',
  attack_spearman: 'number',
  seed: 'number',
  seconds: 'number',
} as const;

const required = ['experiment', 'model', 'dataset', 'image', 'status', 'beta', 'pools'] as const;

/** One image at one β; `no-map` where the score has no gradient. */
export type CurvatureRow = RowOf<typeof columns, (typeof required)[number]>;

export const curvatureTable = tableOf<CurvatureRow>({
  name: 'a table of curvature',
  columns,
  required,
});

/** Lengths and curvatures in units of the network's input. */
const pathColumns = {
  experiment: 'text',
  model: 'text',
  dataset: 'text',
  image: 'text',
  label: 'number',
  prediction: 'number',
  beta: 'number',
  pools: 'truth',
  path: ['along curvature', 'to attacked'],
  point: 'number',
  length: 'number',
  straight: 'number',
  lambda: 'number',
  turned: 'number',
  arc: 'number',
  integral: 'number',
  bound: 'number',
  ratio: 'number',
  off: 'number',
  inside: 'truth',
  seed: 'number',
} as const;

const pathRequired = [
  ...(['experiment', 'model', 'dataset', 'image', 'beta', 'pools', 'path', 'point'] as const),
  ...(['length', 'straight', 'lambda', 'turned', 'arc', 'integral', 'bound'] as const),
  ...(['off', 'inside'] as const),
] as const;

/** A point of a path; the first is the image itself. */
export type PathRow = RowOf<typeof pathColumns, (typeof pathRequired)[number]>;

export const pathTable = tableOf<PathRow>({
  name: 'a table of paths',
  columns: pathColumns,
  required: pathRequired,
});
