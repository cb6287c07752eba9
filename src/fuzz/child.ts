// A process that tries a span of inputs of one kind, one after another, and tells what came of each. It may crash, hang
// or eat memory: its parent watches it and begins another behind the input at fault.
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { keyedRandom } from '../random.js';
import { type Answer, judged, TAKEN } from './judge.js';
import type { Input, Kinds, Maker } from './kind.js';

/** What a process is to try. */
export interface Span {
  /** The module of the kinds, as an address. */
  readonly module: string;
  readonly kind: string;
  readonly seed: number;
  /** The first input, and the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** The folder of the kind's valid files. */
  readonly base: string;
  /** An empty folder of this process. */
  readonly place: string;
  /** Whether the files of inputs stay. */
  readonly keep: boolean;
}

/** What came of an input. */
export interface Tried extends Answer {
  readonly index: number;
  readonly seconds: number;
  /** The most memory that the process has held, in bytes. */
  readonly peakBytes: number;
}

/** How the folders of inputs begin, in that of their process. */
const INPUT = 'input';
/** The working directory of a process, where nothing is to be written. */
const HERE = 'here';

/** Removes what was written outside of the folder of an input, and says what it was; undefined for nothing. */
async function straysIn(place: string): Promise<string | undefined> {
  const here = path.join(place, HERE);
  const strays = [
    ...(await readdir(place))
      .filter((name) => !name.startsWith(INPUT) && name !== HERE)
      .map((name) => path.join(place, name)),
    ...(await readdir(here)).map((name) => path.join(here, name)),
  ];
  for (const stray of strays) await rm(stray, { recursive: true, force: true });
  const names = strays.map((stray) => path.relative(place, stray));
  return names.length === 0 ? undefined : `written outside of its folder: ${names.join(', ')}`;
}

async function answerTo({ act, names }: Input): Promise<Answer> {
  try {
    await act();
    return TAKEN;
  } catch (error) {
    return judged(error, names);
  }
}

async function tryOne(
  make: Maker,
  { kind, seed, place, keep }: Span,
  index: number,
): Promise<Tried> {
  // each in a folder of its own, since what was refused may still write for a moment
  const folder = path.join(place, `${INPUT}-${index}`);
  await mkdir(folder);
  const input = await make(keyedRandom('fuzz', seed, kind, index), folder);
  const started = performance.now();
  const answer = await answerTo(input);
  const seconds = (performance.now() - started) / 1000;
  // a promise that was rejected without a listener is told by now
  await new Promise((resolve) => setImmediate(resolve));
  const strays = await straysIn(place);
  if (!keep) await rm(folder, { recursive: true, force: true }).catch(() => {});
  return {
    ...answer,
    ...(strays === undefined ? {} : { wrong: strays }),
    index,
    seconds,
    peakBytes: process.resourceUsage().maxRSS * 1024,
  };
}

const span: Span = JSON.parse(process.argv[2]!);
const { kinds } = (await import(span.module)) as { readonly kinds: Kinds };
await mkdir(path.join(span.place, HERE), { recursive: true });
process.chdir(path.join(span.place, HERE));
const make = await kinds[span.kind]!.open(span.base);

let index = span.from;
let over = false;
const say = (tried: Tried) =>
  new Promise<void>((resolve) => {
    if (!over) process.send!(tried, () => resolve());
  });
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, async (error) => {
    const said = `${event}: ${error instanceof Error ? error.stack : String(error)}`;
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    const wrong = said.split('\n').slice(0, 3).join(' ');
    const told = say({ index, said, taken: false, wrong, seconds: 0, peakBytes });
    over = true;
    await told;
    process.exit(0);
  });

process.on('disconnect', () => process.exit(0));
process.send!('ready');
for (; index < span.to; index++) await say(await tryOne(make, span, index));
process.exit(0);
