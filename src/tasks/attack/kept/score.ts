// Computes the metrics of a run again, from the iterates it kept, and compares them with the run's table.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../../errors.js';
import { argmax, softmax } from '../../../metric/output.js';
import { startProgress } from '../../../progress.js';
import { readIfThere, writeWhole } from '../../../record/files.js';
import { formatRows, headerOf } from '../../../record/table.js';
import { type ResolvedConfig, resolveRecorded } from '../config.js';
import { type MetricColumn, type ResultRow, resultsTable } from '../results.js';
import { comparisonOf } from '../rows.js';
import { iterateOf, openLook, seen } from './again.js';
import { KEPT } from './names.js';

/** How a metric's differences are measured: as they are, or as a part of the larger value. */
type Measured = 'absolute' | 'relative';

const measures = {
  confidence: 'absolute',
  confidence_perturbed: 'absolute',
  linf: 'relative',
  topk_intersection: 'absolute',
  spearman: 'absolute',
  kendall: 'absolute',
  center_shift: 'relative',
  ssim: 'absolute',
  pcc: 'absolute',
  mse: 'relative',
  target_ssim: 'absolute',
  target_pcc: 'absolute',
  target_mse: 'relative',
  image_ssim: 'absolute',
  image_pcc: 'absolute',
  image_mse: 'relative',
  output_change: 'absolute',
  logit_mse_half: 'relative',
  softmax_mse_half: 'absolute',
  region_share: 'absolute',
  region_share_perturbed: 'absolute',
} as const satisfies Record<MetricColumn, Measured> & Partial<Record<keyof ResultRow, Measured>>;

type Metric = keyof typeof measures;
const metrics = Object.keys(measures) as Metric[];

/** The columns of scores.csv. */
export const scoreColumns = [
  ...(['image', 'method', 'attack', 'epsilon', 'select', 'label_kept'] as const),
  ...metrics,
] as const;

/**
 * Differences up to this one are float noise: another machine or another batch adds the same numbers in another
 * order, and a ReLU near zero may then be on one side or the other. One pixel of a top-k set is noise too.
 */
export const NOISE = 1e-3;

/** The largest difference in a metric over all rows. */
export interface Difference {
  readonly largest: number;
  readonly measure: Measured;
  /** The row it is in. */
  readonly row: ResultRow;
  readonly noise: boolean;
}

export interface Scored {
  /** The table of what was computed. */
  readonly file: string;
  /** Rows of the table, and rows of the run whose iterates were not kept. */
  readonly scored: number;
  readonly without: number;
  /** Pixels of the top-k metrics. */
  readonly k: number;
  /** Of each metric that rows have the mean over them, and how far the rows are from the run's, where they can be compared. */
  readonly metrics: readonly {
    readonly metric: Metric;
    readonly mean: number;
    readonly difference: Difference | undefined;
  }[];
  /** Rows whose iterate has another class now. */
  readonly lost: readonly ResultRow[];
}

export interface ScoreOptions {
  /** Pixels of the top-k metrics; default the run's. */
  readonly k?: number | undefined;
  readonly data?: string | undefined;
  readonly quiet?: boolean | undefined;
}

/** The record of a run of attacks, as far as its rows depend on it. */
async function recordOf(
  folder: string,
  k: number | undefined,
): Promise<{ config: ResolvedConfig; k: number; weights: string | undefined; batch: number }> {
  const file = path.join(folder, 'run.json');
  const text = await readIfThere(file);
  if (text === undefined)
    throw new UserError(`${file}: no such file; expected the folder of a run`);
  let record: {
    config?: { task?: string; metrics?: { k?: number } };
    weights?: { sha256?: string };
    engine?: { batch?: number };
  };
  try {
    record = JSON.parse(text);
  } catch {
    throw new UserError(`${file}: not JSON, expected the record of a run`);
  }
  if (record.config?.task !== 'attack')
    throw new UserError(
      `${file}: task: ${record.config?.task ?? 'missing'}, expected that of an attack`,
    );
  const given = record.config;
  const config = resolveRecorded(
    k === undefined ? given : { ...given, metrics: { k } },
    ([field]) => (field === 'metrics' ? '--k' : file),
  );
  return {
    config,
    k: record.config.metrics?.k ?? config.metrics.k,
    weights: record.weights?.sha256,
    batch: record.engine?.batch ?? 1,
  };
}

