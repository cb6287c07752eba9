// Computes the metrics of a run again, from the iterates it kept, and compares them with the run's table.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../../errors.js';
import { argmax } from '../../../metric/output.js';
import { startProgress } from '../../../progress.js';
import { newAttempt } from '../../../record/attempt.js';
import { writeWhole } from '../../../record/files.js';
import { KEPT } from '../../../record/kept.js';
import { formatRows, headerOf } from '../../../record/table.js';
import { UsedImages } from '../../../subject/used-images.js';
import { differsBy, type MetricName, measured, metricNames, pairOf } from '../metrics.js';
import { type AttackRecord, readAttack, resultsOf } from '../recorded.js';
import type { ResultRow } from '../results.js';
import { keptColumns } from '../rows.js';
import { computeAgain, iterateOf, type Opened, openAgain } from './again.js';

/** The columns of scores.csv. */
export const scoreColumns = [
  ...(['image', 'method', 'attack', 'epsilon', 'select', 'label_kept'] as const),
  ...metricNames,
] as const;

/**
 * Differences up to this one are float noise: another machine or another batch adds the same numbers in another
 * order, and a ReLU near zero may then be on one side or the other. One pixel of a top-k set is noise too.
 */
export const NOISE = 1e-3;

/** The largest difference in a metric over all rows. */
export interface Difference {
  readonly largest: number;
  readonly measure: ReturnType<typeof differsBy>;
  /** The row of the largest difference. */
  readonly row: ResultRow;
  readonly noise: boolean;
}

