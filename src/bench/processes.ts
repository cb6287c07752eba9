// Processes that do the same thing at once, as a run has them, and the times they took.
import { type ChildProcess, fork } from 'node:child_process';
import type { Choice } from '../engine/choice.js';
import type { Assignment, Ready, Timed } from './measure.js';
import type { TaskName } from './tasks.js';

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

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2;
};

export interface Runner extends Ready {
  readonly name: TaskName;
  readonly children: readonly ChildProcess[];
  /** Median milliseconds of one repetition, for one image, in each round so far. */
  readonly rounds: number[];
  peakBytes: number;
}

/** Starts so many processes with one task. */
export async function prepare(
  name: TaskName,
  engine: Choice,
  images: number,
  processes: number,
): Promise<Runner> {
  const assignment: Assignment = { task: name, engine, images };
  const children = Array.from({ length: processes }, () =>
    fork(new URL('./measure.js', import.meta.url), [JSON.stringify(assignment)], {
      serialization: 'advanced',
    }),
  );
  const [ready] = await Promise.all(children.map((child) => next<Ready>(child)));
  return { ...ready!, name, children, rounds: [], peakBytes: 0 };
}

/** All processes of a task at once, each repeating it. */
export async function round(runner: Runner, repeat: number): Promise<void> {
  const answers = runner.children.map((child) => next<Timed>(child));
  for (const child of runner.children) child.send({ repeat });
  const timed = await Promise.all(answers);
  runner.rounds.push(median(timed.flatMap(({ times }) => times)));
  runner.peakBytes = Math.max(runner.peakBytes, ...timed.map((t) => t.peakBytes));
}

/** Ends the processes. */
export function end({ children }: Runner): void {
  for (const child of children) child.disconnect();
}
