// The metrics of an attack, an entry each: how it is computed from a clean and a perturbed image with their maps, how
// its differences are measured, and how it is shown. Columns of tables, summaries, figures and captions derive from
// this table.
import { type Clean, shiftFrom } from '../../attack/index.js';
import type { Measure } from '../../drawing/measures.js';
import type { Evaluation } from '../../explain/index.js';
import { type ImageSimilarity, imageSimilarity } from '../../metric/image.js';
import { kendall } from '../../metric/kendall.js';
import { mse } from '../../metric/mse.js';
import { type OutputErrors, outputErrors, softmax } from '../../metric/output.js';
import { pcc } from '../../metric/pcc.js';
import { regionShare } from '../../metric/share.js';
import { spearman } from '../../metric/spearman.js';
import { ssim } from '../../metric/ssim.js';
import { topKIntersection } from '../../metric/topk.js';

/** The size of maps, and k of the top-k metrics. */
export interface MapSize {
  readonly height: number;
  readonly width: number;
  readonly k: number;
}

/** A clean image and a perturbed one, each with its scores and map. */
export interface Pair {
  readonly clean: Clean;
  readonly x: Float32Array;
  readonly evaluation: Evaluation;
  readonly size: MapSize;
  /** The target region [H,W], ones inside. */
  readonly region?: Float32Array | undefined;
  /** Computed once for the metrics that share them. */
  readonly images: () => ImageSimilarity;
  readonly outputs: () => OutputErrors;
}

/** The kind of a metric, by its inputs: the clean image alone, the perturbed one alone, or the named parts of both. */
export type Of = 'clean' | 'perturbed' | 'maps' | 'target' | 'images' | 'outputs' | 'region';

interface Metric {
  /** Raised when its values change. */
  readonly version: number;
  readonly of: Of;
  /** Undefined if it has no value. */
  compute(pair: Pair): number | undefined;
  /** How `fragile score` measures differences: absolute, or relative to the larger value. */
  readonly differs: 'absolute' | 'relative';
  /** Tables of earlier versions may lack it. */
  readonly added?: true;
  /** How figures and tables show it. */
  readonly shown?: Omit<Measure, 'column'>;
  /** Its words, digits and unit in captions. */
  readonly caption?: readonly [words: string, digits: number, unit?: string];
  /** Its heading, statistic and digits in the table that a run prints. */
  readonly printed?: readonly [heading: string, statistic: 'mean' | 'median', digits: number];
}

const ofMaps = (
  compute: (a: Float32Array, b: Float32Array, size: MapSize) => number | undefined,
) => ({
  of: 'maps' as const,
  compute: ({ clean, evaluation, size }: Pair) =>
    compute(clean.evaluation.map, evaluation.map, size),
});

/** A measure of the target map and the map of the perturbed image. */
const ofTarget = (
  compute: (goal: Float32Array, map: Float32Array, size: MapSize) => number | undefined,
) => ({
  of: 'target' as const,
  compute: ({ clean: { goal }, evaluation, size }: Pair) =>
    goal === undefined ? undefined : compute(goal, evaluation.map, size),
});

const confidence = ({ clean }: Pair, scores: Float32Array) => softmax(scores)[clean.label]!;

const correlation = { range: [0, 1] as const, format: '.3f' };