function differenceOf(metric: Metric, before: number | undefined, now: number | undefined): number {
  if (before === undefined || now === undefined)
    return before === now ? 0 : Number.POSITIVE_INFINITY;
  const apart = Math.abs(now - before);
  return measures[metric] === 'absolute' || apart === 0
    ? apart
    : apart / Math.max(Math.abs(before), Math.abs(now));
}

/** Rows of a run, each with what was computed again. */
type Pairs = readonly { readonly before: ResultRow; readonly now: Partial<ResultRow> }[];

/**
 * How far a metric that was computed again is from the run's.
 * @param k pixels of the top-k intersection
 */
export function compared(pairs: Pairs, metric: Metric, k: number): Difference {
  const each = pairs.map(({ before, now }) => ({
    row: before,
    largest: differenceOf(metric, before[metric], now[metric]),
  }));
  const { row, largest } = each.reduce((a, b) => (b.largest > a.largest ? b : a));
  const noise = metric === 'topk_intersection' ? Math.max(NOISE, 1.5 / k) : NOISE;
  return { largest, measure: measures[metric], row, noise: largest <= noise };
}

/** The mean over rows that have a value. */
function meanOf(pairs: Pairs, metric: Metric): number {
  const values = pairs.flatMap(({ now }) => now[metric] ?? []);
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/**
 * Computes the metrics of all rows of a run whose iterates were kept, writes them to scores.csv in its folder and
 * compares them with results.csv. A top-k intersection of other pixels than the run's is not compared.
 * Throws a UserError where the folder is not a run's, or what it was computed from is not there.
 */
export async function score(folder: string, options: ScoreOptions): Promise<Scored> {
  const { config, k: kOfRun, weights, batch } = await recordOf(folder, options.k);
  const table = path.join(folder, 'results.csv');
  const text = await readFile(table, 'utf8').catch(() => {
    throw new UserError(`${table}: no such file; expected the results of a run`);
  });
  const rows = resultsTable.parse(text, table).filter(({ status }) => status === 'ok');
  const kept = rows.filter((row) => existsSync(iterateOf(folder, row)));
  if (kept.length === 0)
    throw new UserError(
      `${folder}: no kept iterates in ${KEPT}; expected those of a run with save: { images: N }`,
    );

  const look = await openLook(config, options.data, batch);
  const { materials, cells, together } = look;
  if (weights !== undefined && weights !== materials.weights.sha256)
    throw new UserError(
      `${folder}: computed with other weights than ${materials.weights.file}, SHA-256 ${weights.slice(0, 12)}…`,
    );
  const { height, width } = materials.network.network;
  const again = async (before: ResultRow) => {
    const { clean, kept: there, region } = await seen(look, folder, before);
    const { image, method, attack, epsilon, select } = before;
    const size = { height, width, k: config.metrics.k };
    const now = {
      ...{ image, method, attack, epsilon, select },
      confidence: softmax(clean.evaluation.scores)[clean.label]!,
      ...comparisonOf(clean, { iteration: 0, ...there }, size, region),
      label_kept: argmax(there.evaluation.scores) === clean.label,
    };
    progress.advance(1);
    return { before, now };
  };
  const progress = startProgress(kept.length, 'images', { quiet: options.quiet ?? false });
  const pairs: Awaited<ReturnType<typeof again>>[] = [];
  try {
    // method by method, so that each is compiled once
    for (const { id } of config.explain) {
      const tasks = kept.filter(({ method }) => method === id).map((row) => () => again(row));
      pairs.push(...(await together(tasks)));
    }
  } finally {
    progress.stop();
    await cells.release();
  }
  const file = path.join(folder, 'scores.csv');
  await writeWhole(
    file,
    headerOf(scoreColumns) +
      formatRows(
        pairs.map(({ now }) => now),
        scoreColumns,
      ),
  );
  /** Whether any row has a metric, then or now. */
  const has = (metric: Metric) =>
    pairs.some(({ before, now }) => (before[metric] ?? now[metric]) !== undefined);
  return {
    file,
    scored: pairs.length,
    without: rows.length - kept.length,
    k: config.metrics.k,
    metrics: metrics.filter(has).map((metric) => ({
      metric,
      mean: meanOf(pairs, metric),
      difference:
        metric === 'topk_intersection' && kOfRun !== config.metrics.k
          ? undefined
          : compared(pairs, metric, kOfRun),
    })),
    lost: pairs.filter(({ now }) => !now.label_kept).map(({ before }) => before),
  };
}