export interface Scored {
  /** The file of the table with the new values, scores.csv. */
  readonly file: string;
  /** Rows of the table, and rows of the run whose iterates were not kept. */
  readonly scored: number;
  readonly without: number;
  /** Pixels of the top-k metrics. */
  readonly k: number;
  /**
   * For each metric with values: its mean over the rows, and the largest difference from the run's rows; undefined if
   * they cannot be compared.
   */
  readonly metrics: readonly {
    readonly metric: MetricName;
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

function differenceOf(
  metric: MetricName,
  before: number | undefined,
  now: number | undefined,
): number {
  if (before === undefined || now === undefined)
    return before === now ? 0 : Number.POSITIVE_INFINITY;
  const apart = Math.abs(now - before);
  return differsBy(metric) === 'absolute' || apart === 0
    ? apart
    : apart / Math.max(Math.abs(before), Math.abs(now));
}

/** Rows of a run, each with its newly computed columns. */
type Pairs = readonly { readonly before: ResultRow; readonly now: Partial<ResultRow> }[];

/**
 * The largest difference between a metric that was computed again and the run's.
 * @param k pixels of the top-k intersection
 */
export function compared(pairs: Pairs, metric: MetricName, k: number): Difference {
  const each = pairs.map(({ before, now }) => ({
    row: before,
    largest: differenceOf(metric, before[metric], now[metric]),
  }));
  const { row, largest } = each.reduce((a, b) => (b.largest > a.largest ? b : a));
  const noise = metric === 'topk_intersection' ? Math.max(NOISE, 1.5 / k) : NOISE;
  return { largest, measure: differsBy(metric), row, noise: largest <= noise };
}

/** The mean over rows that have a value. */
function meanOf(pairs: Pairs, metric: MetricName): number {
  const values = pairs.flatMap(({ now }) => now[metric] ?? []);
  return values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** The rows of a run with status `ok`, and those among them whose iterate was kept. */
async function rowsOf(
  folder: string,
  record: AttackRecord,
): Promise<{ readonly all: readonly ResultRow[]; readonly kept: readonly ResultRow[] }> {
  const rows = await resultsOf(folder, record);
  if (rows === undefined)
    throw new UserError(
      `${path.join(folder, 'results.csv')}: no such file; expected the results of a run`,
    );
  const all = rows.filter(({ status }) => status === 'ok');
  const kept = all.filter((row) => existsSync(iterateOf(folder, row)));
  if (kept.length === 0)
    throw new UserError(
      `${folder}: no kept iterates in ${KEPT}; expected those of a run with save: { images: N }`,
    );
  return { all, kept };
}

/** The metrics of a row's kept iterate, computed again. */
async function measuredAgain(opened: Opened, folder: string, before: ResultRow) {
  const { clean, kept, region } = await computeAgain(opened, folder, before);
  const { image, method, attack, epsilon, select } = before;
  const { model, metrics } = opened.config;
  const size = { height: model.input.height, width: model.input.width, k: metrics.k };
  const now = {
    ...{ image, method, attack, epsilon, select },
    ...measured(pairOf(clean, clean, size), 'clean'),
    ...keptColumns(clean, { iteration: 0, ...kept }, size, region),
    label_kept: argmax(kept.evaluation.scores) === clean.label,
  };
  return { before, now };
}

/** The metrics of all rows, computed again. */
async function pairsOf(
  opened: Opened,
  folder: string,
  kept: readonly ResultRow[],
  quiet: boolean,
): Promise<Pairs> {
  const progress = startProgress(kept.length, 'images', { quiet });
  const pairs: Awaited<ReturnType<typeof measuredAgain>>[] = [];
  const again = async (row: ResultRow) => {
    const pair = await measuredAgain(opened, folder, row);
    progress.advance(1);
    return pair;
  };
  try {
    // method by method, so that each is compiled once
    for (const { id } of opened.config.explain) {
      const tasks = kept.filter(({ method }) => method === id).map((row) => () => again(row));
      pairs.push(...(await opened.together(tasks)));
    }
  } finally {
    progress.stop();
    await opened.computer.release();
  }
  return pairs;
}

/** Throws a UserError if the weights are not those of the run. */
function checkWeights(folder: string, { inputs }: AttackRecord, { subject }: Opened): void {
  const weights = inputs.find(({ of }) => of === 'weights');
  if (weights !== undefined && weights.sha256 !== subject.weights.sha256)
    throw new UserError(
      `${folder}: computed with other weights than ${subject.weights.file}, SHA-256 ${weights.sha256.slice(0, 12)}…`,
    );
}

/** Throws a UserError if an image is not that of the run. */
async function checkImages(folder: string, { dataset }: Opened): Promise<void> {
  const changed = await (await UsedImages.open(folder, newAttempt(), dataset)).changed();
  if (changed !== undefined)
    throw new UserError(`${folder}: computed on ${changed}; expected the images of the run`);
}

/**
 * Computes the metrics of all rows of a run whose iterates were kept, writes them to scores.csv in its folder and
 * compares them with results.csv. A top-k intersection with another k than the run's is not compared.
 * Throws a UserError if the folder is not a run's, or its images or weights are missing.
 */
export async function score(folder: string, options: ScoreOptions): Promise<Scored> {
  const record = await readAttack(folder);
  const kOfRun = record.config.metrics.k;
  const k = options.k ?? kOfRun;
  const { height, width } = record.config.model.input;
  if (k > height * width)
    throw new UserError(
      `--k: ${k}, expected at most ${height * width}, the pixels of a ${width}×${height} map`,
    );
  const { all, kept } = await rowsOf(folder, record);
  const config = { ...record.config, metrics: { k } };
  const opened = await openAgain(config, options.data, Number(record.engine.batch ?? 1));
  checkWeights(folder, record, opened);
  await checkImages(folder, opened);
  const pairs = await pairsOf(opened, folder, kept, options.quiet ?? false);
  const file = path.join(folder, 'scores.csv');
  const rows = pairs.map(({ now }) => now);
  await writeWhole(file, headerOf(scoreColumns) + formatRows(rows, scoreColumns));
  /** Whether any row has a value of a metric, in the run's table or computed again. */
  const has = (metric: MetricName) =>
    pairs.some(({ before, now }) => (before[metric] ?? now[metric]) !== undefined);
  /** Whether the run has the metric, and of the same k. */
  const comparable = (metric: MetricName) =>
    record.versions.of[`metric ${metric}`] !== undefined &&
    (metric !== 'topk_intersection' || kOfRun === k);
  return {
    file,
    scored: pairs.length,
    without: all.length - kept.length,
    k,
    metrics: metricNames.filter(has).map((metric) => ({
      metric,
      mean: meanOf(pairs, metric),
      difference: comparable(metric) ? compared(pairs, metric, kOfRun) : undefined,
    })),
    lost: pairs.filter(({ now }) => !now.label_kept).map(({ before }) => before),
  };
}
