// Kills, interrupts and pairs in short, and what is made of leavings that differ.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { packageRoot } from '../../package.js';
import { useFolder } from '../../testing/files.js';
import { difference, leavingsOf } from './leavings.js';

const run = promisify(execFile);
const inFolder = useFolder();

it('a few disturbed commands leave what undisturbed ones leave', { timeout: 300_000 }, async () => {
  const program = path.join(packageRoot, 'dist', 'fuzz', 'kill', 'main.js');
  const numbers = ['--kills', '3', '--signals', '2', '--pairs', '1'];
  const { stdout } = await run(process.execPath, [program, ...numbers]).catch((error) => error);
  expect(stdout).toMatch(
    /\nkills: 3 tried, 3 held\nsignals: 2 tried, 2 held\npairs: 1 tried, 1 held\n$/,
  );
});

const table = 'image,status,seconds\na,ok,1.5\nb,ok,2.5\n';
const record = { start: '2026-01-01', end: '2026-01-02', units: { used: 2 } };

/** What differs between these leavings and the same with some files changed; an undefined one is not there. */
async function differing(changed: Readonly<Record<string, string>>): Promise<string | undefined> {
  const files = { 'results.csv': table, 'run.json': JSON.stringify(record), 'a.npy': 'numbers' };
  for (const [name, text] of Object.entries(files)) await writeFile(inFolder(name), text);
  const before = await leavingsOf(inFolder());
  for (const [name, text] of Object.entries(changed)) await writeFile(inFolder(name), text);
  return difference(before, await leavingsOf(inFolder()));
}

it.each([
  [
    'times',
    {
      'results.csv': table.replace('1.5', '9'),
      'run.json': '{"start":"x","end":"y","units":{"used":2}}',
    },
  ],
])('leavings that differ in %s are the same', async (_, changed) => {
  expect(await differing(changed)).toBeUndefined();
});

it.each<[string, Readonly<Record<string, string>>, RegExp]>([
  ['a lost row', { 'results.csv': table.replace('b,ok,2.5\n', '') }, /results\.csv differs/],
  ['a doubled row', { 'results.csv': `${table}b,ok,2.5\n` }, /results\.csv differs/],
  [
    'another status',
    { 'results.csv': table.replace('ok', 'failed') },
    /line 2 is "a,failed", expected "a,ok"/,
  ],
  ['no end', { 'run.json': JSON.stringify({ ...record, end: null }) }, /run\.json differs/],
  ['other numbers', { 'a.npy': 'others' }, /a\.npy differs/],
  ['a temporary file', { 'a.npy.0123456789ab.part': '' }, /left a\.npy\.0123456789ab\.part/],
])('leavings that differ in %s are not', async (_, changed, what) => {
  expect(await differing(changed)).toMatch(what);
});
