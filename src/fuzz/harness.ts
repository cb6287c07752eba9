// Tries many inputs in processes that may crash, hang or eat memory without ending the campaign: the input at fault is
// recorded, and another process goes on behind it.
import { type ChildProcess, fork } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Span, Tried } from './child.js';
import type { Kinds } from './kind.js';
import { endGroup, memoryOf } from './processes.js';

export interface Campaign {
  readonly seed: number;
  /** The module of the kinds, as an address. */
  readonly module: string;
  /** For each kind the first input, and the one behind the last. */
  readonly spans: readonly { readonly kind: string; readonly from: number; readonly to: number }[];
  /** Processes at once. */
  readonly processes: number;
  /** Seconds and bytes that one input may take. */
  readonly limits: { readonly seconds: number; readonly bytes: number };
  /** The program of a process; default `child.js` beside this file. */
  readonly program?: URL;
  /** A folder for the files of inputs, which stays; default a temporary one. */
  readonly folder?: string;
}

/** What came of an input of a kind. */
export interface Result extends Tried {
  readonly kind: string;
}

/** Inputs that one process tries. */
const SPAN = 150;
/** Milliseconds from one look at a process to the next. */
const LOOK = 100;
/** Seconds in which a process must begin. */
const START = 120;

const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

/** One process on a span, watched. Gives what came of its inputs up to the first that ended it. */
async function watched(span: Span, campaign: Campaign): Promise<Tried[]> {
  const { limits, program = new URL('./child.js', import.meta.url) } = campaign;
  const child: ChildProcess = fork(program, [JSON.stringify(span)], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const tried: Tried[] = [];
  let [ready, since, peakBytes, errors] = [false, performance.now(), 0, ''];
  let ended: string | undefined;
  const end = (why: string) => {
    ended ??= why;
    endGroup(child.pid!);
  };
  child.stderr!.on('data', (text) => {
    errors = `${errors}${text}`.slice(-2000);
  });
  child.on('message', (message: 'ready' | Tried) => {
    since = performance.now();
    if (message === 'ready') {
      ready = true;
      return;
    }
    const peak = Math.max(message.peakBytes, peakBytes);
    const over = peak > limits.bytes ? { wrong: `it held ${megabytes(peak)}` } : {};
    tried.push({ ...message, peakBytes: peak, ...over });
    if (peak > limits.bytes) end('');
  });
  const look = setInterval(async () => {
    const bytes = await memoryOf(child.pid!);
    peakBytes = Math.max(peakBytes, bytes);
    const seconds = (performance.now() - since) / 1000;
    if (bytes > limits.bytes) end(`it held ${megabytes(bytes)}`);
    else if (seconds > (ready ? limits.seconds : START))
      end(`it took more than ${limits.seconds} s`);
  }, LOOK);
  const stop = () => endGroup(child.pid!);
  process.on('exit', stop);
  const status = await new Promise((resolve) =>
    child.on('close', (code, signal) => resolve(signal ?? code)),
  );
  process.off('exit', stop);
  clearInterval(look);
  if (!ready) throw new Error(`a process of ${span.kind} did not begin: ${errors}`);
  const index = span.from + tried.length;
  // a fault that was told may have ended the process; what comes behind it is tried again
  if (index < span.to && tried.at(-1)?.wrong === undefined) {
    const wrong = ended ?? `the process ended (${status}): ${errors.slice(-300)}`;
    const seconds = (performance.now() - since) / 1000;
    tried.push({ index, said: wrong, taken: false, wrong, seconds, peakBytes });
  }
  return tried;
}

/** Cuts spans into those of single processes. */
const pieces = ({ spans }: Campaign) =>
  spans.flatMap(({ kind, from, to }) =>
    Array.from({ length: Math.ceil((to - from) / SPAN) }, (_, i) => ({
      kind,
      from: from + i * SPAN,
      to: Math.min(to, from + (i + 1) * SPAN),
    })),
  );

/**
 * Tries all inputs of a campaign.
 * @param kinds the kinds of the campaign's module
 * @param onResults told what came of inputs, in the order in which they end
 */
export async function tryAll(
  campaign: Campaign,
  kinds: Kinds,
  onResults: (results: readonly Result[]) => void,
): Promise<void> {
  const root = await mkdtemp(path.join(tmpdir(), 'fragile-fuzz-'));
  const { module, seed } = campaign;
  try {
    const baseOf = (kind: string) => path.join(root, 'base', kind);
    const used = campaign.spans.flatMap(({ kind }) => [kind, ...(kinds[kind]!.uses ?? [])]);
    for (const kind of new Set(used)) {
      await mkdir(baseOf(kind), { recursive: true });
      await kinds[kind]!.prepare?.(baseOf(kind));
    }
    const waiting = pieces(campaign);
    let places = 0;
    const work = async () => {
      for (let piece = waiting.shift(); piece !== undefined; piece = waiting.shift()) {
        const { kind, to } = piece;
        for (let { from } = piece; from < to; ) {
          const place = path.join(campaign.folder ?? root, `place-${places++}`);
          await mkdir(place, { recursive: true });
          const keep = campaign.folder !== undefined;
          const span: Span = { module, seed, kind, from, to, base: baseOf(kind), place, keep };
          const tried = await watched(span, campaign);
          from += tried.length;
          onResults(tried.map((one) => ({ ...one, kind })));
          if (!keep) await rm(place, { recursive: true, force: true });
        }
      }
    };
    await Promise.all(Array.from({ length: campaign.processes }, work));
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}
