// npm run bench: how fast attacks run here, against the floor that this machine's convolutions set.
// As in a run, as many processes as cores do the same thing at once, each on one thread. All figures
// are of one invocation: the tasks take turns for several rounds, and medians are reported.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { engineVersion } from '../engine/onnx/onnx.js';
import { writeWhole } from '../experiment/files.js';
import type { Ready, Timed } from './measure.js';
import type { TaskName } from './tasks.js';

const FOLDER = 'results/bench';
const ROUNDS = 5;

const cores = availableParallelism();

function next<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error('a process of the benchmark ended by itself'));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
};

interface Runner {
  readonly name: TaskName;
  readonly flops: number;
  readonly children: readonly ChildProcess[];
  /** Median milliseconds of one repetition in each round so far. */
  readonly rounds: number[];
  peakBytes: number;
}

async function prepare(name: TaskName): Promise<Runner> {
  const children = Array.from({ length: cores }, () =>
    fork(new URL('./measure.js', import.meta.url), [name], { serialization: 'advanced' }),
  );
  const ready = await Promise.all(children.map((child) => next<Ready>(child)));
  return { name, flops: ready[0]!.flops, children, rounds: [], peakBytes: 0 };
}

/** All processes of a task at once, each repeating it. */
async function round(runner: Runner, repeat: number): Promise<void> {
  const answers = runner.children.map((child) => next<Timed>(child));
  for (const child of runner.children) child.send({ repeat });
  const timed = await Promise.all(answers);
  runner.rounds.push(median(timed.flatMap(({ times }) => times)));
  runner.peakBytes = Math.max(runner.peakBytes, ...timed.map((t) => t.peakBytes));
}

const convolutions: readonly TaskName[] = [
  'convolution 3×3, 64 channels, 56×56',
  'convolution 3×3, 128 channels, 28×28',
  'convolution 3×3, 256 channels, 14×14',
  'convolution 1×1, 512 channels, 14×14',
];
/** Forward passes that each step costs at least. */
const steps: readonly (readonly [TaskName, number])[] = [
  ['squeezenet1_1 direction', 4],
  ['squeezenet1_1 direction and evaluation', 6],
  ['squeezenet1_0 direction', 4],
  ['squeezenet1_0 direction and evaluation', 6],
];
const IG: TaskName = 'squeezenet1_1 integrated gradients';

const timed: Runner[] = [];
for (const name of [...convolutions, ...steps.map(([name]) => name)])
  timed.push(await prepare(name));
for (const runner of timed) await round(runner, 2);
for (const runner of timed) runner.rounds.length = 0;
for (let i = 0; i < ROUNDS; i++) {
  for (const runner of timed) await round(runner, runner.name.startsWith('convolution') ? 10 : 8);
  process.stderr.write(`round ${i + 1} of ${ROUNDS}\n`);
}
const simple = timed.find(({ name }) => name === 'squeezenet1_1 direction and evaluation')!;
const before = simple.rounds.length;
const ig = await prepare(IG);
// warmed up by its own first sample passes: one step is hundreds of them
for (let i = 0; i < 2; i++) {
  await round(ig, 1);
  await round(simple, 20);
}
const igRatio = median(ig.rounds) / (100 * median(simple.rounds.slice(before)));
for (const { children } of [...timed, ig]) for (const child of children) child.disconnect();

const of = (name: TaskName) => timed.find((runner) => runner.name === name)!;
const rate = (runner: Runner) => (cores * runner.flops) / (median(runner.rounds) * 1e6);
const best = convolutions.map(of).reduce((a, b) => (rate(a) >= rate(b) ? a : b));
const peak = rate(best);

const lines = [
  `# Speed of an attack's step`,
  '',
  `${cpus()[0]!.model.trim()}, ${cores} cores, one process per core × 1 thread × batch 1; ONNX Runtime ${engineVersion}, Node ${process.version}; ${new Date().toISOString().slice(0, 10)}; medians of ${ROUNDS} rounds.`,
  '',
  '| convolution | GFLOP/s, all cores |',
  '|---|---:|',
  ...convolutions.map(
    (name) => `| ${name.replace('convolution ', '')} | ${rate(of(name)).toFixed(1)} |`,
  ),
  '',
  `Peak taken: ${peak.toFixed(1)} GFLOP/s. The floor is 4 (direction) or 6 (with evaluation) full forward passes at that peak.`,
  '',
  '| step | ms per image and iteration | floor, ms | of the floor | peak memory of a process, MB |',
  '|---|---:|---:|---:|---:|',
  ...steps.map(([name, passes]) => {
    const runner = of(name);
    const ms = median(runner.rounds) / cores;
    const floor = (passes * runner.flops) / (peak * 1e6);
    return `| ${name} | ${ms.toFixed(1)} | ${floor.toFixed(1)} | ${((100 * floor) / ms).toFixed(0)} % | ${(runner.peakBytes / 1e6).toFixed(0)} |`;
  }),
  '',
  "A direction computes only the class's row of the last convolution: for SqueezeNet 1.1 about a quarter of the forward pass less in each of its four passes, which the floor does not subtract.",
  '',
  '| integrated gradients, M = 100 for direction and evaluation | |',
  '|---|---:|',
  `| one iteration against 100 of simple gradients | ${igRatio.toFixed(2)} × |`,
  `| peak memory against simple gradients | ${(ig.peakBytes / simple.peakBytes).toFixed(2)} × |`,
  '',
];
await mkdir(FOLDER, { recursive: true });
await writeWhole(`${FOLDER}/cpu.md`, lines.join('\n'));
process.stdout.write(lines.join('\n'));
