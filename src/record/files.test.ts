import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exists, readIfThere, writeWhole } from './files.js';

describe('files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'files-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('replaces a longer file, and leaves nothing beside it', async () => {
    const file = path.join(folder, 'a');
    await writeFile(file, 'something long');
    await writeWhole(file, 'short');
    expect(await readFile(file, 'utf8')).toBe('short');
    expect(await readdir(folder)).toEqual(['a']);
  });

  it('has the last of what is written to it at the same time, whole', async () => {
    const file = path.join(folder, 'a');
    const texts = Array.from({ length: 20 }, (_, i) => String(i % 10).repeat(100_000 - 4000 * i));
    const broken = writeWhole(path.join(folder, 'none', 'a'), '').catch(() => 'told');
    await Promise.all(texts.map((text) => writeWhole(file, text)));
    expect(await readFile(file, 'utf8')).toBe(texts.at(-1));
    expect(await readdir(folder)).toEqual(['a']);
    expect(await broken).toBe('told');
  });

  it('names the file that cannot be written, and not the one beside it', async () => {
    await writeFile(path.join(folder, 'a'), '');
    const inside = path.join(folder, 'a', 'b');
    await expect(writeWhole(inside, '')).rejects.toMatchObject({ path: inside, syscall: 'write' });
  });

  it('tells an absent file from one that cannot be read', async () => {
    expect(await readIfThere(path.join(folder, 'absent'))).toBeUndefined();
    await expect(readIfThere(folder)).rejects.toMatchObject({ code: 'EISDIR', path: folder });
  });

  it('tells a file from a folder and from nothing', async () => {
    const file = path.join(folder, 'a');
    expect(await exists(file)).toBe(false);
    await writeFile(file, '');
    expect(await exists(file)).toBe(true);
    expect(await exists(folder)).toBe(false);
  });
});
