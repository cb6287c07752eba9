// The tables of a run while it computes: its rows, their traces where the config asks for them, and the images that
// they depend on. Each attempt writes parts of its own. Of a cell the trace is written before the rows, so that a cell
// with rows has its whole trace.
import path from 'node:path';
import { listHash } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { newAttempt } from '../record/attempt.js';
import { Journal } from '../record/journal.js';
import type { RunRecord } from '../record/run-record.js';
import { UsedImages } from '../subject/used-images.js';
import type { AnyRow, Experiment, Found, Screened, Task, TaskConfig } from '../task/task.js';
import type { Queued } from './schedule.js';

/** The tables of a run, opened. */
export interface Tables {
  readonly rows: Journal<AnyRow>;
  readonly trace: Journal<object> | undefined;
  /** For tasks on images. */
  readonly images: UsedImages | undefined;
}

/** The tables of which experiment, in which folder. */
interface Tabled {
  readonly config: Pick<TaskConfig, 'output'>;
  readonly task: Pick<Task, 'file' | 'table'>;
  readonly experiment: Experiment;
}

const choice = 'use --fresh to replace them or --out for another folder';

/**
 * Opens the tables in the folder of a run. Writes nothing.
 * Throws a UserError if a table is not one, or if images are not those that earlier rows depend on.
 */
export async function openTables(
  { config: { output }, task, experiment }: Tabled,
  before: RunRecord | undefined,
): Promise<Tables> {
  const attempt = newAttempt();
  const at = (file: string) => path.join(output, file);
  const rows = await Journal.open<AnyRow>(at(task.file), attempt, {
    table: task.table,
    key: (row) => experiment.cellOf(row).key,
    rowsPerCell: (row) => experiment.cellOf(row).rows,
  });
  const { trace, units } = experiment;
  const traced = trace && (await Journal.open(at(trace.file), attempt, { ...trace, beside: rows }));
  if (units.kind !== 'images') return { rows, trace: traced, images: undefined };
  const images = await UsedImages.open(output, attempt, units.dataset);
  if (before !== undefined) {
    const other = (await images.changed()) ?? otherList(before, units);
    if (other !== undefined)
      throw new UserError(`output: ${output}: holds results of ${other}; ${choice}`);
  }
  return { rows, trace: traced, images };
}

/** How the images of an earlier run and those of a run now differ in names or labels, in words; undefined if they do not. */
function otherList({ data }: RunRecord, { dataset, name }: Screened): string | undefined {
  if (data?.list === undefined) return 'images without recorded hashes, of an earlier fragile';
  if (data.list === listHash(dataset)) return undefined;
  const { length } = dataset.entries;
  return data.images === length
    ? `${name} with other names or labels of images`
    : `${name} with ${data.images} images, here ${length}`;
}

/** The images that the rows of a cell depend on. */
const imagesOf = ({ unit, images = [unit] }: Queued): readonly number[] => images;

/** Writes the result of a cell: the images it depends on, its trace, its rows. */
export async function writeCell(
  { rows, trace, images }: Tables,
  cell: Queued,
  found: Found,
): Promise<void> {
  for (const image of imagesOf(cell)) await images?.use(image);
  await trace?.append(found.trace ?? []);
  await rows.append(found.rows);
}

/** The tables of a run, finished. */
export interface Finished {
  readonly rows: readonly AnyRow[];
  /** SHA-256 of the content of the images that rows depend on. */
  readonly content: string | undefined;
}

/**
 * Puts all tables in the order of the plan. Rows of other cells stay in parts of their own.
 * @param plan the cells of the plan, in order
 * Throws a UserError if an image was changed since its rows were computed.
 */
export async function finishTables(
  tables: Tables,
  { cellOf, trace }: Experiment,
  plan: readonly Queued[],
): Promise<Finished> {
  const changed = await tables.images?.changed();
  if (changed !== undefined)
    throw new UserError(
      `the run has rows of ${changed}, which was changed meanwhile; use --fresh to begin again`,
    );
  const order = new Map(plan.map(({ key }, i) => [key, i]));
  const rows = await tables.rows.read();
  if (trace !== undefined) {
    const gathered = await tables.trace!.read();
    await tables.trace!.finish(gathered, (row) => order.get(trace.key(row)));
  }
  const content = await tables.images?.finish([...new Set(plan.flatMap(imagesOf))]);
  // last: the rows are what the other tables belong to
  return { rows: await tables.rows.finish(rows, (row) => order.get(cellOf(row).key)), content };
}

/** Closes all tables as they are. */
export async function closeTables({ rows, trace, images }: Tables): Promise<void> {
  await rows.close();
  await trace?.close();
  await images?.close();
}
