// Replacing files as a whole, by several processes at the same time.
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { packageRoot } from './package.js';
import { useFolder } from './testing/files.js';
import { removeTemporary, writeWhole } from './write-whole.js';

const at = useFolder();

it('a file is replaced, and nothing is left beside it', async () => {
  await writeWhole(at('a'), 'first');
  await Promise.all(['second', 'third'].map((text) => writeWhole(at('a'), text)));
  expect(await readFile(at('a'), 'utf8')).toBe('third');
  expect(await readdir(at())).toEqual(['a']);
});

it('a file stays, and nothing is left beside it, where it cannot be replaced', async () => {
  await mkdir(at('a'));
  await writeFile(at('a', 'inside'), '');
  await expect(writeWhole(at('a'), 'x')).rejects.toThrow();
  expect(await readdir(at())).toEqual(['a']);
});

it('a reader sees whole files while three processes write', { timeout: 60_000 }, async () => {
  const module = path.join(packageRoot, 'dist', 'write-whole.js');
  const program = `
    const { writeWhole } = await import(process.argv[1]);
    for (let i = 0; i < 60; i++) await writeWhole(process.argv[2], process.argv[3].repeat(200_000));
  `;
  const run = promisify(execFile);
  let writing = true;
  const writers = Promise.all(
    ['a', 'b', 'c'].map((letter) =>
      run(process.execPath, ['--input-type=module', '-e', program, module, at('x'), letter]),
    ),
  ).finally(() => {
    writing = false;
  });
  const torn: string[] = [];
  let reads = 0;
  while (writing) {
    const text = await readFile(at('x'), 'utf8').catch(() => undefined);
    if (text === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      continue;
    }
    reads++;
    if (text.length !== 200_000 || text !== text[0]!.repeat(200_000)) torn.push(text.slice(0, 20));
  }
  await writers;
  expect(reads).toBeGreaterThan(0);
  expect(torn).toEqual([]);
  expect(await readdir(at())).toEqual(['x']);
});

it('temporary files of processes that were ended are removed, younger and other files are not', async () => {
  const names = ['a.0123456789ab.part', 'a.part', 'a.012345.part', 'part'];
  for (const name of names) await writeFile(at(name), '');
  const { mtimeMs } = await stat(at(names[0]!));
  await removeTemporary(at(), mtimeMs - 1);
  expect((await readdir(at())).sort()).toEqual([...names].sort());
  await removeTemporary(at(), mtimeMs + 1);
  expect((await readdir(at())).sort()).toEqual(names.slice(1).sort());
  await removeTemporary(at('nowhere'), mtimeMs + 1);
});
