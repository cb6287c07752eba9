// The task of attacking explanations: cells are images under a method, an attack and ε.
import path from 'node:path';
import { note } from '../../note.js';
import { KEPT, MAPS, ORIGINALS } from '../../record/kept.js';
import { inputsOf } from '../../record/run-record.js';
import { summarize, writeSummary } from '../../record/summary.js';
import { openImages, openMethods, type Subject } from '../../subject/subject.js';
import { IMAGES } from '../../subject/used-images.js';
import { screened } from '../../task/image-task.js';
import type { CellOfRow, Experiment, Found, Planned, Task, Trace } from '../../task/task.js';
import type { CellResult } from './computer.js';
import { type AttackConfig, attackForm, resolveAttack } from './config.js';
import { missingKept, saveKept } from './kept/write.js';
import { printedMetrics, summarized } from './metrics.js';
import { type Cell, cellKey, cellsOf, rowsPerCell, selectionsOf, stepsOf } from './plan.js';
import { checkRegions, maskFiles } from './regions.js';
import { type ResultRow, resultsTable, type TraceRow, traceTable } from './results.js';
import { rowOf } from './rows.js';
import { checkTargets, imagesOf, targetFiles } from './targets.js';
import { ATTACK_TASK_VERSION, attackConfigVersions } from './versions.js';

/**
 * The columns of the table that is printed: heading, column of the summary, digits. Columns without values are left
 * out.
 */
const printed: readonly (readonly [heading: string, column: string, digits?: number])[] = [
  ['method', 'method'],
  ['attack', 'attack'],
  ['ε', 'epsilon'],
  ['select', 'select'],
  ['images', 'n'],
  ['label lost', 'n_label_lost'],
  ...printedMetrics.map(
    ([name, heading, statistic, digits]) => [heading, `${name}_${statistic}`, digits] as const,
  ),
];

const figure = (value: unknown, digits: number | undefined): string =>
  typeof value === 'number' && digits !== undefined ? value.toFixed(digits) : String(value ?? '');

/** Writes summary.csv and returns the table to print. */
async function finish(folder: string, rows: readonly ResultRow[]): Promise<string[][]> {
  const summary = summarize(rows, summarized);
  await writeSummary(path.join(folder, 'summary.csv'), summary, summarized);
  const columns = printed.filter(
    ([, of]) => of === 'method' || summary.some((row) => row[of] !== undefined),
  );
  return [
    columns.map(([heading]) => heading),
    ...summary.map((row) => columns.map(([, of, digits]) => figure(row[of], digits))),
  ];
}

const trace: Trace = {
  file: 'trace.csv',
  table: traceTable,
  key: (row) => cellKey(row as TraceRow),
};

type AttackFound = CellResult | Found<ResultRow>;

async function open(
  config: AttackConfig,
  subject: Subject,
): Promise<Experiment<ResultRow, Cell, AttackFound>> {
  const { network } = subject.network;
  const dataset = await openImages(config, subject);
  const { patterns } = await openMethods(config, subject);
  await checkTargets({ config, dataset, network: subject.network });
  await checkRegions(config, dataset, network);
  const { explain, attack, save, output } = config;
  const attackAt = new Map(attack.map(({ id }, i) => [id, i]));
  const cellOf = (row: Parameters<typeof cellKey>[0]): CellOfRow => {
    const at = attackAt.get(row.attack) ?? 0;
    return { key: cellKey(row), steps: stepsOf(config, at), rows: rowsPerCell(config, at) };
  };
  return {
    units: screened(config, dataset),
    inputs: [
      ...patterns,
      ...(await inputsOf('target', targetFiles(config))),
      ...(await inputsOf('mask', maskFiles(config))),
    ],
    trace: save.trace ? trace : undefined,
    cellOf,
    plan(image, prediction) {
      const label = prediction?.label ?? 0;
      return cellsOf(config, image, label).map((cell): Planned<Cell, ResultRow> => {
        const row = {
          ...rowOf(config, cell, dataset.entries[image]!),
          prediction: prediction?.label,
        };
        return {
          cell,
          images: imagesOf(config, dataset.entries, cell),
          ...cellOf(row),
          group: `${cell.method} ${cell.attack}`,
          title: `${explain[cell.method]!.id} × ${attack[cell.attack]!.id}`,
          failed: () =>
            selectionsOf(attack[cell.attack]!).map((select) => ({
              ...row,
              select,
              status: 'failed',
            })),
        };
      });
    },
    async keep(found, place) {
      if ('kept' in found && place < save.images)
        await saveKept(output, found.rows[0]!, found, network);
    },
    async finish(rows) {
      const missing = missingKept(output, rows, save.images);
      if (missing > 0)
        note(
          `${missing} kept ${missing === 1 ? 'iterate is' : 'iterates are'} not in ${path.join(output, KEPT)}, though all rows are there; --fresh computes everything again`,
        );
      return finish(output, rows);
    },
  };
}

export const attackTask: Task<AttackConfig, ResultRow, Cell, AttackFound> = {
  name: 'attack',
  version: ATTACK_TASK_VERSION,
  form: attackForm,
  resolve: resolveAttack,
  versions: attackConfigVersions,
  file: 'results.csv',
  table: resultsTable,
  leaves: [
    ...[IMAGES, 'results.csv', 'summary.csv', 'trace.csv', 'scores.csv', 'panel.png'],
    ...[ORIGINALS, KEPT, MAPS],
  ],
  open,
};
