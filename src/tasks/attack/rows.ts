// The rows of one cell: what it is of, and what the metrics make of a kept iterate and of every evaluated one.
import { type Clean, type Kept, type Observed, shiftFrom } from '../../attack/index.js';
import type { ImageEntry } from '../../data/dataset.js';
import type { Evaluation } from '../../explain/index.js';
import { softmax } from '../../metric/output.js';
import { regionShare } from '../../metric/share.js';
import { compareImages, compareMaps, compareWithTarget } from './comparison.js';
import type { ResolvedConfig } from './config.js';
import { type Cell, stepsOf } from './plan.js';
import type { ResultRow, TraceRow } from './results.js';
import type { Target } from './targets.js';

/** The size of maps, and the pixels of the top-k metrics. */
interface Measured {
  readonly height: number;
  readonly width: number;
  readonly k: number;
}

/** Whether an image has a saliency map at all: a gradient that is zero everywhere has none. */
export const isMap = (map: Float32Array): boolean => {
  const total = map.reduce((a, b) => a + b, 0);
  return Number.isFinite(total) && total > 0;
};

/** What a row tells that does not depend on how the attack went. */
export const rowOf = (
  config: ResolvedConfig,
  cell: Cell,
  entry: ImageEntry,
  clean: Clean,
  target: Target | undefined,
): ResultRow => ({
  experiment: config.name,
  model: config.model.name,
  dataset: config.data.name,
  image: entry.id,
  label: entry.label,
  prediction: clean.label,
  method: config.explain[cell.method]!.id,
  attack: config.attack[cell.attack]!.id,
  epsilon: cell.epsilon,
  iterations: stepsOf(config, cell.attack),
  status: 'ok',
  target_image: target?.id,
  confidence: softmax(clean.evaluation.scores)[clean.label]!,
  seed: config.seed,
});

/** The maps of a clean image and of what became of it, and how near that is to the map it was to be given. */
const compared = (clean: Clean, other: Evaluation, { height, width, k }: Measured) => ({
  ...compareMaps(
    clean.evaluation,
    other,
    height,
    width,
    k,
    shiftFrom(clean, other.map, height, width),
  ),
  ...compareWithTarget(clean.goal, other.map, height, width),
});

/**
 * The clean image against a kept iterate.
 * @param region the target region [H,W] of an attack that has one
 */
export const comparisonOf = (
  clean: Clean,
  kept: Kept,
  size: Measured,
  region?: Float32Array,
): Partial<ResultRow> => ({
  best_iteration: kept.iteration,
  label_kept: true,
  confidence_perturbed: softmax(kept.evaluation.scores)[clean.label]!,
  ...compareImages(clean.x, kept.x, size.height, size.width),
  ...compared(clean, kept.evaluation, size),
  ...(region === undefined
    ? {}
    : {
        region_share: regionShare(clean.evaluation.map, region),
        region_share_perturbed: regionShare(kept.evaluation.map, region),
      }),
});

/** The clean image against an evaluated iterate. */
export const traceOf = (
  { image, method, attack, epsilon }: ResultRow,
  clean: Clean,
  { iteration, dissimilarity, labelKept, evaluation }: Observed,
  size: Measured,
): TraceRow => ({
  image,
  method,
  attack,
  epsilon,
  iteration,
  D: dissimilarity,
  label_kept: labelKept,
  ...compared(clean, evaluation, size),
});
