// The campaign in short, and what it makes of faults that are planted.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../package.js';
import { keyedRandom } from '../random.js';
import { useFolder } from '../testing/files.js';
import { type Result, tryAll } from './harness.js';
import { judged } from './judge.js';
import type { Kinds } from './kind.js';
import { changedBytes, changedText } from './mutate.js';
import { changedValue } from './values.js';

const run = promisify(execFile);
const built = (file: string) => path.join(packageRoot, 'dist', file);

describe('planted faults', { timeout: 60_000 }, () => {
  const inFolder = useFolder();

  /** What comes of the first three inputs of a kind that does something with the second. */
  async function tried(act: string, seconds = 20): Promise<Result[]> {
    const module = inFolder('planted.mjs');
    await writeFile(
      module,
      `
      import { writeFileSync } from 'node:fs';
      import path from 'node:path';
      import { UserError } from ${JSON.stringify(built('errors.js'))};
      const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      const open = async () => async (random, folder) => {
        const at = Number(folder.split('-').at(-1));
        return { names: ['planted'], act: async () => { if (at === 1) { ${act} } } };
      };
      export const kinds = { planted: { count: 3, open } };
      `,
    );
    const url = pathToFileURL(module).href;
    const { kinds } = (await import(url)) as { kinds: Kinds };
    const results: Result[] = [];
    await tryAll(
      {
        ...{ seed: 1, module: url, processes: 1, spans: [{ kind: 'planted', from: 0, to: 3 }] },
        limits: { seconds, bytes: 4e8 },
        program: pathToFileURL(built('fuzz/child.js')),
      },
      kinds,
      (more) => results.push(...more),
    );
    return results;
  }

  it.each<[string, string, RegExp, number?]>([
    ['an exception', 'null.field', /^TypeError/],
    [
      'an exception that nobody awaits',
      'pause(0).then(() => null.field); await pause(50)',
      /TypeError/,
    ],
    ['an exception of a timer', 'setTimeout(() => null.field, 0); await pause(50)', /TypeError/],
    ['a hang', 'for (;;);', /more than 2 s/, 2],
    ['a wait without end', 'await pause(1e6)', /more than 2 s/, 2],
    [
      'memory',
      'const all = []; for (;;) { all.push(Buffer.alloc(1e7, 1)); await pause(1); }',
      /held \d+ MB/,
    ],
    ['memory for a moment', 'Buffer.alloc(6e8, 1)', /held \d+ MB/],
    ['an end of the process', 'process.exit(3)', /ended \(3\)/],
    ['a kill', 'process.kill(process.pid, "SIGKILL")', /ended \(SIGKILL\)/],
    [
      'a file elsewhere',
      'writeFileSync(path.join(folder, "..", "far"), "")',
      /outside of its folder: far/,
    ],
    [
      'a file in the working directory',
      'writeFileSync("near", "")',
      /outside of its folder: here.near/,
    ],
    ['a refusal of two lines', 'throw new UserError("planted\\nx")', /several lines/],
    ['a refusal of another file', 'throw new UserError("other")', /names none of planted/],
  ])('%s is found, and the others are tried', async (_, act, wrong, seconds) => {
    const results = await tried(act, seconds);
    expect(results.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(results[1]!.wrong).toMatch(wrong);
    expect(results.map((result) => result.wrong === undefined)).toEqual([true, false, true]);
  });

  it('proper refusals hold', async () => {
    const results = await tried('throw new UserError("planted: no")');
    expect(results.map(({ wrong }) => wrong)).toEqual([undefined, undefined, undefined]);
    expect(results.map(({ taken }) => taken)).toEqual([true, false, true]);
  });
});

describe('inputs', () => {
  it('follow from their seed', () => {
    const bytes = Buffer.from(Array.from({ length: 999 }, (_, i) => i % 256));
    const value = { a: [1, 2, { b: 'x' }], c: null };
    for (let i = 0; i < 200; i++) {
      const random = () => keyedRandom('test', i);
      expect(changedBytes(bytes, random())).toEqual(changedBytes(bytes, random()));
      expect(changedText('a,b\n1,2\n', random())).toBe(changedText('a,b\n1,2\n', random()));
      expect(changedValue(value, random())).toEqual(changedValue(value, random()));
    }
  });

  it('are changed nearly always', () => {
    const bytes = Buffer.from(Array.from({ length: 999 }, (_, i) => i % 256));
    const same = Array.from({ length: 300 }, (_, i) =>
      changedBytes(bytes, keyedRandom('test', i)).equals(bytes),
    );
    expect(same.filter(Boolean).length).toBeLessThan(15);
  });
});

it('a refusal may not have control characters or be endless', async () => {
  const { UserError } = await import('../errors.js');
  const wrong = (message: string) => judged(new UserError(message), ['a.yaml']).wrong;
  expect(wrong('a.yaml: no')).toBeUndefined();
  expect(wrong('a.yaml: \u001b[31m')).toMatch(/control/);
  expect(wrong(`a.yaml: ${'x'.repeat(5000)}`)).toMatch(/5008 characters/);
});

it('a short campaign holds', { timeout: 120_000 }, async () => {
  const { stdout } = await run(process.execPath, [built('fuzz/main.js'), '--count', '220']).catch(
    (error) => error,
  );
  expect(stdout).not.toMatch(/--at/);
  expect(stdout).toMatch(
    /\n\d+ tried, \d+ held \(\d+ taken\), peak memory \d+ MB, slowest [\d.]+ s\n$/,
  );
});
