// What the columns of result tables are called in figures and tables, how their numbers are written, and what range
// an axis has.
import { extent } from 'simple-statistics';

export interface Measure {
  /** Column of the table. */
  readonly column: string;
  readonly words: string;
  /** How a number is written, as d3-format has it. */
  readonly format: string;
  /** The whole range, where a figure shows all of it. */
  readonly range?: readonly [number, number];
}

const measures = {
  topk_intersection: { words: 'top-k intersection', format: '.3f', range: [0, 1] },
  spearman: { words: 'Spearman', format: '.3f', range: [0, 1] },
  kendall: { words: 'Kendall', format: '.3f' },
  center_shift: { words: 'centre shift, pixels', format: '.2f' },
  region_share: { words: 'saliency in the region, before', format: '.3f' },
  region_share_perturbed: { words: 'saliency in the region', format: '.3f' },
  ssim: { words: 'SSIM', format: '.3f' },
  pcc: { words: 'PCC', format: '.3f' },
  mse: { words: 'MSE', format: '.2e' },
  target_ssim: { words: 'SSIM with the target map', format: '.3f' },
  target_pcc: { words: 'PCC with the target map', format: '.3f' },
  target_mse: { words: 'MSE from the target map', format: '.2e' },
  image_ssim: { words: 'SSIM of the images', format: '.4f' },
  image_pcc: { words: 'PCC of the images', format: '.4f' },
  image_mse: { words: 'MSE of the images', format: '.2e' },
  output_change: { words: 'output change', format: '.3f' },
} as const satisfies Record<string, Omit<Measure, 'column'>>;

export type MeasureName = keyof typeof measures;

export const measureOf = (column: MeasureName): Measure => ({ column, ...measures[column] });

/** What figures of attacks show, as Figs. 3, 12 and 13 of Ghorbani et al. 2019; the share is of attacks on a region. */
export const attackMeasures: readonly Measure[] = [
  measureOf('topk_intersection'),
  measureOf('spearman'),
  measureOf('center_shift'),
  measureOf('region_share_perturbed'),
];

/** What figures of manipulations show: the map against its target, then the image and the output against the clean. */
export const matchMeasures: readonly (readonly Measure[])[] = [
  [measureOf('target_ssim'), measureOf('target_pcc'), measureOf('target_mse')],
  [measureOf('image_ssim'), measureOf('image_pcc'), measureOf('image_mse')],
  [measureOf('output_change')],
];

/** What figures of influence show: the most influential examples are five. */
export const influenceMeasures: readonly Measure[] = [
  { ...measureOf('topk_intersection'), words: 'top-5 intersection' },
  measureOf('spearman'),
];

/** The scale of an axis: the measure's whole range, wider where a correlation is below zero; or from zero up. */
export function scaleOf({ range }: Measure, values: readonly number[]): object {
  const [low, high] = extent([...values]);
  if (range === undefined) return { domain: [Math.min(0, low), high > 0 ? high : 1], nice: true };
  return { domain: [Math.min(range[0], low), range[1]] };
}
