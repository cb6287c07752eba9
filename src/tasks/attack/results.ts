// The tables of an attack: results.csv and trace.csv.
import { type RowOf, tableOf } from '../../record/table.js';
import { addedMetrics, columnsOf, metricsOf } from './metrics.js';

const statuses = ['ok', 'label-lost', 'no-map', 'failed'] as const;

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
  ...columnsOf(metricsOf('clean', 'perturbed', 'maps')),
  target_image: 'text',
  ...columnsOf(metricsOf('target', 'images', 'outputs')),
  seed: 'number',
  seconds: 'number',
  ...columnsOf(metricsOf('region')),
  explained: 'number',
} as const;

const required = ['experiment', 'model', 'dataset', 'image', 'method', 'attack', 'status'] as const;

/** One image under one method, attack, ε and selection rule. */
export type ResultRow = RowOf<typeof columns, (typeof required)[number]>;

export const resultsTable = tableOf<ResultRow>({
  name: 'a results table',
  columns,
  required,
  added: [...addedMetrics, 'explained'],
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
  ...columnsOf(metricsOf('maps', 'target')),
} as const;

const always = ['image', 'method', 'attack', 'iteration', 'label_kept'] as const;

/** One evaluated iterate. */
export type TraceRow = RowOf<typeof trace, (typeof always)[number]>;

export const traceTable = tableOf<TraceRow>({
  name: 'a trace',
  columns: trace,
  required: always,
  added: [...metricsOf('target'), ...addedMetrics],
});
