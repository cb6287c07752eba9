// The table of smoothing, smoothing.csv: correlations of smoothed maps, before and after an attack.
import { type RowOf, tableOf } from '../../record/table.js';

/** Correlations are Pearson's. `value` is a β, or a noise as a part of the clean image's range. */
const columns = {
  experiment: 'text',
  model: 'text',
  dataset: 'text',
  image: 'text',
  target_image: 'text',
  label: 'number',
  prediction: 'number',
  method: 'text',
  attack: 'text',
  smoothing: ['beta', 'noise', 'none'],
  value: 'number',
  agree: 'truth',
  status: ['ok', 'label-lost', 'no-map', 'failed'],
  pcc_original: 'number',
  pcc_target: 'number',
  pcc_smoothed_original: 'number',
  pcc_smoothed_target: 'number',
  pcc_clean_original: 'number',
  pcc_clean_target: 'number',
  pcc_cross: 'number',
  seed: 'number',
  seconds: 'number',
} as const;

const required = [
  ...(['experiment', 'model', 'dataset', 'image', 'method', 'attack'] as const),
  ...(['smoothing', 'status'] as const),
] as const;

/**
 * One pair under one method, attack and smoothing. With h the map without smoothing, h_s the smoothed one, x the image,
 * x′ the attacked one and x_t the target image: `pcc_original` of h_s(x′) and h(x), `pcc_target` of h_s(x′) and h(x_t),
 * `pcc_smoothed_original` and `pcc_smoothed_target` with h_s(x) and h_s(x_t) instead, `pcc_clean_original` and
 * `pcc_clean_target` of h_s(x) with h(x) and h(x_t), `pcc_cross` of h_s(x) and h_s(x_t), both for the class of x.
 * `agree`: whether the network with softplus_β predicts the class of the ReLU network for x.
 */
export type SmoothingRow = RowOf<typeof columns, (typeof required)[number]>;

export const smoothingTable = tableOf<SmoothingRow>({
  name: 'a table of smoothing',
  columns,
  required,
});

/** The correlations of a row. */
export type Correlation = Extract<keyof SmoothingRow, `pcc_${string}`>;
