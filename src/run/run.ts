// Runs an experiment in five phases: open, claim the folder, start the crew and prepare, compute, close. Rows are
// written as cells finish, so all finished rows are on disk at every moment, and a run started again computes only the
// missing cells. However a run ends, its workers end with it.
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { listHash } from '../data/dataset.js';
import type { Choice } from '../engine/choice.js';
import { chooseEngine } from '../engine/choose.js';
import { note } from '../note.js';
import { type Progress, startProgress } from '../progress.js';
import { identityHash } from '../record/identity.js';
import { claimFolder } from '../record/output-folder.js';
import { type Facts, type RunRecord, versionsHere, writeRecord } from '../record/run-record.js';
import type { TaskConfig } from '../task/task.js';
import { leavesOf } from '../tasks/index.js';
import { removeTemporary } from '../write-whole.js';
import { compute, keepUnreadable } from './compute.js';
import { type OpenCrew, openCrew, workerCount } from './crew.js';
import type { Claimed, Computing, Ready, RunOptions } from './phases.js';
import { type Queued, Schedule } from './schedule.js';
import { closeTables, type Finished, finishTables, openTables } from './tables.js';
import { largestGroup, openWork, sampleOf, type Work } from './work.js';
import { WorkerLost } from './worker-process.js';

/** Numbers of units asked for, used, and tried. */
type Counts = NonNullable<RunRecord['units']>;

/** How a run ended. */
export interface Outcome {
  readonly interrupted: boolean;
  /** Why the run stopped before its end, if a worker was lost. */
  readonly lost?: string | undefined;
  readonly units: Counts & { readonly unreadable: number };
  readonly failed: number;
  /** The results as a table to print, and the file of all rows. */
  readonly summary: readonly (readonly string[])[];
  readonly file: string;
}

/** Runs a config to its end, or until it is interrupted. */
export async function run(config: TaskConfig, options: RunOptions = {}): Promise<Outcome> {
  const work = await openWork(config, options.data);
  const choice = await chooseEngine(config.engine);
  const claimed = await claim(work, choice, options);
  const interrupted = () => options.signal?.aborted ?? false;
  let schedule: Schedule | undefined;
  const progress: { bar?: Progress } = {};
  const tally = { computed: 0, failed: 0 };
  const ended = (how: Partial<Outcome>): Outcome => ({
    interrupted: false,
    units: countsOf(work, schedule),
    failed: tally.failed,
    summary: [],
    file: tableFile(work),
    ...how,
  });
  let crew: OpenCrew | undefined;
  try {
    crew = await startCrew(claimed, () => progress.bar?.advance(1));
    const facts = await prepare(claimed, crew);
    const ready = { ...claimed, crew, facts };
    const begin = once(() => record(ready, undefined));
    // the record of a finished run stays until there are new rows
    if (claimed.before?.end == null) await begin();
    schedule = scheduleOf(claimed, crew);
    progress.bar = progressOf(claimed);
    const computing = { ...ready, schedule, tally, progress: progress.bar, begin };
    await compute(computing);
    if (interrupted()) return ended({ interrupted: true });
    return ended({ summary: await close(computing) });
  } catch (error) {
    if (interrupted()) return ended({ interrupted: true });
    if (error instanceof WorkerLost) return ended({ lost: error.message });
    throw error;
  } finally {
    crew?.stop();
    progress.bar?.stop();
    await closeTables(claimed.tables);
  }
}

/** Does something at the first call, and lets later calls wait for it. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

const tableFile = ({ config, task }: Work): string => path.join(config.output, task.file);

/**
 * Claims the output folder for a run, and opens the tables in it. Throws a UserError if the folder belongs to another
 * run.
 */
async function claim(work: Work, choice: Choice, options: RunOptions): Promise<Claimed> {
  const { config, versions, inputs } = work;
  const before = await claimFolder({
    ...{ config, versions, inputs, leaves: leavesOf },
    engine: choice,
    fresh: options.fresh ?? false,
  });
  const tables = await openTables(work, before);
  const { size } = tables.rows.done;
  if (size > 0 && !options.quiet) note(`resuming: ${size} cells are finished already`);
  const start = before?.start ?? new Date().toISOString();
  return { ...work, options, choice, began: Date.now(), before, start, tables };
}

/** Starts the workers. */
const startCrew = (
  { config, subject, experiment, choice, options }: Claimed,
  onStep: () => void,
): Promise<OpenCrew> =>
  openCrew(
    workerCount(config, options, choice),
    {
      config,
      dataRoot: subject.dataRoot,
      engine: choice,
      most: largestGroup(experiment),
    },
    options,
    { onStep, onNote: note },
  );

