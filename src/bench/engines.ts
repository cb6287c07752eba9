// How fast attacks run on engines and devices, by the number of images in a batch. On the processor as many
// processes as cores work at once, elsewhere one.
import { availableParallelism, cpus } from 'node:os';
import type { Wish } from '../engine/choice.js';
import { chooseEngine, onCpu } from '../engine/choose.js';
import { end, median, prepare, round } from './processes.js';
import type { TaskName } from './tasks.js';

const ROUNDS = 5;
const tasks: readonly TaskName[] = [
  'cifar-cnn direction and evaluation',
  'squeezenet1_1 direction and evaluation',
];

/** The report, in Markdown; engines take turns task by task, so that a machine's mood falls on all of them. */
export async function enginesReport(
  wishes: readonly Wish[],
  batches: readonly number[],
): Promise<string> {
  const lines = [
    '# Speed of an attack’s step by engine and batch',
    '',
    `${cpus()[0]!.model.trim()}, ${availableParallelism()} cores; Node ${process.version}; ${new Date().toISOString().slice(0, 10)}; medians of ${ROUNDS} rounds. On the processor as many processes as cores work at once, elsewhere one.`,
    '',
    '| step | engine | device | batch | ms per image and iteration | against the first line |',
    '|---|---|---|---:|---:|---:|',
  ];
  for (const task of tasks) {
    const runners = [];
    for (const wish of wishes) {
      const engine = await chooseEngine(wish);
      const processes = onCpu(engine) ? availableParallelism() : 1;
      for (const images of batches)
        runners.push({
          engine,
          images,
          processes,
          runner: await prepare(task, engine, images, processes),
        });
    }
    // the first round warms up
    for (let i = 0; i <= ROUNDS; i++) for (const { runner } of runners) await round(runner, 1);
    const ms = runners.map(({ runner, processes }) => median(runner.rounds.slice(1)) / processes);
    for (const [i, { engine, images, runner }] of runners.entries()) {
      lines.push(
        `| ${task} | ${engine.name} ${runner.version} | ${runner.device} | ${images} | ${ms[i]!.toFixed(1)} | ${(ms[i]! / ms[0]!).toFixed(2)} × |`,
      );
      end(runner);
    }
    process.stderr.write(`${task}\n`);
  }
  return `${lines.join('\n')}\n`;
}
