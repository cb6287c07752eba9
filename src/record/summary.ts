// Aggregates of a run: the distribution of every metric over images, by model, method, attack, ε and selection rule.
// Images whose label was lost are counted, never averaged as if unchanged. A second mean is over the images on which
// every attack of the same method and ε succeeded, so that attacks are compared on equal images.
import { mean } from 'simple-statistics';
import { groupBy } from '../group-by.js';
import { keyedRandom } from '../random.js';
import { writeWhole } from './files.js';
import { formatRows, headerOf } from './table.js';

/** The columns that a summary needs, beside those of metrics. */
export interface Summarized {
  readonly model: string;
  readonly image: string;
  readonly method: string;
  readonly attack: string;
  readonly epsilon?: number | undefined;
  readonly select?: string | undefined;
  readonly status: string;
  readonly seed?: number | undefined;
}

const statistics = [
  'mean',
  'median',
  'p10',
  'p25',
  'p75',
  'p90',
  'ci_low',
  'ci_high',
  'mean_common',
] as const;

/** The columns of summary.csv for metrics in their order. */
export const summaryColumns = (metrics: readonly string[]): string[] => [
  'model',
  'method',
  'attack',
  'epsilon',
  'select',
  'n',
  'n_ok',
  'n_label_lost',
  'n_no_map',
  'n_failed',
  'n_common',
  ...metrics.flatMap((metric) => statistics.map((statistic) => `${metric}_${statistic}`)),
];

export type SummaryRow = Readonly<Record<string, string | number | undefined>>;

const RESAMPLES = 2000;

/** Quantile with linear interpolation between order statistics, as NumPy's default. */
function percentile(sorted: readonly number[], p: number): number {
  const at = p * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at - Math.floor(at));
}

/** A 95 % percentile bootstrap interval of the mean; `draws` holds the indices of all resamples, one after another. */
function interval(values: readonly number[], draws: Uint32Array): [number, number] {
  const means = Array.from({ length: RESAMPLES }, (_, resample) => {
    let total = 0;
    for (let i = 0; i < values.length; i++) total += values[draws[resample * values.length + i]!]!;
    return total / values.length;
  }).sort((a, b) => a - b);
  return [percentile(means, 0.025), percentile(means, 0.975)];
}

/**
 * The resamples of n values, as indices. They are the same for every metric and every set of n rows, so they are drawn
 * once.
 */
function resampler(seed: number): (n: number) => Uint32Array {
  const known = new Map<number, Uint32Array>();
  return (n) => {
    const made = known.get(n);
    if (made !== undefined) return made;
    const random = keyedRandom(seed, n, 'bootstrap');
    const draws = Uint32Array.from({ length: RESAMPLES * n }, () => random.below(n));
    known.set(n, draws);
    return draws;
  };
}

/** Images with a row for every attack and selection rule, all of status `ok`. */
function okEverywhere(rows: readonly Summarized[]): Set<string> {
  const lanes = new Set(rows.map((row) => `${row.attack} ${row.select ?? ''}`)).size;
  const byImage = groupBy(rows, (row) => row.image);
  return new Set(
    [...byImage]
      .filter(([, of]) => of.length === lanes && of.every((row) => row.status === 'ok'))
      .map(([image]) => image),
  );
}

/**
 * Summarizes the metrics of rows. The bootstrap is seeded by the rows' own seed, so equal results give equal summaries.
 * An attack without a selection rule is compared with the rows of every rule.
 */
export function summarize<M extends string>(
  rows: readonly (Summarized & { readonly [K in M]?: number | undefined })[],
  metrics: readonly M[],
): SummaryRow[] {
  const scopes = groupBy(rows, (row) => JSON.stringify([row.model, row.method, row.epsilon]));
  const groups = groupBy(rows, (row) =>
    JSON.stringify([row.model, row.method, row.attack, row.epsilon, row.select ?? '']),
  );
  const draws = resampler(rows[0]?.seed ?? 0);
  return [...groups.values()].map((group) => {
    const { model, method, attack, epsilon, select } = group[0]!;
    const scope = scopes.get(JSON.stringify([model, method, epsilon]))!;
    const rivals =
      select === undefined
        ? scope
        : scope.filter((row) => row.select === undefined || row.select === select);
    const common = okEverywhere(rivals);
    const ok = group.filter((row) => row.status === 'ok');
    const count = (status: string) => group.filter((row) => row.status === status).length;
    const values: Record<string, number | undefined> = {};
    for (const metric of metrics) {
      const sorted = ok.flatMap((row) => row[metric] ?? []).sort((a, b) => a - b);
      if (sorted.length === 0) continue;
      const [low, high] = interval(sorted, draws(sorted.length));
      const shared = ok.filter((row) => common.has(row.image)).flatMap((row) => row[metric] ?? []);
      const of = {
        mean: mean(sorted),
        median: percentile(sorted, 0.5),
        p10: percentile(sorted, 0.1),
        p25: percentile(sorted, 0.25),
        p75: percentile(sorted, 0.75),
        p90: percentile(sorted, 0.9),
        ci_low: low,
        ci_high: high,
        mean_common: shared.length > 0 ? mean(shared) : undefined,
      };
      for (const statistic of statistics) values[`${metric}_${statistic}`] = of[statistic];
    }
    return {
      model,
      method,
      attack,
      epsilon,
      select,
      n: group.length,
      n_ok: ok.length,
      n_label_lost: count('label-lost'),
      n_no_map: count('no-map'),
      n_failed: count('failed'),
      n_common: common.size,
      ...values,
    };
  });
}

/** Writes a summary of metrics as CSV. */
export const writeSummary = (
  file: string,
  rows: readonly SummaryRow[],
  metrics: readonly string[],
): Promise<void> => {
  const columns = summaryColumns(metrics);
  return writeWhole(file, headerOf(columns) + formatRows(rows, columns));
};
