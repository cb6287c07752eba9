// Small programs that play a worker process, for tests of what its parent does.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { processor } from '../../engine/choice.js';
import type { TaskConfig } from '../../task/task.js';
import type { Setup } from '../messages.js';

/** A first message for programs that look at nothing of it but `batch` and `shared`. */
export const setup = (batch?: number): Setup => ({
  config: {} as TaskConfig,
  dataRoot: '',
  engine: processor,
  most: 100,
  ...(batch === undefined ? {} : { batch }),
});

/** Says that the program can begin. */
export const ready = `return { kind: 'ready', engine: { name: 'onnx', version: '1', device: 'webgpu' }, batch };`;
/** Says that something went wrong. */
export const failed = (why: string, message = 'it went wrong') =>
  `return { kind: 'failed', why: '${why}', message: '${message}' };`;
/** Answers with results, an expression. */
export const done = (results: string) => `return { kind: 'done', results: ${results} };`;

/**
 * Writes a program that gives each of its processes a number, the first 1.
 * @param onSetup, onJob bodies of functions of `message` that give the answer; they know `start`, the number of their
 * process, and `batch` and `shared` of the setup
 */
export async function writeProgram(folder: string, onSetup: string, onJob: string): Promise<URL> {
  const program = path.join(folder, 'worker.mjs');
  await writeFile(
    program,
    `
    import { writeFileSync } from 'node:fs';
    const nth = (n) => {
      try {
        writeFileSync(${JSON.stringify(path.join(folder, 'start-'))} + n, String(process.pid), { flag: 'wx' });
        return n;
      } catch {
        return nth(n + 1);
      }
    };
    const start = nth(1);
    let batch;
    let shared;
    const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
    const onSetup = async (message) => { ${onSetup} };
    const onJob = async (message) => { ${onJob} };
    process.on('message', async (message) => {
      if ('config' in message) ({ batch = 8, shared } = message);
      process.send(await ('config' in message ? onSetup(message) : onJob(message)));
    });
    process.on('disconnect', () => process.exit(0));
    `,
  );
  return pathToFileURL(program);
}

/** The ids of the processes that a folder's program has had. */
export async function processesOf(folder: string): Promise<number[]> {
  const files = (await readdir(folder)).filter((file) => file.startsWith('start-'));
  return Promise.all(
    files.map(async (file) => Number(await readFile(path.join(folder, file), 'utf8'))),
  );
}

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Waits until none of the processes is there any more; gives those that stay. */
export async function outlived(pids: readonly number[]): Promise<number[]> {
  const until = performance.now() + 10_000;
  for (;;) {
    const alive = pids.filter(isAlive);
    if (alive.length === 0 || performance.now() > until) return alive;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
