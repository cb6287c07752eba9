// The tables an attack's results go to.
import { tableOf } from './table.js';

const statuses = ['ok', 'label-lost', 'no-map', 'failed'] as const;
export type Status = (typeof statuses)[number];

/** Metrics of a map or image against the clean one. */
export const metricColumns = [
  'topk_intersection',
  'spearman',
  'kendall',
  'center_shift',
  'ssim',
  'pcc',
  'mse',
] as const;

const numberColumns = [
  'label',
  'prediction',
  'epsilon',
  'iterations',
  'best_iteration',
  'confidence',
  'confidence_perturbed',
  'linf',
  ...metricColumns,
  'target_ssim',
  'target_pcc',
  'target_mse',
  'image_ssim',
  'image_pcc',
  'image_mse',
  'output_change',
  'logit_mse_half',
  'softmax_mse_half',
  'seed',
  'seconds',
] as const;
type NumberColumn = (typeof numberColumns)[number];

/** The columns of results.csv. */
export const resultColumns = [
  'experiment',
  'model',
  'dataset',
  'image',
  'label',
  'prediction',
  'method',
  'attack',
  'epsilon',
  'select',
  'iterations',
  'best_iteration',
  'status',
  'label_kept',
  'confidence',
  'confidence_perturbed',
  'linf',
  ...metricColumns,
  'target_image',
  'target_ssim',
  'target_pcc',
  'target_mse',
  'image_ssim',
  'image_pcc',
  'image_mse',
  'output_change',
  'logit_mse_half',
  'softmax_mse_half',
  'seed',
  'seconds',
] as const;

/** One image under one method, attack, ε and selection rule. */
export type ResultRow = {
  readonly experiment: string;
  readonly model: string;
  readonly dataset: string;
  readonly image: string;
  readonly method: string;
  readonly attack: string;
  readonly epsilon: number;
  readonly status: Status;
  readonly select?: string | undefined;
  readonly label_kept?: boolean | undefined;
  readonly target_image?: string | undefined;
} & { readonly [C in NumberColumn]?: number | undefined };

/** The columns of trace.csv, one row per evaluated iterate. */
export const traceColumns = [
  'image',
  'method',
  'attack',
  'epsilon',
  'iteration',
  'D',
  'label_kept',
  ...metricColumns,
] as const;
export type TraceRow = {
  readonly image: string;
  readonly method: string;
  readonly attack: string;
  readonly epsilon: number;
  readonly iteration: number;
  readonly D: number;
  readonly label_kept: boolean;
} & { readonly [C in (typeof metricColumns)[number]]?: number | undefined };

export const resultsTable = tableOf<ResultRow>({
  name: 'a results table',
  columns: resultColumns,
  required: ['experiment', 'model', 'dataset', 'image', 'method', 'attack', 'epsilon', 'status'],
  numbers: numberColumns,
  truths: ['label_kept'],
  words: { status: statuses },
});
