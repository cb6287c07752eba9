// Disturbs commands: kills them, interrupts them, and runs two at once. Each is then resumed to its end, and must have
// left what an undisturbed one leaves.
import { spawn } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Random } from '../../random.js';
import { chance } from '../mutate.js';
import { endGroup, membersOf } from '../processes.js';
import { difference, leavingsOf } from './leavings.js';
import type { Scene } from './scenes.js';

interface Ended {
  readonly status: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly pid: number;
  readonly ended: Promise<Ended>;
}

const pause = (seconds: number) => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

/** Starts a command in a process group of its own. */
function start(scene: Scene, out: string): Started {
  const child = spawn(process.execPath, scene.command(out), {
    cwd: path.dirname(out),
    detached: true,
    env: { ...process.env, FRAGILE_DATA: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].on('data', (text) => {
      texts[name] += text;
    });
  const stop = () => endGroup(child.pid!);
  process.on('exit', stop);
  const ended = new Promise<Ended>((resolve) =>
    child.on('close', (status, signal) => {
      process.off('exit', stop);
      resolve({ status: signal ?? status, ...texts });
    }),
  );
  return { pid: child.pid!, ended };
}

/** A scene that ran undisturbed: what it left, and how many seconds it took; fewer, once it has ended faster. */
export interface Reference {
  readonly scene: Scene;
  readonly left: ReadonlyMap<string, string>;
  seconds: number;
}

export async function undisturbed(scene: Scene, out: string): Promise<Reference> {
  const began = performance.now();
  const { status, stderr } = await start(scene, out).ended;
  if (status !== 0) throw new Error(`${scene.name} ended with ${status}: ${stderr}`);
  const seconds = (performance.now() - began) / 1000;
  return { scene, left: await leavingsOf(out), seconds };
}

/** Seconds in which everything that a command started must have ended. */
const GRACE = 1;
/** Seconds for workers whose parent was killed: they end when they notice. */
const ORPHANS = 5;

/** What still runs of a group after some seconds; undefined for nothing. */
async function remaining(pid: number, seconds: number): Promise<string | undefined> {
  const until = performance.now() + 1000 * seconds;
  for (;;) {
    const members = await membersOf(pid);
    if (members.length === 0) return undefined;
    if (performance.now() > until) {
      endGroup(pid);
      return `${members.length} processes still run after ${seconds} s`;
    }
    await pause(0.05);
  }
}

/** Resumes to the end. Says what is wrong then; undefined for nothing. */
async function resumed({ scene, left }: Reference, out: string): Promise<string | undefined> {
  const { status, stderr } = await start(scene, out).ended;
  if (status !== 0) return `resumed, it ended with ${status}: ${stderr.slice(-500)}`;
  const wrong = difference(left, await leavingsOf(out));
  return wrong === undefined ? undefined : `resumed, ${wrong}`;
}

/** A random instant while a command runs, or while it starts, in seconds. */
const instant = ({ seconds }: Reference, random: Random): number =>
  random.uniform() * (chance(0.3, random) ? Math.min(0.6, seconds) : seconds);

/**
 * Kills a command, once or more times in a row, with its workers or without them.
 * @returns what is wrong; undefined for nothing
 */
export async function killed(
  reference: Reference,
  out: string,
  random: Random,
): Promise<string | undefined> {
  for (let kills = 0; kills === 0 || chance(0.3, random); kills++) {
    const began = performance.now();
    const { pid, ended } = start(reference.scene, out);
    const early = await Promise.race([
      ended.then(() => true),
      pause(instant(reference, random)).then(() => false),
    ]);
    if (early) {
      reference.seconds = Math.min(reference.seconds, (performance.now() - began) / 1000);
      if (kills > 0) break;
      // nothing was killed: it is tried again
      await rm(out, { recursive: true });
      await mkdir(out);
      return killed(reference, out, random);
    }
    if (chance(0.5, random)) endGroup(pid);
    else killOne(pid);
    await ended;
    const wrong = await remaining(pid, ORPHANS);
    if (wrong !== undefined) return wrong;
  }
  return resumed(reference, out);
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has ended by itself
  }
}

/** The exit status of an interrupted command. */
const INTERRUPTED = 130;

/**
 * Interrupts a command within the first two seconds: Ctrl-C, which goes to all its processes, or SIGTERM to the command.
 * @returns what is wrong; undefined for nothing
 */
export async function interrupted(
  reference: Reference,
  out: string,
  random: Random,
  signal: 'SIGINT' | 'SIGTERM',
): Promise<string | undefined> {
  const { pid, ended } = start(reference.scene, out);
  const seconds = 2 * random.uniform();
  await pause(seconds);
  const at = `${signal} after ${seconds.toFixed(2)} s`;
  try {
    process.kill(signal === 'SIGINT' ? -pid : pid, signal);
  } catch {
    // it has ended by itself
  }
  const over = await Promise.race([ended, pause(20).then(() => undefined)]);
  if (over === undefined) {
    endGroup(pid);
    return `${at}: it did not end`;
  }
  const { status, stdout, stderr } = over;
  // before the program has begun, Node ends as the system says, without a word
  const early = status === signal && stdout === '' && stderr === '';
  if (status !== INTERRUPTED && status !== 0 && !early)
    return `${at}: status ${status}: ${stderr.slice(-500)}`;
  if (/\n\s+at /.test(stderr)) return `${at}: a stack: ${stderr.slice(-500)}`;
  const wrong = (await remaining(pid, GRACE)) ?? (await resumed(reference, out));
  return wrong === undefined ? undefined : `${at}: ${wrong}`;
}

/**
 * Runs a command twice at once in one folder.
 * @returns what is wrong; undefined for nothing
 */
export async function twice(
  { scene, left, seconds }: Reference,
  out: string,
  random: Random,
): Promise<string | undefined> {
  const first = start(scene, out);
  await pause(random.uniform() * Math.min(1, seconds));
  const second = start(scene, out);
  for (const { status, stderr } of await Promise.all([first.ended, second.ended]))
    if (status !== 0) return `one ended with ${status}: ${stderr.slice(-500)}`;
  return difference(left, await leavingsOf(out));
}
