import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readIfThere, writeJson, writeWhole } from './files.js';

describe('files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'files-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('replaces a longer file, and what a crash left beside it', async () => {
    const file = path.join(folder, 'a');
    await writeFile(file, 'something long');
    await writeFile(`${file}.part`, 'half of something even longer');
    await writeWhole(file, 'short');
    expect(await readFile(file, 'utf8')).toBe('short');
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('writes JSON that reads back', async () => {
    const file = path.join(folder, 'a.json');
    await writeJson(file, { a: [1, null, 'ü'] });
    expect(JSON.parse((await readIfThere(file))!)).toEqual({ a: [1, null, 'ü'] });
  });

  it('tells an absent file from one that cannot be read', async () => {
    expect(await readIfThere(path.join(folder, 'absent'))).toBeUndefined();
    await expect(readIfThere(folder)).rejects.toThrow('EISDIR');
  });
});
