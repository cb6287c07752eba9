// Published values, and the differences of a run from them.
import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { format } from 'd3-format';
import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { PublishedMean } from '../../drawing/figures/means.js';
import type { TextTable } from '../../drawing/text-tables.js';
import { fixturePath } from '../../package.js';
import { measureOf } from './metrics.js';
import type { ResultRow } from './results.js';

/** A mean of a published curve. */
export interface PublishedValue extends PublishedMean {
  readonly dataset: string;
  readonly model: string;
  readonly metric: ComparedMetric;
}

/**
 * Tolerated difference of a mean from a published one, which was read off a figure and computed on other images with
 * another program.
 */
const tolerances = { topk_intersection: 0.05, spearman: 0.08, center_shift: 6 };
export type ComparedMetric = keyof typeof tolerances;
/** The same for Deep Taylor, of fewer images. */
const ofDeepTaylor: typeof tolerances = {
  topk_intersection: 0.08,
  spearman: 0.08,
  center_shift: 8,
};

const toleranceOf = ({ method, metric }: PublishedValue): number =>
  (method === 'deep-taylor' ? ofDeepTaylor : tolerances)[metric];

/** The curves of Figs. 3 and 12 of Ghorbani et al. 2019. */
export const published = (): readonly PublishedValue[] =>
  parse(readFileSync(fixturePath('published', 'ghorbani2019-fig3-fig12.csv')), {
    columns: true,
    cast: (text, { column }) => (column === 'epsilon' || column === 'value' ? Number(text) : text),
  });

/** The selection rule of the published curves. */
export const PUBLISHED_RULE = 'intersection';

export interface Comparison extends PublishedValue {
  /** Number of images of the run, and of those whose label was lost. */
  readonly images: number;
  readonly lost: number;
  readonly here: number;
  /** Two standard errors of the mean here. */
  readonly error: number;
  readonly difference: number;
  /** Whether the difference is more than both two standard errors and the metric's tolerance. */
  readonly outside: boolean;
}

/**
 * The published means for which there are rows, each beside the mean over the images that kept their label. Compared
 * are rows of the published selection rule, and rows of random draws, which have no rule.
 */
export function comparedWithPublished(rows: readonly ResultRow[]): Comparison[] {
  const comparable = rows.filter(({ select = '' }) => select === '' || select === PUBLISHED_RULE);
  return published().flatMap((of) => {
    const all = comparable.filter(
      (row) =>
        row.dataset === of.dataset &&
        row.model === of.model &&
        row.method === of.method &&
        row.attack === of.attack &&
        row.epsilon === of.epsilon,
    );
    const values = all
      .filter(({ status }) => status === 'ok')
      .flatMap(({ [of.metric]: value }) => value ?? []);
    if (values.length < 2) return [];
    const here = mean(values);
    const error = (2 * sampleStandardDeviation(values)) / Math.sqrt(values.length);
    const difference = here - of.value;
    return [
      {
        ...of,
        images: all.length,
        lost: all.filter(({ status }) => status === 'label-lost').length,
        here,
        error,
        difference,
        outside: Math.abs(difference) > Math.max(toleranceOf(of), error),
      },
    ];
  });
}

/**
 * Published means beside those of the run. Differences that chance and reading off a figure do not explain are marked.
 */
export function comparisonTable(compared: readonly Comparison[]): TextTable {
  const outside = compared.filter((of) => of.outside).length;
  return {
    title: `Published and here: Ghorbani et al. 2019, Figs. 3 and 12; ${outside} of ${compared.length} outside`,
    notes: [
      'outside: further off than two standard errors of the mean here and what reading off a figure and other images account for',
    ],
    head: [
      ...['method', 'attack', 'metric', 'ε', 'images', 'label lost'],
      ...['paper', 'here', '± 2 s.e.', 'difference', 'outside'],
    ],
    numbersFrom: 3,
    rows: compared.map((of) => {
      const { words, format: form } = measureOf(of.metric);
      const [written, signed] = [format(form), format(`+${form}`)];
      return [
        ...[of.method, of.attack, words, String(of.epsilon)],
        ...[String(of.images), String(of.lost), written(of.value), written(of.here)],
        ...[written(of.error), signed(of.difference), of.outside ? 'outside' : ''],
      ];
    }),
  };
}
