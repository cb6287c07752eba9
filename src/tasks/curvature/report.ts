// Curvature in a report: |λ| and the Frobenius norm against β, the bound, and the paths on level sets.
import path from 'node:path';
import type { Figure } from '../../drawing/figure.js';
import { overBeta } from '../../drawing/figures/over-beta.js';
import { turning } from '../../drawing/figures/turning.js';
import type { TextTable } from '../../drawing/text-tables.js';
import { groupBy } from '../../group-by.js';
import { readRows } from '../../record/journal.js';
import type { RunFolder, TaskReport } from '../../task/report.js';
import { exponentOf } from './exponent.js';
import { breaksBound, leavesRange, pathsOf, pathsSummary } from './paths.js';
import { correlations, outcomes } from './predictors.js';
import { type CurvatureRow, curvatureTable, type PathRow, pathTable } from './results.js';
import { curvatureSummary } from './summary.js';
import { PATHS } from './task.js';

/** The tables of a run. */
interface Rows {
  readonly rows: readonly CurvatureRow[];
  readonly paths: readonly PathRow[];
}

const networkOf = ({ model, pools }: Pick<CurvatureRow, 'model' | 'pools'>): string =>
  `${model}${pools ? ', smooth pools' : ''}`;

/** Values of a column against β, in size. */
const pointsOf = (rows: readonly CurvatureRow[], column: 'lambda' | 'frobenius') =>
  rows.flatMap(({ beta, [column]: value }) =>
    value === undefined || value === 0 ? [] : [{ beta, value: Math.abs(value) }],
  );

function againstBeta(name: string, rows: readonly CurvatureRow[]): Figure[] {
  const quantities = [
    { words: '|λ|max', points: pointsOf(rows, 'lambda') },
    { words: 'Frobenius norm', points: pointsOf(rows, 'frobenius') },
  ];
  const exponents = quantities.flatMap(({ words, points }) => {
    const exponent = exponentOf(points);
    return exponent === undefined ? [] : [`median ${words} grows as β^${exponent.toFixed(2)}`];
  });
  if (exponents.length === 0) return [];
  const images = new Set(rows.map(({ image }) => image)).size;
  return [
    overBeta(`${name}-curvature`, 'Curvature of level sets', networkOf(rows[0]!), quantities, [
      ...exponents,
      `${images} images`,
    ]),
  ];
}

/** The paths along the curvature, and how many of them break the bound. */
function turns(name: string, paths: readonly PathRow[]): Figure[] {
  if (paths.length === 0) return [];
  const curved = paths.filter((row) => row.path === 'along curvature');
  const all = pathsOf(curved);
  const [broken, out] = [breaksBound, leavesRange].map((count) => all.filter(count).length);
  return [
    turning(`${name}-paths`, 'Turn of the normal along a level set', networkOf(paths[0]!), curved, [
      `${broken} of ${all.length} paths break the bound by more than 1 %; ${out} leave the range of pixels`,
    ]),
  ];
}

function pathsTable({ paths }: Rows): TextTable[] {
  if (paths.length === 0) return [];
  const [head, ...rows] = pathsSummary(paths);
  return [
    {
      title: 'Paths on level sets',
      notes: [
        'medians at the ends of the paths; bound: ‖n − n₀‖ ≤ max|λ| · length, which says nothing above 2, and is counted as broken by 1 % or more',
      ],
      head: head!,
      numbersFrom: 2,
      rows,
    },
  ];
}

const table = ({ rows }: Rows): TextTable => {
  const [head, ...body] = curvatureSummary(rows);
  return { title: 'Medians', notes: [], head: head!, numbersFrom: 0, rows: body };
};

/** What predicts how far the attack gets: a line for each β and predictor. */
function predictorTable({ rows }: Rows): TextTable[] {
  const found = correlations(rows);
  if (found.length === 0) return [];
  const figure = (value: number) => value.toFixed(2).replace('-', '−');
  const names = Object.keys(outcomes);
  const lines = [...groupBy(found, ({ beta, predictor }) => `${beta} ${predictor}`).values()];
  return [
    {
      title: 'What predicts how far an attack gets',
      notes: [
        'rank correlations over the images that kept their label, with 95 % intervals by bootstrap',
      ],
      head: ['β', 'predictor', 'images', ...names],
      numbersFrom: 2,
      rows: lines.map((line) => [
        ...[String(line[0]!.beta), line[0]!.predictor, String(line[0]!.images)],
        ...names.map((name) => {
          const one = line.find(({ outcome }) => outcome === name);
          return one === undefined
            ? ''
            : `${figure(one.rho)} [${figure(one.low)}, ${figure(one.high)}]`;
        }),
      ]),
    },
  ];
}

/** The report of the task `curvature`. */
export const curvatureReport: TaskReport<Rows> = {
  task: 'curvature',
  file: 'curvature.csv',
  doing: 'curvature of level sets of',
  async read(folder, { end }) {
    const rows = await readRows(path.join(folder, 'curvature.csv'), end !== null, {
      table: curvatureTable,
      key: ({ image }) => image,
    });
    if (rows === undefined || rows.length === 0) return undefined;
    const paths = await readRows(path.join(folder, PATHS), end !== null, {
      table: pathTable,
      key: ({ image }) => image,
    });
    return { rows, paths: paths ?? [] };
  },
  show: (name, runs: readonly RunFolder<Rows>[]) => ({
    figures: runs.flatMap(({ rows: { rows, paths } }) => [
      ...againstBeta(name, rows),
      ...turns(name, paths),
    ]),
    tables: runs.flatMap(({ rows }) => [table(rows), ...pathsTable(rows), ...predictorTable(rows)]),
  }),
};
