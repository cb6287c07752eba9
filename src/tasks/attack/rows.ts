// The rows of a cell: the columns that describe the cell, and the metrics of every kept and every evaluated iterate.
import type { Clean, Kept, Observed } from '../../attack/index.js';
import type { ImageEntry } from '../../data/dataset.js';
import { imageColumns } from '../../task/image-task.js';
import type { AttackConfig } from './config.js';
import { type MapSize, measured, pairOf } from './metrics.js';
import { type Cell, stepsOf } from './plan.js';
import type { ResultRow, TraceRow } from './results.js';

/** The columns of a row that describe its cell, whatever the result of the attack. */
export const rowOf = (config: AttackConfig, cell: Cell, entry: ImageEntry): ResultRow => ({
  ...imageColumns(config, entry, cell.label),
  method: config.explain[cell.method]!.id,
  attack: config.attack[cell.attack]!.id,
  epsilon: cell.epsilon,
  iterations: stepsOf(config, cell.attack),
  status: 'ok',
});

/**
 * A kept iterate, measured against the clean image.
 * @param region the target region [H,W] of an attack that has one
 */
export const keptColumns = (
  clean: Clean,
  kept: Kept,
  size: MapSize,
  region?: Float32Array,
): Partial<ResultRow> => ({
  best_iteration: kept.iteration,
  label_kept: true,
  ...measured(
    pairOf(clean, kept, size, region),
    ...(['perturbed', 'images', 'maps', 'target', 'outputs', 'region'] as const),
  ),
});

/** An evaluated iterate; only its map is measured. */
export const traceOf = (
  { image, method, attack, epsilon }: ResultRow,
  clean: Clean,
  { iteration, dissimilarity, labelKept, evaluation }: Observed,
  size: MapSize,
): TraceRow => ({
  ...{ image, method, attack, epsilon, iteration },
  D: dissimilarity,
  label_kept: labelKept,
  ...measured(pairOf(clean, { x: clean.x, evaluation }, size), 'maps', 'target'),
});
