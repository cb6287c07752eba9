// The crew of a run: all its worker processes together, from their start to their end.
import type { CommonConfig } from '../config/subject.js';
import { usableCores } from '../cores.js';
import type { Choice } from '../engine/choice.js';
import { onCpu } from '../engine/choose.js';
import { UserError } from '../errors.js';
import { startProgress } from '../progress.js';
import type { Crew } from '../task/task.js';
import type { Ready, Setup } from './messages.js';
import { type Listener, WorkerProcess } from './worker-process.js';

/** The number of workers: as asked, else the config's, else one for each usable core, or one for a GPU. */
export const workerCount = (
  { engine }: Pick<CommonConfig, 'engine'>,
  { workers }: { readonly workers?: number | undefined },
  choice: Choice,
): number => workers ?? engine.workers ?? (onCpu(choice) ? usableCores() : 1);

/** The whole numbers from `from` up to `to`, without `to`. */
const upTo = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

export interface OpenCrew extends Crew {
  readonly workers: readonly WorkerProcess[];
  readonly ready: Ready;
  /**
   * Spreads the numbers from 0 to `count` − 1 over the workers. Each worker gets one batch after another, until all are
   * done.
   * @param ahead the next batch
   */
  spread(
    count: number,
    work: (
      worker: WorkerProcess,
      batch: readonly number[],
      ahead: readonly number[],
    ) => Promise<void>,
  ): Promise<void>;
  /** Sends the result of the preparation to all workers. */
  share(shared: unknown): Promise<void>;
  /** Ends all workers at once and for good. */
  stop(): void;
}

/**
 * Starts workers in parallel. If one cannot start, or `signal` is aborted, all end.
 * Throws a UserError for a mistake of the user.
 */
export async function openCrew(
  count: number,
  setup: Setup,
  options: { readonly quiet?: boolean | undefined; readonly signal?: AbortSignal | undefined },
  listener: Listener = {},
): Promise<OpenCrew> {
  const workers = Array.from({ length: count }, () => new WorkerProcess(setup, listener));
  const stop = () => {
    options.signal?.removeEventListener('abort', stop);
    for (const worker of workers) worker.stop();
  };
  options.signal?.throwIfAborted();
  options.signal?.addEventListener('abort', stop);
  let ready: Ready;
  try {
    [ready] = (await Promise.all(workers.map((worker) => worker.open()))) as [Ready];
  } catch (error) {
    // an interrupt of the whole process group may end a worker before this process hears of it
    if (!(error instanceof UserError)) await new Promise((resolve) => setTimeout(resolve, 100));
    stop();
    throw error;
  }
  const spread: OpenCrew['spread'] = async (count, work) => {
    let next = 0;
    await Promise.all(
      workers.map(async (worker) => {
        while (next < count) {
          const end = Math.min(next + ready.batch, count);
          const batch = upTo(next, end);
          next = end;
          await work(worker, batch, upTo(end, Math.min(end + ready.batch, count)));
        }
      }),
    );
  };
  return {
    workers,
    ready,
    engine: ready.engine,
    batch: ready.batch,
    spread,
    async parts(parts, what) {
      const results: unknown[] = [];
      const progress = startProgress(parts.length, what, { quiet: options.quiet ?? false });
      try {
        await spread(parts.length, async (worker, batch) => {
          const job = { kind: 'prepare', parts: batch.map((i) => parts[i]) } as const;
          const made = await worker.compute(job);
          batch.forEach((at, i) => {
            results[at] = made[i];
          });
          progress.advance(batch.length);
        });
      } finally {
        progress.stop();
      }
      return results;
    },
    async share(shared) {
      await Promise.all(workers.map((worker) => worker.share(shared)));
    },
    stop,
  };
}
