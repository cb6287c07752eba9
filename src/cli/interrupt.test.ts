// Signals, and streams that nobody takes, as the command meets them in a shell.
import { execFile, spawn } from 'node:child_process';
import { cp, readdir, readFile } from 'node:fs/promises';
import { constants } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath, packageRoot } from '../package.js';
import { Workplace } from './testing/command.js';
import { config } from './testing/configs.js';

const command = path.join(packageRoot, 'bin', 'fragile.js');

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
  await cp(fixturePath('embedded', 'frog', '0.png'), place.path('frog.png'));
});
afterAll(() => place.remove());

/** Runs the command in a shell, with redirections, behind another command. */
const shell = (
  words: string,
  before = ':',
): Promise<{ status: number; stdout: string; stderr: string }> =>
  promisify(execFile)('bash', ['-c', `${before}; ${process.execPath} ${command} ${words}`], {
    cwd: place.path(),
  }).then(
    (texts) => ({ status: 0, ...texts }),
    ({ code, stdout, stderr }) => ({ status: code, stdout, stderr }),
  );

/** Waits until a process has taken over its signals: SIGUSR2 is the last of them, and Node leaves it alone. */
async function listening(pid: number): Promise<void> {
  for (;;) {
    const text = await readFile(`/proc/${pid}/status`, 'utf8');
    const caught = BigInt(`0x${/SigCgt:\s*(\w+)/.exec(text)![1]}`);
    if ((caught >> BigInt(constants.signals.SIGUSR2 - 1)) & 1n) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe
  .skipIf(process.platform !== 'linux')
  .each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)('%s', (signal) => {
  it('ends a command without rows at once, with one line and the status 130', async () => {
    const { child, ended } = place.launch('explain', 'frog.png', '--out', `${signal}.png`);
    await listening(child.pid!);
    child.kill(signal);
    const { status, stderr } = await ended;
    expect(stderr).toBe('fragile: interrupted\n');
    expect(status).toBe(130);
    expect(await place.exists(`${signal}.png`)).toBe(false);
  }, 60_000);
});

it.each(['SIGTERM', 'SIGUSR1'] as const)(
  '%s to the whole group ends a run in order: its workers leave it to the parent',
  async (signal) => {
    await place.write('run.yaml', config());
    const run = place.launch('run', 'run.yaml', '--out', signal, '--quiet', '--workers', '2');
    await rowsBegin(signal);
    process.kill(-run.child.pid!, signal);
    const { status, stderr } = await run.ended;
    expect(stderr).toMatch(/^fragile: interrupted; finished rows are in [^\n]+\n$/);
    expect(status).toBe(130);
  },
  60_000,
);

/** Waits until a run has written rows. */
async function rowsBegin(folder: string): Promise<void> {
  for (;;) {
    const names = await readdir(place.path(folder)).catch((): string[] => []);
    if (names.some((name) => /^results\..*csv$/.test(name))) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe.skipIf(process.platform !== 'linux')('a full device', { timeout: 60_000 }, () => {
  it.each(['list', 'schema', '--help', 'explain frog.png --out full.png'])(
    'as the stdout of %s is one line and the status 1',
    async (words) => {
      const { status, stderr } = await shell(`${words} > /dev/full`);
      expect(stderr).toBe('fragile: stdout: cannot be written: no space left on the device\n');
      expect(status).toBe(1);
    },
  );

  it('as stderr leaves the status as it is', async () => {
    expect((await shell('list 2> /dev/full')).status).toBe(0);
    expect((await shell('run absent.yaml 2> /dev/full')).status).toBe(2);
  });
});

it('a reader that has seen enough ends nothing', async () => {
  const { status, stdout, stderr } = await shell('list | head -1', 'set -o pipefail');
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/^model [^\n]+\n$/);
});

it.skipIf(process.getuid?.() !== 0)(
  'a folder that may not be written is one line',
  async () => {
    await place.write('read.yaml', config(2));
    expect((await place.fragile('run', 'read.yaml', '--out', 'kept', '--limit', '1')).status).toBe(
      0,
    );
    const before = await readFile(place.path('kept', 'results.csv'), 'utf8');
    await promisify(execFile)('chmod', ['-R', 'a-w', place.path('kept')]);
    await promisify(execFile)('chmod', ['755', place.path()]);
    const child = spawn(
      'setpriv',
      [
        ...['--reuid=65534', '--regid=65534', '--clear-groups', process.execPath, command],
        ...['run', 'read.yaml', '--out', 'kept', '--limit', '1', '--quiet'],
      ],
      { cwd: place.path() },
    );
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const status = await new Promise((resolve) => child.on('close', resolve));
    expect(stderr).toMatch(/^fragile: kept\/[^\n]+: cannot be [^\n]+: permission denied\n$/);
    expect(status).toBe(2);
    expect(await readFile(place.path('kept', 'results.csv'), 'utf8')).toBe(before);
  },
  60_000,
);
