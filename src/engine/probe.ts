// Tries an engine in a process of its own, because a driver may end the process that starts it.
import { fork } from 'node:child_process';
import type { Choice } from './choice.js';
import type { SelfCheck } from './self-check.js';

/** What came of trying an engine: what it is and how well it does, or why it cannot be used. */
export type Probed =
  | ({
      readonly usable: true;
      readonly device: string;
      readonly version: string;
    } & SelfCheck)
  | { readonly usable: false; readonly why: string };

/** What the process is asked. */
export interface Question {
  readonly choice: Choice;
  readonly milliseconds: number;
}

/** Longest time for an engine to show something: compiling for a device may take long. */
const PATIENCE = 120_000;

/**
 * Opens an engine in a process of its own and checks it.
 * @param milliseconds how long its speed is measured
 */
export function probe(choice: Choice, milliseconds = 0): Promise<Probed> {
  return new Promise((resolve) => {
    const child = fork(new URL('./probe-process.js', import.meta.url), [], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    let answered = false;
    const settle = (probed: Probed) => {
      if (answered) return;
      answered = true;
      clearTimeout(timer);
      child.kill('SIGKILL');
      resolve(probed);
    };
    const timer = setTimeout(
      () => settle({ usable: false, why: `no answer within ${PATIENCE / 1000} s` }),
      PATIENCE,
    );
    child.once('message', (probed) => settle(probed as Probed));
    child.once('exit', (code, signal) =>
      settle({ usable: false, why: `its process ended by itself (${signal ?? `status ${code}`})` }),
    );
    child.send({ choice, milliseconds } satisfies Question);
  });
}
