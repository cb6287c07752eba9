// A worker process: computes one job after another for the parent, which alone writes files. It ends
// when the parent does.
import { openDataset } from '../data/open.js';
import { openEngine } from '../engine/choose.js';
import { type Engine, OutOfMemory } from '../engine/engine.js';
import { type Lockstep, lockstep } from '../engine/lockstep.js';
import { messageOf, UserError } from '../errors.js';
import { methodsOf } from '../subject/methods.js';
import { loadNetwork } from '../subject/network.js';
import { type Computer, computerOf } from '../task/computer.js';
import { largestGroup } from '../tasks/attack/plan.js';
import { imagesFor } from './batch.js';
import type { Answer, Job, Ready, Setup } from './messages.js';

const say = (answer: Answer) => process.send?.(answer);

/** An engine that tells, once each, which operators its device leaves to the processor. */
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

async function setUp({
  config,
  dataRoot,
  engine,
  images,
  head,
}: Setup): Promise<World & { ready: Ready }> {
  const { bound } = await loadNetwork(config.model, dataRoot);
  const dataset = await openDataset(config.data, dataRoot);
  const methods = await methodsOf(config, bound, dataRoot);
  const computer = (engine: Engine) => computerOf(config, bound, dataset, engine, methods, head);
  const opened = tellingWhatFellBack(await openEngine(engine));
  const batch =
    images ??
    config.engine.batch ??
    (await imagesFor(opened, bound.network, largestGroup(config, dataset), computer));
  const { engine: shared, together } = lockstep(opened, batch);
  const { name, version, device } = opened;
  return {
    computer: computer(shared),
    together,
    ready: { kind: 'ready', engine: { name, version, device }, images: batch },
  };
}

async function answer({ computer, together }: World, job: Job): Promise<Answer> {
  if (job.ahead !== undefined) computer.ahead(job.ahead);
  switch (job.kind) {
    case 'predict':
      return {
        kind: 'predicted',
        predictions: await together(job.images.map((image) => () => computer.predict(image))),
      };
    case 'features':
      return {
        kind: 'features',
        features: await together(job.images.map((image) => () => computer.features!(image))),
      };
    case 'probe':
      return { kind: 'probed', probe: await computer.probe(job.cell) };
    case 'cells':
      return {
        kind: 'computed',
        results: await together(
          job.cells.map(
            ({ cell, label }) =>
              () =>
                computer.run(cell, label, () => say({ kind: 'step' })),
          ),
        ),
      };
  }
}

let world: World | undefined;

process.on('message', async (message: Setup | Job) => {
  try {
    if ('config' in message) {
      const { ready, ...rest } = await setUp(message);
      world = rest;
      say(ready);
    } else say(await answer(world!, message));
  } catch (error) {
    const why =
      error instanceof UserError ? 'user' : error instanceof OutOfMemory ? 'memory' : 'fault';
    say({ kind: 'failed', message: messageOf(error), why });
  }
});
process.on('disconnect', () => process.exit(0));
// the terminal sends an interrupt to the whole process group; the parent decides when workers end
process.on('SIGINT', () => {});
