// The table of attacks on smoothed explanations, attacked.csv.
import { type RowOf, tableOf } from '../../record/table.js';

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
  status: ['ok', 'label-lost', 'no-map', 'failed'],
  pcc_target: 'number',
  pcc_clean_target: 'number',
  gain: 'number',
  rms: 'number',
  fidelity: 'number',
  pcc_cross: 'number',
  seed: 'number',
  seconds: 'number',
} as const;

const required = [
  ...(['experiment', 'model', 'dataset', 'image', 'method', 'attack', 'status'] as const),
] as const;

/**
 * One pair under one explanation and attack. With h_s the map of the explanation, smoothed or not, h the one without
 * smoothing, x the image, x′ the attacked one and x_t the target image: `pcc_target` of h_s(x′) and h_s(x_t),
 * `pcc_clean_target` of h_s(x) and h_s(x_t), `gain` the part of the way from the second to 1 that the attack has come,
 * `rms` the root of the mean squared change of the image in gray levels, `fidelity` of h_s(x) and h(x), `pcc_cross` of
 * h_s(x) and h_s(x_t), both for the class of x. Correlations are Pearson's.
 */
export type AttackedRow = RowOf<typeof columns, (typeof required)[number]>;

export const attackedTable = tableOf<AttackedRow>({
  name: 'a table of attacks on smoothing',
  columns,
  required,
});
