// npm run kill: kills runs, trainings, fetches and reports at random instants, interrupts runs in their first two
// seconds, and runs two at once in one folder. Nothing may be lost, doubled, left over or left running.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { keyedRandom, type Random } from '../../random.js';
import { onSignals } from '../../signals.js';
import { interrupted, killed, type Reference, twice, undisturbed } from './disturb.js';
import { openScenes } from './scenes.js';

interface Options {
  readonly seed: string;
  readonly kills: string;
  readonly signals: string;
  readonly pairs: string;
  readonly only?: readonly string[];
}

/** Kinds of scenes in the order in which they are killed: runs most often. */
const order = ['run', 'train', 'fetch', 'run', 'report'];

type Disturb = (reference: Reference, out: string, random: Random) => Promise<string | undefined>;

async function main({ seed, kills, signals, pairs, only = order }: Options): Promise<number> {
  const root = await mkdtemp(path.join(tmpdir(), 'fragile-kill-'));
  const at = (...parts: readonly string[]) => path.join(root, ...parts);
  const scenes = await openScenes(at('scenes'));
  let wrongs = 0;
  try {
    const references = new Map<string, Reference>();
    // a report is of the undisturbed run
    for (const scene of scenes.all) {
      const out = scene.name === 'run' ? at('scenes', 'reported') : at(`undisturbed-${scene.name}`);
      if (scene.name !== 'run') await mkdir(out);
      const reference = await undisturbed(scene, out);
      references.set(scene.name, reference);
      process.stdout.write(`${scene.name}: ${reference.seconds.toFixed(1)} s undisturbed\n`);
    }
    const each = async (
      what: string,
      count: number,
      among: readonly string[],
      disturb: Disturb,
    ) => {
      let held = 0;
      for (let i = 0; i < count; i++) {
        const name = among[i % among.length]!;
        const out = at(`${what}-${i}`);
        await mkdir(out);
        const wrong = await disturb(references.get(name)!, out, keyedRandom(seed, what, i));
        if (wrong === undefined) held++;
        else process.stdout.write(`${what} ${i}, ${name}: ${wrong}\n`);
        await rm(out, { recursive: true, force: true });
      }
      wrongs += count - held;
      if (count > 0) process.stdout.write(`${what}: ${count} tried, ${held} held\n`);
    };
    await each(
      'kills',
      Number(kills),
      order.filter((name) => only.includes(name)),
      killed,
    );
    let turn = 0;
    await each('signals', Number(signals), ['run'], (reference, out, random) =>
      interrupted(reference, out, random, turn++ % 2 === 0 ? 'SIGINT' : 'SIGTERM'),
    );
    await each('pairs', Number(pairs), ['run'], twice);
  } finally {
    scenes.close();
    await rm(root, { recursive: true, force: true });
  }
  return wrongs === 0 ? 0 : 1;
}

// those that are being tried end with it
onSignals(() => process.exit(130));
process.exitCode = await main(
  new Command('kill')
    .option('--seed <n>', 'what instants follow from', '1')
    .option('--kills <n>', 'kills at random instants', '100')
    .option('--signals <n>', 'interrupts in the first two seconds', '40')
    .option('--pairs <n>', 'two runs at once in one folder', '10')
    .option('--only <name...>', `what is killed: ${[...new Set(order)].join(', ')}`)
    .parse()
    .opts<Options>(),
);
