// The values SciPy and scikit-image give (scripts/metric-golden.py) and the drawing of the inputs
// they were given, the same integers by the same generator and so the same floats bit for bit.

import { readFileSync } from 'node:fs';
import type { Values } from '../values.js';

type Kind = 'smooth' | 'sparse' | 'tied';

/** A pair of maps and the metrics between them. */
export interface MapCase {
  kind: Kind;
  seed: number;
  height: number;
  width: number;
  k: number;
  single: boolean;
  /** Σ rank_i·i over the reference map. */
  rankMoment: number;
  spearman: number;
  kendall: number;
  pcc: number;
  mse: number;
  /** The first twenty of the k most salient pixels in ascending order, and the sum of all k. */
  topkFirst: number[];
  topkSum: number;
  topkIntersection: number;
  center: number[];
  centerShift: number;
  ssim: number;
  /** Structural similarity with a data range of 0.01. */
  ssimRange: number;
}

interface Golden {
  ranks: {
    values: number[];
    others: number[];
    ranks: number[];
    spearman: number;
    kendall: number;
  };
  maps: MapCase[];
  image: {
    seed: number;
    channels: number;
    height: number;
    width: number;
    ssim: number;
    pcc: number;
    mse: number;
  };
  output: {
    before: number[];
    after: number[];
    softmax: number[];
    outputChange: number;
    logitMseHalf: number;
    softmaxMseHalf: number;
  };
}

const file = new URL('../../../fixtures/metric/golden.json', import.meta.url);

export const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;

/** A short title of a case, for the name of a test. */
export function titleOf({ kind, height, width, single }: MapCase): string {
  return `${kind} ${height}x${width} float${single ? 32 : 64}`;
}

/** The upper 12 bits of the next `count` states of the generator. */
export function draw(seed: number, count: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 20;
  });
}

function integers(kind: Kind, seed: number, count: number): Float64Array {
  const rule = {
    smooth: (d: number) => d * d + 1,
    sparse: (d: number) => (d < 2458 ? 0 : d),
    tied: (d: number) => Math.floor((d * 6) / 4096),
  }[kind];
  return draw(seed, count).map(rule);
}

function unitSum(values: Float64Array): Float64Array {
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}

/** The reference map and the changed map of a case. */
export function mapsOf({ kind, seed, height, width, single }: MapCase): [Values, Values] {
  const first = integers(kind, seed, height * width);
  const noise = integers(kind, seed + 1, height * width);
  const a = unitSum(first);
  const b = unitSum(first.map((value, i) => value + 2 * noise[i]!));
  return single ? [Float32Array.from(a), Float32Array.from(b)] : [a, b];
}

/** The original and the perturbed image of the golden image case, values 0..255. */
export function imagesOf(): [Float64Array, Float64Array] {
  const { seed, channels, height, width } = golden.image;
  const count = channels * height * width;
  const noise = draw(seed + 1, count);
  const a = draw(seed, count).map((d) => Math.floor(d / 16));
  const b = a.map((value, i) =>
    Math.max(0, Math.min(255, value + Math.floor(noise[i]! / 256) - 8)),
  );
  return [a, b];
}

/** The shortest of several runs in milliseconds: what the work costs, not what the machine does beside it. */
export function fastest(runs: number, work: () => unknown): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
