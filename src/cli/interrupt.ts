// Interrupts: Ctrl-C, requests to end, a terminal that closes. Work in progress is told by an abort signal and ends in
// its own way; a program that has none in progress ends at once.
import { onSignals } from '../signals.js';
import { status } from './status.js';

/** Milliseconds in which a second signal is the same interrupt: npx passes on what a terminal has sent already. */
const TOGETHER = 500;

/** The work in progress. */
let working: AbortController | undefined;
let interruptedAt = Number.NEGATIVE_INFINITY;
let watching = false;

function interrupt(): void {
  const now = performance.now();
  const again = working?.signal.aborted === true;
  if (again && now - interruptedAt < TOGETHER) return;
  if (working !== undefined && !again) {
    interruptedAt = now;
    working.abort();
    return;
  }
  // a bar of progress has hidden the cursor
  process.stderr.write(`${process.stderr.isTTY ? '\u001b[?25h\n' : ''}fragile: interrupted\n`);
  process.exit(status.interrupted);
}

/** Takes over the signals that end the program. */
export function watchSignals(): void {
  if (watching) return;
  watching = true;
  onSignals(interrupt);
}

/** Does work with an abort signal that an interrupt of the process sets; a second interrupt ends the process. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  watchSignals();
  working = new AbortController();
  try {
    return await work(working.signal);
  } finally {
    working = undefined;
  }
}
