// A section of a report: what was run, figures, tables and pictures of runs that belong together.
import { max } from 'simple-statistics';
import type { Figure } from '../drawing/figure.js';
import { boxes } from '../drawing/figures/boxes.js';
import { curves } from '../drawing/figures/curves.js';
import { histogram } from '../drawing/figures/histogram.js';
import { type Means, thereIn } from '../drawing/figures/means.js';
import { points } from '../drawing/figures/points.js';
import { trace } from '../drawing/figures/trace.js';
import { training } from '../drawing/figures/training.js';
import { attackMeasures, influenceMeasures, matchMeasures } from '../drawing/measures.js';
import { comparisonTable, meansTable, type TextTable } from '../drawing/text-tables.js';
import { type SummaryRow, summarise } from '../record/summary.js';
import { byMethod, joinedRows } from '../tasks/attack/joined.js';
import { comparedWithPublished, PUBLISHED_RULE, published } from '../tasks/attack/published.js';
import type { ResultRow } from '../tasks/attack/results.js';
import { type Fact, factsOf, gistOf } from './facts.js';
import type { NamedGroup } from './naming.js';
import type { RunFolder } from './run-folder.js';

export interface Section {
  readonly name: string;
  readonly title: string;
  /** What it is of, in a line. */
  readonly gist: string;
  /** What was run, of each run, and the ids by which links lead to it. */
  readonly runs: readonly {
    readonly name: string;
    readonly anchors: readonly string[];
    readonly facts: readonly Fact[];
  }[];
  readonly figures: readonly Figure[];
  readonly tables: readonly TextTable[];
}

interface Shown {
  readonly figures: readonly Figure[];
  readonly tables: readonly TextTable[];
}

/** The selection rule whose rows figures show: the published one, where there are several. */
export function ruleOf(rows: readonly ResultRow[]): string | undefined {
  const rules = [...new Set(rows.flatMap(({ select }) => select || []))];
  return rules.includes(PUBLISHED_RULE) ? PUBLISHED_RULE : rules[0];
}

/** Of a manipulation the last or the best iterate is kept, of other attacks the best by some measure. */
const keptBy = (rule: string): string =>
  rule === 'last' || rule === 'best' ? `the ${rule} iterates` : `iterates kept by ${rule}`;

/** Rows without a rule, which have no choice, and those of one rule. */
export const ofRule = <T extends { readonly select?: unknown }>(
  rows: readonly T[],
  rule: string | undefined,
): T[] => rows.filter(({ select }) => !select || select === rule);

const MEANS = 'means and 95 % intervals over the images that kept their label';

/** Curves against ε, or points where there is one. */
const overEpsilon = (means: Means): Figure =>
  (new Set(means.rows.map(({ epsilon }) => epsilon)).size > 1 ? curves : points)(means);

/** The name of the only attack, where a figure has no legend to say it. */
const underOf = (rows: readonly SummaryRow[]): string => {
  const [attack, ...others] = new Set(rows.map((row) => String(row.attack)));
  return others.length === 0 ? ` under ${attack}` : '';
};

function attacks(name: string, runs: readonly RunFolder[]): Shown {
  const rows = joinedRows(runs);
  if (rows.length === 0) return { figures: [], tables: [] };
  const rule = ruleOf(rows);
  const summary = summarise(rows);
  const shown = ofRule(summary, rule);
  const kept = rule === undefined ? [] : [keptBy(rule)];
  const { model, dataset } = rows[0]!;
  const title = `${model} on ${dataset}`;
  if (rows.some(({ target_pcc }) => target_pcc !== undefined)) {
    const measures = thereIn(summary, matchMeasures.flat());
    return {
      figures: [boxes(`${name}-boxes`, `Maps given to ${title}`, shown, matchMeasures, kept)],
      tables: [meansTable(summary, measures)],
    };
  }
  const beside = published().filter((of) => of.model === model && of.dataset === dataset);
  const compared = comparedWithPublished(rows);
  const methods = new Set(shown.map(({ method }) => method));
  const names = new Set(shown.map(({ attack }) => attack));
  const overlaid =
    compared.length === 0
      ? []
      : beside.filter(({ method, attack }) => methods.has(method) && names.has(attack));
  return {
    figures: [
      overEpsilon({
        name: `${name}-curves`,
        title: `What is left of maps of ${title}${underOf(shown)}`,
        rows: shown,
        measures: attackMeasures,
        published: overlaid,
        notes: [MEANS, ...kept],
      }),
    ],
    tables: [
      ...(compared.length > 0 ? [comparisonTable(byMethod(compared))] : []),
      meansTable(summary, thereIn(summary, attackMeasures)),
    ],
  };
}

function traces(name: string, runs: readonly RunFolder[]): Figure[] {
  const recorded = runs.flatMap(({ trace = [] }) => trace);
  if (recorded.length === 0) return [];
  const most = max(recorded.map(({ epsilon }) => epsilon ?? 0));
  const shown = byMethod(recorded.filter(({ epsilon = 0 }) => epsilon === most));
  const notes = most > 0 ? [`ε = ${most} of 255`] : [];
  const measures = [...attackMeasures, ...matchMeasures[0]!];
  return [trace(`${name}-trace`, 'Along the iterations', shown, measures, notes)];
}

function influences(name: string, run: RunFolder): Shown {
  const { influence: rows = [] } = run;
  if (rows.length === 0) return { figures: [], tables: [] };
  const summary = summarise(rows);
  // an image has one, whatever the ε
  const ofImages = new Map(
    rows.flatMap(({ image, angle }) => (angle === undefined ? [] : [[image, angle]])),
  );
  const angles = [...ofImages.values()];
  const { model, dataset } = rows[0]!;
  return {
    figures: [
      overEpsilon({
        name: `${name}-influence`,
        title: `What is left of influences on ${model} for ${dataset}${underOf(summary)}`,
        rows: summary,
        measures: influenceMeasures,
        published: [],
        notes: [MEANS],
      }),
      ...(angles.length === 0
        ? []
        : [
            histogram(
              `${name}-angles`,
              'Angles between the gradients of influence and score',
              'angle, °',
              new Map([[model, angles]]),
              [`${angles.length} images`],
            ),
          ]),
    ],
    tables: [meansTable(summary, thereIn(summary, influenceMeasures))],
  };
}

function angleFigures(name: string, { angles = [], record }: RunFolder): Figure[] {
  if (angles.length === 0) return [];
  return [
    histogram(
      `${name}-angles`,
      'Angles between gradients and directions of largest curvature',
      'angle, °',
      new Map([[record.config.model.name, angles]]),
      [`${angles.length} images`],
    ),
  ];
}

/** The section of runs that belong together. */
export function sectionOf({ name, title, runs: all }: NamedGroup): Section {
  const runs = all.map(({ run }) => run);
  const { figures, tables } = attacks(name, runs);
  const each = runs.map((run) => influences(name, run));
  return {
    name,
    title,
    gist: gistOf(runs),
    runs: all.map(({ run, name, anchors }) => ({ name, anchors, facts: factsOf(run) })),
    figures: [
      ...figures,
      ...each.flatMap((shown) => shown.figures),
      ...traces(name, runs),
      ...runs.flatMap((run) => angleFigures(name, run)),
      ...runs.flatMap(({ log, record }) =>
        log === undefined || log.length === 0
          ? []
          : [training(`${name}-training`, `Training of ${record.config.model.name}`, log)],
      ),
    ],
    tables: [...tables, ...each.flatMap((shown) => shown.tables)],
  };
}
