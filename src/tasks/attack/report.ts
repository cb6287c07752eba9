// Attacks in a report: their curves beside the published ones, manipulations as boxes, traces, tables and pictures.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { departures } from '../../config/semantics.js';
import { clipping } from '../../drawing/explanations.js';
import type { Figure } from '../../drawing/figure.js';
import { boxes } from '../../drawing/figures/boxes.js';
import { thereIn } from '../../drawing/figures/means.js';
import { MEANS, overEpsilon, underOf } from '../../drawing/figures/over-epsilon.js';
import { trace } from '../../drawing/figures/trace.js';
import { type Gallery, galleryTile } from '../../drawing/gallery.js';
import { meansTable } from '../../drawing/text-tables.js';
import { type Fact, itemsOf, worded } from '../../drawing/words.js';
import { ofLargestBound } from '../../record/bound.js';
import { KEPT, keptFile, originalFile } from '../../record/kept.js';
import type { RunRecord } from '../../record/run-record.js';
import { type SummaryRow, summarize } from '../../record/summary.js';
import type { RunFolder, Shown, TaskReport } from '../../task/report.js';
import type { AttackConfig } from './config.js';
import { type AttackRows, byMethod, joinedRows, together } from './joined.js';
import { keptOf } from './kept/read.js';
import { measureOf, metricsOf, summarized } from './metrics.js';
import { attackRow } from './panel-rows.js';
import {
  comparedWithPublished,
  comparisonTable,
  PUBLISHED_RULE,
  type PublishedValue,
  published,
} from './published.js';
import { asAttack, resultsOf, traceOfRun } from './recorded.js';
import type { ResultRow } from './results.js';

type AttackFolder = RunFolder<AttackRows>;

/**
 * The metrics in figures of attacks, as in Figs. 3, 12 and 13 of Ghorbani et al. 2019. The region's share is of
 * target-region.
 */
export const attackMeasures = [
  measureOf('topk_intersection'),
  measureOf('spearman'),
  measureOf('center_shift'),
  measureOf('region_share_perturbed'),
];

/**
 * The metrics in figures of match-target: the map against its target, then the image and the output against the clean
 * ones.
 */
export const matchMeasures = [
  metricsOf('target').map(measureOf),
  metricsOf('images').map(measureOf),
  [measureOf('output_change')],
];

/** The selection rule whose rows figures show: the published rule if rows have it, else the first. */
export function ruleOf(rows: readonly ResultRow[]): string | undefined {
  const rules = [...new Set(rows.flatMap(({ select }) => select || []))];
  return rules.includes(PUBLISHED_RULE) ? PUBLISHED_RULE : rules[0];
}

/**
 * The note on kept iterates. match-target keeps the last or the best one, other attacks the best one by a selection
 * rule.
 */
const keptBy = (rule: string): string =>
  rule === 'last' || rule === 'best' ? `the ${rule} iterates` : `iterates kept by ${rule}`;

/** Rows of one selection rule, and rows of attacks without a rule. */
export const ofRule = <T extends { readonly select?: unknown }>(
  rows: readonly T[],
  rule: string | undefined,
): T[] => rows.filter(({ select }) => !select || select === rule);

/** The published means of the methods and attacks that a figure shows. */
function overlaid(shown: readonly SummaryRow[], { model, dataset }: ResultRow): PublishedValue[] {
  const methods = new Set(shown.map(({ method }) => method));
  const names = new Set(shown.map(({ attack }) => attack));
  return published()
    .filter((of) => of.model === model && of.dataset === dataset)
    .filter(({ method, attack }) => methods.has(method) && names.has(attack));
}

/** Curves and tables of attacked maps, beside the published means. */
function curvesOf(name: string, rows: readonly ResultRow[], kept: readonly string[]): Shown {
  const summary = summarize(rows, summarized);
  const shown = ofRule(summary, ruleOf(rows));
  const [first] = rows;
  const compared = comparedWithPublished(rows);
  return {
    figures: [
      overEpsilon({
        name: `${name}-curves`,
        title: `What is left of maps of ${first!.model} on ${first!.dataset}${underOf(shown)}`,
        rows: shown,
        measures: attackMeasures,
        published: compared.length === 0 ? [] : overlaid(shown, first!),
        notes: [MEANS, ...kept],
      }),
    ],
    tables: [
      ...(compared.length > 0 ? [comparisonTable(byMethod(compared))] : []),
      meansTable(summary, thereIn(summary, attackMeasures)),
    ],
  };
}

/** Boxes and a table of manipulated maps: how near they come to their targets. */
function boxesOf(name: string, rows: readonly ResultRow[], kept: readonly string[]): Shown {
  const summary = summarize(rows, summarized);
  const title = `Maps given to ${rows[0]!.model} on ${rows[0]!.dataset}`;
  const shown = ofRule(summary, ruleOf(rows));
  return {
    figures: [boxes(`${name}-boxes`, title, shown, matchMeasures, [...kept])],
    tables: [meansTable(summary, thereIn(summary, matchMeasures.flat()))],
  };
}

