// How fast attacks run on the processor, against the floor that its convolutions set. As in a run, as many
// processes as cores do the same thing at once, each on one thread. All figures are of one invocation: the tasks
// take turns for several rounds, and medians are reported.
import { availableParallelism, cpus } from 'node:os';
import { processor } from '../engine/choice.js';
import { end, median, prepare, type Runner, round } from './processes.js';
import type { TaskName } from './tasks.js';

const ROUNDS = 5;
const cores = availableParallelism();

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
  ['vgg16 match-target', 4],
];
const IG: TaskName = 'squeezenet1_1 integrated gradients';

/** The report, in Markdown. */
export async function floorReport(): Promise<string> {
  const timed: Runner[] = [];
  for (const name of [...convolutions, ...steps.map(([name]) => name)])
    timed.push(await prepare(name, processor, 1, cores));
  for (const runner of timed) await round(runner, 2);
  for (const runner of timed) runner.rounds.length = 0;
  for (let i = 0; i < ROUNDS; i++) {
    for (const runner of timed) await round(runner, runner.name.startsWith('convolution') ? 10 : 8);
    process.stderr.write(`round ${i + 1} of ${ROUNDS}\n`);
  }
  const simple = timed.find(({ name }) => name === 'squeezenet1_1 direction and evaluation')!;
  const before = simple.rounds.length;
  const ig = await prepare(IG, processor, 1, cores);
  // warmed up by its own first sample passes: one step is hundreds of them
  for (let i = 0; i < 2; i++) {
    await round(ig, 1);
    await round(simple, 20);
  }
  const igRatio = median(ig.rounds) / (100 * median(simple.rounds.slice(before)));
  for (const runner of [...timed, ig]) end(runner);

  const of = (name: TaskName) => timed.find((runner) => runner.name === name)!;
  const rate = (runner: Runner) => (cores * runner.flops) / (median(runner.rounds) * 1e6);
  const best = convolutions.map(of).reduce((a, b) => (rate(a) >= rate(b) ? a : b));
  const peak = rate(best);

  const lines = [
    `# Speed of an attack's step`,
    '',
    `${cpus()[0]!.model.trim()}, ${cores} cores, one process per core × 1 thread × batch 1; ONNX Runtime ${simple.version}, Node ${process.version}; ${new Date().toISOString().slice(0, 10)}; medians of ${ROUNDS} rounds.`,
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
  return lines.join('\n');
}
