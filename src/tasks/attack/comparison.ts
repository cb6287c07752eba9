// The metrics of one row: the clean image and its map against a perturbed image and its map.
import type { Evaluation } from '../../explain/index.js';
import { centerShift } from '../../metric/center.js';
import { imageSimilarity } from '../../metric/image.js';
import { kendall } from '../../metric/kendall.js';
import { mse } from '../../metric/mse.js';
import { outputErrors } from '../../metric/output.js';
import { pcc } from '../../metric/pcc.js';
import { spearman } from '../../metric/spearman.js';
import { ssim } from '../../metric/ssim.js';
import { topKIntersection } from '../../metric/topk.js';
import type { MetricColumn, ResultRow } from './results.js';

/**
 * Similarity of two saliency maps [H,W], and how far the network's outputs are apart.
 * @param center_shift how far their centers are, where that is not of the centers themselves
 */
export function compareMaps(
  clean: Evaluation,
  other: Evaluation,
  height: number,
  width: number,
  k: number,
  center_shift = centerShift(clean.map, other.map, height, width),
) {
  const [a, b] = [clean.map, other.map];
  const { outputChange, logitMseHalf, softmaxMseHalf } = outputErrors(clean.scores, other.scores);
  return {
    topk_intersection: topKIntersection(a, b, k),
    spearman: spearman(a, b),
    kendall: kendall(a, b),
    center_shift,
    ssim: ssim(a, b, height, width),
    pcc: pcc(a, b),
    mse: mse(a, b),
    output_change: outputChange,
    logit_mse_half: logitMseHalf,
    softmax_mse_half: softmaxMseHalf,
  } satisfies Record<MetricColumn, number | undefined> & Partial<ResultRow>;
}

/** How near a map [H,W] has come to the one it is to be, where there is one. */
export function compareWithTarget(
  goal: Float32Array | undefined,
  map: Float32Array,
  height: number,
  width: number,
) {
  return goal === undefined
    ? {}
    : {
        target_ssim: ssim(goal, map, height, width),
        target_pcc: pcc(goal, map),
        target_mse: mse(goal, map),
      };
}

/** Similarity of two images [3,H,W] in 0..255, and the largest change of a value. */
export function compareImages(
  clean: Float32Array,
  other: Float32Array,
  height: number,
  width: number,
) {
  const {
    ssim: image_ssim,
    pcc: image_pcc,
    mse: image_mse,
  } = imageSimilarity(clean, other, 3, height, width);
  return {
    linf: clean.reduce((most, v, i) => Math.max(most, Math.abs(v - other[i]!)), 0),
    image_ssim,
    image_pcc,
    image_mse,
  };
}
