// The program of a worker process: computes one job after another for the parent, which alone writes files.
import { openEngine } from '../../engine/choose.js';
import { type Engine, OutOfMemory } from '../../engine/engine.js';
import { type Lockstep, lockstep } from '../../engine/lockstep.js';
import { messageOf, toldInOneLine } from '../../errors.js';
import { type Prediction, UnreadableImage } from '../../subject/images.js';
import { openSubject } from '../../subject/subject.js';
import type { Computer } from '../../task/computer.js';
import type { Found } from '../../task/task.js';
import { openComputer } from '../../tasks/computers.js';
import type { Answer, Job, Ready, Results, Setup, Unread } from '../messages.js';
import { batchFor } from './batch.js';

const say = (answer: Answer) => process.send?.(answer);

/** An engine that reports, once each, the operators that its device leaves to the processor. */
function tellingWhatFellBack(engine: Engine): Engine {
  const told = new Set<string>();
  return {
    ...engine,
    async compile(program) {
      const executable = await engine.compile(program);
      const fresh = executable.fallenBack.filter((operator) => !told.has(operator));
      for (const operator of fresh) told.add(operator);
      if (fresh.length > 0)
        say({
          kind: 'note',
          text: `${engine.device} does not have ${fresh.join(', ')}: the processor computes it, more slowly`,
        });
      return executable;
    },
  };
}

interface World {
  readonly computer: Computer;
  readonly together: Lockstep['together'];
}

async function setUp(setup: Setup): Promise<World & { ready: Ready }> {
  const { config, dataRoot, engine, most, shared } = setup;
  const subject = await openSubject(config, dataRoot, { checked: false });
  const computerOn = await openComputer(config, subject);
  const opened = tellingWhatFellBack(await openEngine(engine));
  const batch =
    setup.batch ??
    config.engine.batch ??
    (await batchFor(opened, subject.network.network, most, computerOn));
  const { engine: inBatches, together } = lockstep(opened, batch);
  const computer = computerOn(inBatches);
  if (shared !== undefined) computer.share?.(shared);
  const { name, version, device } = opened;
  return { computer, together, ready: { kind: 'ready', engine: { name, version, device }, batch } };
}

/** A result, or what stands for it where an image cannot be read. */
const orFailure = <T>(result: Promise<T>, failed: (why: string) => T): Promise<T> =>
  result.catch((error) => {
    if (error instanceof UnreadableImage) return failed(error.message);
    throw error;
  });

async function compute({ computer, together }: World, job: Job): Promise<Results[Job['kind']]> {
  if (job.ahead !== undefined) computer.ahead?.(job.ahead);
  switch (job.kind) {
    case 'predict':
      return together(
        job.images.map(
          (image) => () =>
            orFailure<Prediction | Unread>(computer.predict!(image), (failure) => ({ failure })),
        ),
      );
    case 'prepare':
      return together(job.parts.map((part) => () => computer.part!(part)));
    case 'share':
      computer.share?.(job.shared);
      return true;
    case 'probe':
      return computer.probe(job.cell);
    case 'cells':
      return together(
        job.cells.map(
          (cell) => () =>
            orFailure<Found>(
              computer.run(cell, () => say({ kind: 'step' })),
              (failure) => ({ rows: [], failure }),
            ),
        ),
      );
  }
}

let world: World | undefined;

process.on('message', async (message: Setup | Job) => {
  try {
    if ('config' in message) {
      const { ready, ...rest } = await setUp(message);
      world = rest;
      say(ready);
    } else say({ kind: 'done', results: await compute(world!, message) });
  } catch (error) {
    const told = toldInOneLine(error);
    const why = told?.mistake ? 'user' : error instanceof OutOfMemory ? 'memory' : 'fault';
    say({ kind: 'failed', message: told?.line ?? messageOf(error), why });
  }
});