/** Runs the preparation of a task that has one. Returns its facts for the record. */
async function prepare({ experiment }: Claimed, crew: OpenCrew): Promise<Facts | undefined> {
  const prepared = await experiment.prepare?.(crew);
  if (prepared !== undefined) await crew.share(prepared.shared);
  return prepared?.facts;
}

function scheduleOf({ experiment, tables }: Claimed, crew: OpenCrew): Schedule {
  const { units, plan } = experiment;
  const screening = units.kind === 'images' ? units : undefined;
  return new Schedule({
    candidates: screening?.candidates ?? Array.from({ length: units.count }, (_, i) => i),
    count: units.count,
    batch: crew.batch,
    accept:
      screening &&
      ((image, prediction) =>
        prediction === undefined ? !screening.screens : screening.accept(image, prediction)),
    cells: (unit, prediction) =>
      plan(unit, prediction).filter(({ key }) => !tables.rows.done.has(key)),
  });
}

/** Progress in steps, without the steps of rows that are already in the table. */
function progressOf({ experiment, tables, options }: Claimed): Progress {
  const perUnit = sampleOf(experiment).reduce((sum, { steps }) => sum + steps, 0);
  const taken = tables.rows.rows
    .map((row) => experiment.cellOf(row))
    .reduce((sum, { steps, rows }) => sum + steps / rows, 0);
  const left = Math.max(Math.round(experiment.units.count * perUnit - taken), 0);
  return startProgress(left, 'steps', { quiet: options.quiet ?? false });
}

function countsOf(
  { experiment: { units } }: Work,
  schedule: Schedule | undefined,
): Counts & { readonly unreadable: number } {
  const used = schedule?.used ?? [];
  return {
    asked: units.kind === 'images' ? units.asked : units.count,
    used: used.filter((unit) => !schedule?.isUnreadable(unit)).length,
    tried: schedule?.tried ?? 0,
    unreadable: schedule?.unreadable ?? 0,
  };
}

/** Puts all rows in order, and lets the task finish its files. Returns the table to print. */
async function close(computing: Computing): Promise<Outcome['summary']> {
  const { config, task, experiment, schedule, tables, before, tally, options, began } = computing;
  await keepUnreadable(computing);
  const plan = schedule.used.flatMap((unit) =>
    experiment.plan(unit, schedule.predictionOf(unit)).map((cell): Queued => ({ ...cell, unit })),
  );
  if (tally.computed === 0 && tables.rows.done.size > 0 && !options.quiet)
    note('nothing is left to compute');
  const finished = await finishTables(tables, experiment, plan);
  const summary = await experiment.finish(finished.rows);
  for (const folder of ['', ...task.leaves])
    await removeTemporary(path.join(config.output, folder), began);
  const { unreadable, ...counts } = countsOf(computing, schedule);
  const units = unreadable === 0 ? counts : { ...counts, unreadable };
  const { content } = finished;
  // if no cell was left to compute, the record of the finished run stays
  if (tally.computed === 0 && before?.end) {
    const { data } = before;
    const now = data && { ...data, sha256: content ?? null };
    await writeRecord(config.output, { ...before, data: now, units });
  } else await record(computing, { end: new Date().toISOString(), units, content });
  return summary;
}

/** The end of a run for its record. */
interface Ended extends Pick<Finished, 'content'> {
  readonly end: string;
  readonly units: Counts;
}

/** Writes run.json: at the start without an end, at the end whole. */
async function record(run: Ready, ended: Ended | undefined): Promise<void> {
  const { config, versions, inputs, experiment, crew, start, facts } = run;
  const data = experiment.units.kind === 'images' ? experiment.units : undefined;
  await writeRecord(config.output, {
    config,
    configHash: identityHash(config, versions),
    versions: versionsHere(versions),
    engine: {
      ...crew.engine,
      workers: crew.workers.length,
      batch: crew.batch,
      cores: availableParallelism(),
    },
    inputs,
    ...(data === undefined
      ? {}
      : {
          data: {
            name: data.name,
            images: data.dataset.entries.length,
            list: listHash(data.dataset),
            sha256: ended?.content ?? null,
          },
        }),
    ...(facts === undefined ? {} : { prepared: facts }),
    start,
    end: ended?.end ?? null,
    units: ended?.units ?? null,
  });
}
