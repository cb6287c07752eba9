// npm run fuzz: tries the program with inputs that are damaged, mistaken or malicious. Each must be taken or refused in
// one line that names it, in bounded time and memory. Inputs follow from a seed, so each can be tried again.

import { mkdtemp } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { onSignals } from '../signals.js';
import { type Campaign, type Result, tryAll } from './harness.js';
import { kinds } from './kinds/index.js';

const limits = { seconds: 20, bytes: 2e9 };

const whole = (text: string): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0)
    throw new InvalidArgumentError('expected a whole number from 0');
  return value;
};

interface Options {
  readonly seed: number;
  readonly count?: number;
  readonly only?: readonly string[];
  readonly at?: number;
}

/** The spans of a campaign: so many inputs of each kind that their sum is about `count`. */
function spansOf({ count, only, at }: Options): Campaign['spans'] {
  const names = Object.keys(kinds).filter((name) => only === undefined || only.includes(name));
  if (at !== undefined) return names.map((kind) => ({ kind, from: at, to: at + 1 }));
  const whole = names.reduce((sum, name) => sum + kinds[name]!.count, 0);
  const share = count === undefined ? 1 : count / whole;
  return names.map((kind) => ({ kind, from: 0, to: Math.ceil(kinds[kind]!.count * share) }));
}

/** Everything that came of one kind. */
interface Tally {
  readonly results: Result[];
  readonly expected: number;
}

const held = (results: readonly Result[]) => results.filter(({ wrong }) => wrong === undefined);
const most = (results: readonly Result[], of: 'seconds' | 'peakBytes') =>
  results.reduce((most, result) => Math.max(most, result[of]), 0);

const figures = (results: readonly Result[]): string => {
  const taken = results.filter((result) => result.taken).length;
  const peak = Math.round(most(results, 'peakBytes') / 1e6);
  return `${results.length} tried, ${held(results).length} held (${taken} taken), peak memory ${peak} MB, slowest ${most(results, 'seconds').toFixed(1)} s`;
};

async function main(options: Options): Promise<number> {
  const { seed, at } = options;
  const spans = spansOf(options);
  const tallies = new Map<string, Tally>(
    spans.map(({ kind, from, to }) => [kind, { results: [], expected: to - from }]),
  );
  const folder = at === undefined ? {} : { folder: await mkdtemp(path.join(tmpdir(), 'fuzz-at-')) };
  await tryAll(
    {
      ...{ seed, spans, limits, ...folder, processes: availableParallelism() },
      module: new URL('./kinds/index.js', import.meta.url).href,
    },
    kinds,
    (results) => {
      for (const result of results) {
        const { kind, index, wrong } = result;
        const { results: all, expected } = tallies.get(kind)!;
        all.push(result);
        if (wrong !== undefined)
          process.stdout.write(
            `${kind} at ${index}: ${wrong}\n  npm run fuzz -- --seed ${seed} --only ${kind} --at ${index}\n`,
          );
        if (at !== undefined) process.stdout.write(`${result.said}\n`);
        if (all.length === expected) process.stdout.write(`${kind}: ${figures(all)}\n`);
      }
    },
  );
  const all = [...tallies.values()].flatMap(({ results }) => results);
  if (at !== undefined) process.stdout.write(`its files are in ${folder.folder}\n`);
  process.stdout.write(`${figures(all)}\n`);
  return held(all).length === all.length ? 0 : 1;
}

const names = Object.keys(kinds).join(', ');
const options = new Command('fuzz')
  .option('--seed <n>', 'what all inputs follow from', whole, 1)
  .option('--count <n>', 'about how many inputs in all', whole)
  .option('--only <kind...>', `kinds: ${names}`)
  .option('--at <n>', 'the one input of this number, whose files stay', whole)
  .parse()
  .opts<Options>();
// those that are being tried end with it
onSignals(() => process.exit(130));
process.exitCode = await main(options);
