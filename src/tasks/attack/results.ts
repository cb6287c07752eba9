// The tables an attack's results go to.
import { type RowOf, tableOf } from '../../record/table.js';

const statuses = ['ok', 'label-lost', 'no-map', 'failed'] as const;

const metrics = {
  topk_intersection: 'number',
  spearman: 'number',
  kendall: 'number',
  center_shift: 'number',
  ssim: 'number',
  pcc: 'number',
  mse: 'number',
} as const;

const targetMetrics = {
  target_ssim: 'number',
  target_pcc: 'number',
  target_mse: 'number',
} as const;

export type MetricColumn = keyof typeof metrics;

/** Metrics of a map against the clean one. */
export const metricColumns = Object.keys(metrics) as readonly MetricColumn[];

/** Metrics of a map against the one an image is to be given. */
export const targetColumns = Object.keys(targetMetrics) as readonly (keyof typeof targetMetrics)[];

const columns = {
  experiment: 'text',
  model: 'text',
  dataset: 'text',
  image: 'text',
  label: 'number',
  prediction: 'number',
  method: 'text',
  attack: 'text',
  epsilon: 'number',
  select: 'text',
  iterations: 'number',
  best_iteration: 'number',
  status: statuses,
  label_kept: 'truth',
  confidence: 'number',
  confidence_perturbed: 'number',
  linf: 'number',
  ...metrics,
  target_image: 'text',
  ...targetMetrics,
  image_ssim: 'number',
  image_pcc: 'number',
  image_mse: 'number',
  output_change: 'number',
  logit_mse_half: 'number',
  softmax_mse_half: 'number',
  seed: 'number',
  seconds: 'number',
  region_share: 'number',
  region_share_perturbed: 'number',
} as const;

const required = ['experiment', 'model', 'dataset', 'image', 'method', 'attack', 'status'] as const;

/** One image under one method, attack, ε and selection rule. */
export type ResultRow = RowOf<typeof columns, (typeof required)[number]>;

export const resultsTable = tableOf<ResultRow>({
  name: 'a results table',
  columns,
  required,
  added: ['region_share', 'region_share_perturbed'],
});

/** The columns of results.csv. */
export const resultColumns = resultsTable.columns as readonly (keyof typeof columns)[];

const trace = {
  image: 'text',
  method: 'text',
  attack: 'text',
  epsilon: 'number',
  iteration: 'number',
  D: 'number',
  label_kept: 'truth',
  ...metrics,
  ...targetMetrics,
} as const;

/** The columns of trace.csv, one row per evaluated iterate. */
export const traceColumns: readonly string[] = Object.keys(trace);
export type TraceRow = RowOf<
  typeof trace,
  Exclude<keyof typeof trace, 'epsilon' | 'D' | keyof typeof metrics | keyof typeof targetMetrics>
>;
