// The table of attacks on influence functions, influence.csv, and its metrics.
import type { Measure } from '../../drawing/measures.js';
import { type RowOf, tableOf } from '../../record/table.js';

/** The metrics that summaries and figures show: of the influences of all training images before and after. */
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
 * ε and linf of 255, the angle in degrees. Influence is the sum of that of the three images that are attacked; the
 * names of the five most influential have ; between, the first first.
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

/** One image under one attack and ε; `no-map` where no training example has an influence. */
export type InfluenceRow = RowOf<typeof columns, (typeof required)[number]>;

export const influenceTable = tableOf<InfluenceRow>({
  name: 'a table of influences',
  columns,
  required,
});

/** Rows as summaries take them: influences have no method. */
export const withMethod = (rows: readonly InfluenceRow[]) =>
  rows.map((row) => ({ ...row, method: 'influence' }));