export const metrics = {
  confidence: {
    version: 1,
    of: 'clean',
    compute: (pair) => confidence(pair, pair.clean.evaluation.scores),
    differs: 'absolute',
  },
  confidence_perturbed: {
    version: 1,
    of: 'perturbed',
    compute: (pair) => confidence(pair, pair.evaluation.scores),
    differs: 'absolute',
  },
  linf: {
    version: 1,
    of: 'perturbed',
    compute: ({ clean, x }) =>
      clean.x.reduce((most, v, i) => Math.max(most, Math.abs(v - x[i]!)), 0),
    differs: 'relative',
  },
  topk_intersection: {
    version: 1,
    ...ofMaps((a, b, { k }) => topKIntersection(a, b, k)),
    differs: 'absolute',
    shown: { words: 'top-k intersection', ...correlation },
    caption: ['top-k intersection', 3],
    printed: ['top-k', 'mean', 3],
  },
  spearman: {
    version: 1,
    ...ofMaps(spearman),
    differs: 'absolute',
    shown: { words: 'Spearman', ...correlation },
    caption: ['Spearman', 3],
    printed: ['spearman', 'mean', 3],
  },
  kendall: {
    version: 1,
    ...ofMaps(kendall),
    differs: 'absolute',
    shown: { words: 'Kendall', format: '.3f' },
    caption: ['Kendall', 3],
  },
  center_shift: {
    version: 1,
    of: 'maps',
    compute: ({ clean, evaluation, size }) =>
      shiftFrom(clean, evaluation.map, size.height, size.width),
    differs: 'relative',
    shown: { words: 'center shift, pixels', format: '.2f' },
    caption: ['center shift', 2, 'px'],
    printed: ['center shift', 'mean', 2],
  },
  ssim: {
    version: 1,
    ...ofMaps((a, b, { height, width }) => ssim(a, b, height, width)),
    differs: 'absolute',
    shown: { words: 'SSIM', format: '.3f' },
    caption: ['SSIM', 3],
  },
  pcc: {
    version: 1,
    ...ofMaps(pcc),
    differs: 'absolute',
    shown: { words: 'PCC', format: '.3f' },
    caption: ['PCC', 3],
  },
  mse: {
    version: 1,
    ...ofMaps(mse),
    differs: 'relative',
    shown: { words: 'MSE', format: '.2e' },
  },
  target_ssim: {
    version: 1,
    ...ofTarget((goal, map, { height, width }) => ssim(goal, map, height, width)),
    differs: 'absolute',
    shown: { words: 'SSIM with the target map', format: '.3f' },
    caption: ['SSIM with target', 3],
    printed: ['target ssim', 'median', 3],
  },
  target_pcc: {
    version: 1,
    ...ofTarget(pcc),
    differs: 'absolute',
    shown: { words: 'PCC with the target map', format: '.3f' },
    caption: ['PCC with target', 3],
    printed: ['target pcc', 'median', 3],
  },
  target_mse: {
    version: 1,
    ...ofTarget(mse),
    differs: 'relative',
    shown: { words: 'MSE from the target map', format: '.2e' },
  },
  image_ssim: {
    version: 1,
    of: 'images',
    compute: ({ images }) => images().ssim,
    differs: 'absolute',
    shown: { words: 'SSIM of the images', format: '.4f' },
    caption: ['SSIM of the images', 3],
    printed: ['image ssim', 'median', 3],
  },
  image_pcc: {
    version: 1,
    of: 'images',
    compute: ({ images }) => images().pcc,
    differs: 'absolute',
    shown: { words: 'PCC of the images', format: '.4f' },
  },
  image_mse: {
    version: 1,
    of: 'images',
    compute: ({ images }) => images().mse,
    differs: 'relative',
    shown: { words: 'MSE of the images', format: '.2e' },
  },
  output_change: {
    version: 1,
    of: 'outputs',
    compute: ({ outputs }) => outputs().outputChange,
    differs: 'absolute',
    shown: { words: 'output change', format: '.3f' },
    caption: ['output change', 3],
  },
  logit_mse_half: {
    version: 1,
    of: 'outputs',
    compute: ({ outputs }) => outputs().logitMseHalf,
    differs: 'relative',
  },
  softmax_mse_half: {
    version: 1,
    of: 'outputs',
    compute: ({ outputs }) => outputs().softmaxMseHalf,
    differs: 'absolute',
  },
  region_share: {
    version: 1,
    of: 'region',
    compute: ({ clean, region }) =>
      region === undefined ? undefined : regionShare(clean.evaluation.map, region),
    differs: 'absolute',
    added: true,
    shown: { words: 'saliency in the region, before', format: '.3f' },
    caption: ['saliency in the region before', 3],
    printed: ['in region', 'mean', 3],
  },
  region_share_perturbed: {
    version: 1,
    of: 'region',
    compute: ({ evaluation, region }) =>
      region === undefined ? undefined : regionShare(evaluation.map, region),
    differs: 'absolute',
    added: true,
    shown: { words: 'saliency in the region', format: '.3f' },
    caption: ['and after', 3],
    printed: ['after', 'mean', 3],
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof metrics;

/** Every metric, in the order of their columns. */
export const metricNames = Object.keys(metrics) as readonly MetricName[];

const entryOf = (name: MetricName): Metric => metrics[name];

/** The metrics of some kinds, kind by kind. */
export const metricsOf = <O extends Of>(...kinds: readonly O[]) =>
  kinds.flatMap((kind) => metricNames.filter((name) => entryOf(name).of === kind)) as {
    [N in MetricName]: (typeof metrics)[N]['of'] extends O ? N : never;
  }[MetricName][];

/** The columns of metrics in a table. */
export const columnsOf = <N extends string>(names: readonly N[]): Record<N, 'number'> =>
  Object.fromEntries(names.map((name) => [name, 'number'])) as Record<N, 'number'>;

/** The metrics in summaries, in the order of their columns. */
export const summarized = [
  ...metricsOf('maps', 'target', 'perturbed', 'images', 'outputs', 'region'),
] as const;

/** Metrics that older tables may lack. */
export const addedMetrics = metricNames.filter((name) => entryOf(name).added);

export const differsBy = (name: MetricName): Metric['differs'] => entryOf(name).differs;

/** A metric as figures and tables show it. */
export const measureOf = (name: MetricName): Measure => {
  const { shown = { words: name, format: '.3f' } } = entryOf(name);
  return { column: name, ...shown };
};

/** The captions of metrics that have one: name, words, digits and unit. */
export const captions = metricNames.flatMap((name) => {
  const { caption } = entryOf(name);
  return caption === undefined ? [] : [[name, ...caption] as const];
});

/** Version of each metric of some kinds, by `metric NAME`. */
export const metricVersions = (kinds: readonly Of[]): Readonly<Record<string, number>> =>
  Object.fromEntries(metricsOf(...kinds).map((name) => [`metric ${name}`, entryOf(name).version]));

/** The columns of the table that a run prints: name, heading, statistic and digits. */
export const printedMetrics = metricNames.flatMap((name) => {
  const { printed } = entryOf(name);
  return printed === undefined ? [] : [[name, ...printed] as const];
});

/** A function that computes a value at its first call, and returns the same value later. */
function once<T>(compute: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: compute() };
    return made.value;
  };
}

/** A clean image and a perturbed one, to be measured. */
export function pairOf(
  clean: Clean,
  perturbed: { readonly x: Float32Array; readonly evaluation: Evaluation },
  size: MapSize,
  region?: Float32Array,
): Pair {
  const { x, evaluation } = perturbed;
  return {
    ...{ clean, x, evaluation, size, region },
    images: once(() => imageSimilarity(clean.x, x, 3, size.height, size.width)),
    outputs: once(() => outputErrors(clean.evaluation.scores, evaluation.scores)),
  };
}

/** The values of metrics of some kinds; those without a value are undefined. */
export const measured = <O extends Of>(pair: Pair, ...kinds: readonly O[]) =>
  Object.fromEntries(
    metricsOf(...kinds).map((name) => [name, entryOf(name).compute(pair)]),
  ) as Partial<Record<ReturnType<typeof metricsOf<O>>[number], number>>;
