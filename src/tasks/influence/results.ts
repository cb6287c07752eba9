// The table of attacks on influence functions, influence.csv, and its metrics.
import type { Measure } from '../../drawing/measures.js';
import { type RowOf, tableOf } from '../../record/table.js';

/**
 * The metrics in summaries and figures: they compare the influences of all training images before and after the attack.
 */
export const influenceMetrics = ['topk_intersection', 'spearman'] as const;

export const influenceMeasures: readonly Measure[] = [
  {
    column: 'topk_intersection',
    words: 'top-5 intersection',
    format: '.3f',
    range: [0, 1],
  },
  { column: 'spearman', words: 'Spearman', format: '.3f', range: [0, 1] },
];

/** Raised when their values change. */
export const influenceMetricVersions = {
  'metric topk_intersection': 1,
  'metric spearman': 1,
} satisfies Record<`metric ${(typeof influenceMetrics)[number]}`, number>;

/**
 * ε and linf are of 255, the angle is in degrees. `influence` is the sum over the three attacked training images.
 * `influential` has the names of the five most influential ones, separated by `;`, the most influential first.
 */
const columns = {
  experiment: 'text',
  model: 'text',
  dataset: 'text',
  image: 'text',
  label: 'number',
  prediction: 'number',
  attack: 'text',
  epsilon: 'number',
  status: ['ok', 'label-lost', 'no-map', 'failed'],
  label_kept: 'truth',
  confidence: 'number',
  confidence_perturbed: 'number',
  linf: 'number',
  topk_intersection: 'number',
  spearman: 'number',
  influence: 'number',
  influence_perturbed: 'number',
  angle: 'number',
  influential: 'text',
  influential_perturbed: 'text',
  seed: 'number',
  seconds: 'number',
} as const;

const required = [
  'experiment',
  'model',
  'dataset',
  'image',
  'attack',
  'epsilon',
  'status',
] as const;

/** One image under one attack and ε; `no-map` if no training example has an influence. */
export type InfluenceRow = RowOf<typeof columns, (typeof required)[number]>;

export const influenceTable = tableOf<InfluenceRow>({
  name: 'a table of influences',
  columns,
  required,
});

/** Rows for summaries, with a method: influences have none of their own. */
export const withMethod = (rows: readonly InfluenceRow[]) =>
  rows.map((row) => ({ ...row, method: 'influence' }));