/** Metrics along the iterations, at the largest ε. */
function traceOf(name: string, runs: readonly AttackFolder[]): Figure[] {
  const recorded = runs.flatMap(({ rows }) => rows.trace);
  if (recorded.length === 0) return [];
  const { rows, bound } = ofLargestBound(recorded);
  const notes = bound === undefined ? [] : [`ε = ${bound} of 255`];
  const measures = [...attackMeasures, ...matchMeasures[0]!];
  return [trace(`${name}-trace`, 'Along the iterations', byMethod(rows), measures, notes)];
}

function show(name: string, runs: readonly AttackFolder[]): Shown {
  const rows = joinedRows(runs);
  if (rows.length === 0) return { figures: [], tables: [] };
  const rule = ruleOf(rows);
  const kept = rule === undefined ? [] : [keptBy(rule)];
  const manipulated = rows.some(({ target_pcc }) => target_pcc !== undefined);
  const { figures, tables } = (manipulated ? boxesOf : curvesOf)(name, rows, kept);
  return { figures: [...figures, ...traceOf(name, runs)], tables };
}

async function read(folder: string, record: RunRecord): Promise<AttackRows | undefined> {
  const { config } = asAttack(folder, record);
  const results = (await resultsOf(folder, record)) ?? [];
  if (results.length === 0) return undefined;
  const trace = (await traceOfRun(folder, record)) ?? [];
  const points = trace.map(
    ({ image, method, attack, epsilon, iteration, D: _, label_kept: __, ...values }) => ({
      ...{ image, method, attack, epsilon, iteration, values },
    }),
  );
  return { config, results, trace: points };
}

/** Largest number of methods in a line. */
const MOST_METHODS = 4;

function gist(runs: readonly AttackFolder[]): string {
  const ids = [...new Set(runs.flatMap(({ rows }) => rows.config.explain.map(({ id }) => id)))];
  const more = ids.length > MOST_METHODS ? ` and ${ids.length - MOST_METHODS} more` : '';
  return `: ${ids.slice(0, MOST_METHODS).join(', ')}${more}`;
}

/** The semantics in words: `paper`, and the fields that differ from it. */
function semanticsFact({ semantics }: AttackConfig): string {
  const other = departures(semantics);
  return Object.keys(other).length === 0 ? 'paper' : `paper, but ${worded(other)}`;
}

function facts(record: RunRecord): Fact[] {
  const config = record.config as AttackConfig;
  const { explain, attack, epsilon, metrics } = config;
  return [
    ['methods', itemsOf(explain)],
    ['attacks', itemsOf(attack)],
    ...(epsilon === undefined ? [] : [['ε', `${epsilon.join(', ')} of 255`] as const]),
    ['semantics', semanticsFact(config)],
    ['k', String(metrics.k)],
  ];
}

/** Largest number of rows of a gallery, so that a page stays small enough to be sent. */
const MOST_ROWS = 24;

/**
 * The rows of a gallery, image by image: rows with kept iterate and original, of the largest ε and the selection rule
 * of figures.
 */
const shownRows = (folder: string, rows: readonly ResultRow[]): ResultRow[] =>
  ofLargestBound(
    ofRule(rows, ruleOf(rows)).filter(
      (row) =>
        existsSync(path.join(folder, keptFile(row))) &&
        existsSync(path.join(folder, originalFile(row))),
    ),
  ).rows;

/** The kept images of a run: original, its map, perturbed image, its map and their difference. */
async function gallery(
  { folder, rows: { config, results } }: AttackFolder,
  data: string | undefined,
): Promise<Gallery | undefined> {
  if (!existsSync(path.join(folder, KEPT))) return undefined;
  const rows = shownRows(folder, results);
  if (rows.length === 0) return undefined;
  const attacked = await keptOf(config, folder, rows.slice(0, MOST_ROWS), data);
  return {
    rows: await Promise.all(
      attacked.map(async (one) => {
        const { heading = '', tiles, caption } = attackRow(one);
        return {
          heading: `${one.row.image}: ${heading}`,
          tiles: await Promise.all(tiles.map(galleryTile)),
          caption,
        };
      }),
    ),
    notes: [
      clipping,
      'difference: perturbed − original, amplified, around gray',
      ...(rows.length > MOST_ROWS ? [`the first ${MOST_ROWS} of ${rows.length}`] : []),
    ],
  };
}

export const attackReport: TaskReport<AttackRows> = {
  task: 'attack',
  file: 'results.csv',
  doing: 'attacks on maps of',
  ...{ read, together, show, gist, facts, gallery },
};
