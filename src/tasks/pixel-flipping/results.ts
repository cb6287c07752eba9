// The table of pixel-flipping, flipping.csv.
import { type RowOf, tableOf } from '../../record/table.js';

const columns = {
  experiment: 'text',
  model: 'text',
  dataset: 'text',
  image: 'text',
  label: 'number',
  prediction: 'number',
  method: 'text',
  status: ['ok', 'no-map', 'failed'],
  percent: 'number',
  correct: 'truth',
  confidence: 'number',
  seed: 'number',
  seconds: 'number',
} as const;

const required = [
  ...(['experiment', 'model', 'dataset', 'image', 'method', 'status'] as const),
  'percent',
] as const;

/**
 * One image whose most salient pixels are removed, under one method. `correct`: whether the network predicts the
 * image's label, or without labels the class that it predicts for the whole image; `confidence`: the softmax of the class
 * that it predicts for the whole image.
 */
export type FlippingRow = RowOf<typeof columns, (typeof required)[number]>;

export const flippingTable = tableOf<FlippingRow>({
  name: 'a table of pixel-flipping',
  columns,
  required,
});
