// Computes the cells of a run: keeps all workers busy until nothing is left to do, and writes the result of every cell as
// soon as it is there.
import { note } from '../note.js';
import type { Found } from '../task/task.js';
import type { Computing } from './phases.js';
import type { Queued } from './schedule.js';
import { writeCell } from './tables.js';
import { JobFailed, type WorkerProcess } from './worker-process.js';

/** Keeps all workers busy until nothing is left to do. */
export async function compute(computing: Computing): Promise<void> {
  const { crew, schedule, options } = computing;
  const close = () => schedule.close();
  options.signal?.addEventListener('abort', close);
  try {
    await Promise.all(crew.workers.map((worker) => serve(worker, computing)));
  } finally {
    options.signal?.removeEventListener('abort', close);
    close();
  }
}

/** Keeps one worker busy. */
async function serve(worker: WorkerProcess, computing: Computing): Promise<void> {
  const { schedule, options } = computing;
  for (;;) {
    const job = await schedule.next();
    if (job === undefined || options.signal?.aborted) return worker.stop();
    const ahead = schedule.upcoming();
    if (job.kind === 'cells') {
      const results = await computed(worker, job.cells, ahead, computing);
      for (const [i, result] of results.entries()) await keep(job.cells[i]!, result, computing);
      continue;
    }
    const predictions = await worker.compute({ ...job, ahead });
    for (const [i, found] of predictions.entries()) {
      const unread = 'failure' in found;
      if (unread) note(found.failure);
      schedule.predicted(job.images[i]!, unread ? undefined : found);
    }
  }
}

/** The results of cells. A batch that fails is tried cell by cell. Cells that fail alone have rows of status `failed`. */
async function computed(
  worker: WorkerProcess,
  cells: readonly Queued[],
  ahead: readonly number[],
  computing: Computing,
): Promise<readonly Found[]> {
  const { schedule, tally } = computing;
  const failed = (planned: Queued, why: string): Found => {
    tally.failed++;
    note(`${planned.key}: ${why}`);
    return { rows: planned.failed() };
  };
  try {
    const job = { kind: 'cells', cells: cells.map(({ cell }) => cell), ahead } as const;
    const found = await worker.compute(job);
    return found.map((one, i) =>
      one.failure === undefined ? one : failed(cells[i]!, one.failure),
    );
  } catch (error) {
    // a run that ends for another reason stops its workers, whose cells have not failed
    if (schedule.ended || !(error instanceof JobFailed)) throw error;
    if (cells.length === 1) return [failed(cells[0]!, error.message)];
    const each: Found[] = [];
    for (const cell of cells) each.push(...(await computed(worker, [cell], ahead, computing)));
    return each;
  }
}

/** Writes the result of a cell. */
async function keep(cell: Queued, found: Found, computing: Computing): Promise<void> {
  const { unit, steps } = cell;
  const { experiment, schedule, tables, tally, progress, begin } = computing;
  await begin();
  await experiment.keep?.(found, schedule.used.indexOf(unit));
  if (found.rows.some(({ status }) => status === 'failed')) await tables.rows.append(found.rows);
  else await writeCell(tables, cell, found);
  tally.computed++;
  // a cell with several steps has reported each of them
  if (steps === 1) progress.advance(1);
}

/** Writes rows of status `failed` for the images in use that cannot be read. */
export async function keepUnreadable({
  experiment,
  schedule,
  tables,
  begin,
}: Computing): Promise<void> {
  for (const unit of schedule.used.filter((one) => schedule.isUnreadable(one))) {
    await begin();
    const missing = experiment.plan(unit, undefined);
    await tables.rows.append(missing.flatMap((cell) => cell.failed()));
  }
}
