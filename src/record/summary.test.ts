import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { metricsOf, summarized } from '../tasks/attack/metrics.js';
import type { ResultRow } from '../tasks/attack/results.js';
import { type SummaryRow, summarize, summaryColumns, writeSummary } from './summary.js';

const rowOf = (image: string, change: Partial<ResultRow> = {}): ResultRow => ({
  experiment: 'e',
  model: 'm',
  dataset: 'd',
  image,
  method: 'gradient',
  attack: 'top-k',
  epsilon: 8,
  select: 'intersection',
  status: 'ok',
  seed: 1,
  ...change,
});
const withSpearman = (values: readonly number[], change: Partial<ResultRow> = {}) =>
  values.map((spearman, i) => rowOf(`image ${i}`, { spearman, ...change }));
/** All metrics of attacks. */
const summaryOf = (rows: readonly ResultRow[]) => summarize(rows, summarized);
const find = (rows: readonly SummaryRow[], attack: string, select?: string) =>
  rows.find((row) => row.attack === attack && row.select === select)!;

describe('summarize', () => {
  it('gives mean and quantiles as NumPy does', () => {
    // numpy.mean and numpy.percentile(…, [10, 25, 50, 75, 90]) of the same values
    const [row] = summaryOf(withSpearman([0.3, -1.2, 5.5, 2.25, 0.125, 7.75, -3.5]));
    const expected = {
      spearman_mean: 1.6035714285714284,
      spearman_p10: -2.12,
      spearman_p25: -0.5375,
      spearman_median: 0.3,
      spearman_p75: 3.875,
      spearman_p90: 6.4,
    };
    for (const [column, value] of Object.entries(expected))
      expect(row![column], column).toBeCloseTo(value, 12);
  });

  it('has every metric in every statistic', () => {
    const metrics = [
      ...metricsOf('maps'),
      ...['target_ssim', 'target_pcc', 'target_mse'],
      ...['confidence_perturbed', 'linf', 'image_ssim', 'image_pcc', 'image_mse'],
      ...['output_change', 'logit_mse_half', 'softmax_mse_half'],
      ...['region_share', 'region_share_perturbed'],
    ];
    const values = Object.fromEntries(metrics.map((metric, i) => [metric, i + 0.5]));
    const [row] = summaryOf([rowOf('a', values)]);
    const columns = summaryColumns(summarized);
    for (const [i, metric] of metrics.entries())
      for (const statistic of [
        'mean',
        'median',
        'p10',
        'p25',
        'p75',
        'p90',
        'ci_low',
        'ci_high',
        'mean_common',
      ]) {
        const column = `${metric}_${statistic}`;
        expect(columns).toContain(column);
        expect(row![column], column).toBe(i + 0.5);
      }
    expect(columns).toHaveLength(11 + metrics.length * 9);
  });

  it('has the metrics that it is asked for, and no other', () => {
    const [row] = summarize([rowOf('a', { pcc: 0.5, mse: 2 })], ['mse']);
    expect(row).toMatchObject({ n: 1, mse_mean: 2 });
    expect(Object.keys(row!).filter((column) => column.startsWith('pcc'))).toEqual([]);
    expect(summaryColumns(['mse']).slice(10)).toEqual([
      'n_common',
      ...['mean', 'median', 'p10', 'p25', 'p75', 'p90', 'ci_low', 'ci_high', 'mean_common'].map(
        (statistic) => `mse_${statistic}`,
      ),
    ]);
  });

  it('separates models, methods, attacks, ε and selection rules', () => {
    const rows = [
      rowOf('a'),
      ...[
        { model: 'n' },
        { method: 'deeplift' },
        { attack: 'mass-center' },
        { epsilon: 4 },
        { select: 'center' },
      ].map((change) => rowOf('a', change)),
    ];
    expect(
      summaryOf(rows).map(({ model, method, attack, epsilon, select, n }) => [
        model,
        method,
        attack,
        epsilon,
        select,
        n,
      ]),
    ).toEqual([
      ['m', 'gradient', 'top-k', 8, 'intersection', 1],
      ['n', 'gradient', 'top-k', 8, 'intersection', 1],
      ['m', 'deeplift', 'top-k', 8, 'intersection', 1],
      ['m', 'gradient', 'mass-center', 8, 'intersection', 1],
      ['m', 'gradient', 'top-k', 4, 'intersection', 1],
      ['m', 'gradient', 'top-k', 8, 'center', 1],
    ]);
  });

  it('counts what is not ok, and averages only what is', () => {
    const [row] = summaryOf([
      rowOf('a', { pcc: 0.2 }),
      rowOf('b', { pcc: 0.4 }),
      rowOf('c', { status: 'label-lost', pcc: 1 }),
      rowOf('d', { status: 'label-lost' }),
      rowOf('e', { status: 'no-map' }),
      rowOf('f', { status: 'failed' }),
    ]);
    expect(row).toMatchObject({ n: 6, n_ok: 2, n_label_lost: 2, n_no_map: 1, n_failed: 1 });
    expect(row!.pcc_mean).toBeCloseTo(0.3, 12);
  });

  it('leaves a metric empty where no row has it', () => {
    const [row] = summaryOf([rowOf('a', { status: 'no-map' })]);
    expect(row).toMatchObject({ n: 1, n_ok: 0 });
    expect(row!.spearman_mean).toBeUndefined();
    expect(row!.spearman_ci_low).toBeUndefined();
  });

  it('skips images whose metric is empty', () => {
    const [row] = summaryOf([rowOf('a', { pcc: 0.5 }), rowOf('b')]);
    expect(row).toMatchObject({ n_ok: 2, pcc_mean: 0.5 });
  });

  describe('over the images that are ok under all attacks', () => {
    const lost = { status: 'label-lost' } as const;
    const inter = { select: 'intersection' } as const;
    const dis = { select: 'dissimilarity' } as const;
    const random = { attack: 'random-sign', select: undefined } as const;
    const mass = { attack: 'mass-center', ...inter } as const;
    // image a: ok everywhere; b: lost by mass-center; c: lost by the random draw; d: lost by
    // top-k under dissimilarity; e: has no row under mass-center
    const rows = [
      ...['a', 'b', 'c', 'd', 'e'].map((image, i) => rowOf(image, { ...inter, mse: 2 ** i })),
      ...['a', 'b', 'c', 'd', 'e'].map((image, i) =>
        rowOf(image, { ...dis, ...(image === 'd' ? lost : { mse: 100 * 2 ** i }) }),
      ),
      ...['a', 'b', 'c', 'd'].map((image) =>
        rowOf(image, { ...mass, ...(image === 'b' ? lost : { mse: 3 }) }),
      ),
      ...['a', 'b', 'c', 'd'].map((image) =>
        rowOf(image, { ...mass, ...dis, ...(image === 'b' ? lost : { mse: 3 }) }),
      ),
      ...['a', 'b', 'c', 'd', 'e'].map((image, i) =>
        rowOf(image, { ...random, ...(image === 'c' ? lost : { mse: 1000 * 2 ** i }) }),
      ),
    ];
    const summary = summaryOf(rows);

    it('counts rows of the same rule, and of attacks that have none', () => {
      const row = find(summary, 'top-k', 'intersection');
      expect(row.mse_mean_common).toBe((1 + 8) / 2); // a and d
      expect(row.n_common).toBe(2);
      expect(row.mse_mean).toBe(31 / 5);
    });

    it('keeps rules apart', () => {
      expect(find(summary, 'top-k', 'dissimilarity').mse_mean_common).toBe(100); // a
    });

    it('counts every rule for an attack that has none', () => {
      expect(find(summary, 'random-sign').mse_mean_common).toBe(1000); // a
    });

    it('is empty where no image is ok under all', () => {
      const none = summaryOf([rowOf('a', { mse: 1 }), rowOf('a', { ...mass, ...lost })]);
      const row = find(none, 'top-k', 'intersection');
      expect(row).toMatchObject({ mse_mean: 1, n_common: 0 });
      expect(row.mse_mean_common).toBeUndefined();
    });

    it('does not mix ε', () => {
      const apart = summaryOf([
        rowOf('a', { mse: 1 }),
        rowOf('a', { ...mass, ...lost, epsilon: 4 }),
      ]);
      expect(find(apart, 'top-k', 'intersection').mse_mean_common).toBe(1);
    });
  });

  describe('the interval of the mean', () => {
    // evenly spread over 0..1: standard deviation 1/√12
    const values = Array.from({ length: 100 }, (_, i) => (i + 0.5) / 100);
    const [row] = summaryOf(withSpearman(values));
    const [low, high] = [row!.spearman_ci_low as number, row!.spearman_ci_high as number];

    it('is that of the normal approximation, within the noise of 2,000 resamples', () => {
      const half = 1.96 / Math.sqrt(12) / Math.sqrt(100);
      expect(Math.abs(low - (0.5 - half))).toBeLessThan(0.15 * half);
      expect(Math.abs(high - (0.5 + half))).toBeLessThan(0.15 * half);
    });

    it('depends on the seed, and on nothing else', () => {
      const interval = (rows: readonly ResultRow[]) => {
        const [{ spearman_ci_low, spearman_ci_high }] = summaryOf(rows) as [SummaryRow];
        return [spearman_ci_low, spearman_ci_high];
      };
      expect(interval(withSpearman(values).reverse())).toEqual([low, high]);
      expect(interval(withSpearman(values, { seed: 2 }))).not.toEqual([low, high]);
    });
  });

  it('is written as a table with one line per row', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'summary-'));
    try {
      const file = path.join(folder, 'summary.csv');
      await writeSummary(
        file,
        summaryOf([rowOf('a', { pcc: 0.5 }), rowOf('a', { attack: 'mass-center' })]),
        summarized,
      );
      const rows: Record<string, string>[] = parse(await readFile(file, 'utf8'), { columns: true });
      expect(Object.keys(rows[0]!)).toEqual(summaryColumns(summarized));
      expect(rows.map((row) => [row.attack, row.n, row.pcc_mean])).toEqual([
        ['top-k', '1', '0.5'],
        ['mass-center', '1', ''],
      ]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
