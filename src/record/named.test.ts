import { execFileSync } from 'node:child_process';
import { lstat, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { refusal, useFolder } from '../testing/files.js';
import { checkNamed, type Replacing, writeNamed } from './named.js';

const at = useFolder();
const png = Buffer.from('89504e470d0a1a0a00', 'hex');
const page = '<!doctype html>\n<meta name="generator" content="fragile 0.1.0">';

describe('a file that a user names', () => {
  it('is written with the folders around it', async () => {
    await writeNamed(at('new', 'deep', 'a'), 'text');
    expect(await readFile(at('new', 'deep', 'a'), 'utf8')).toBe('text');
  });

  it.each<[string, Replacing['kind'], string | Buffer]>([
    ['a report', 'report', page],
    ['a PNG', 'png', png],
    ['an SVG', 'svg', '<svg xmlns="x"/>'],
    ['a file of patterns', 'patterns', '12345678{"__metadata__":{"model":"m","dataset":"d"}}'],
  ])('takes the place of %s', async (_, kind, before) => {
    await writeFile(at('a'), before);
    await writeNamed(at('a'), 'new', { ...(kind && { kind }), fresh: false });
    expect(await readFile(at('a'), 'utf8')).toBe('new');
  });

  it.each<[string, Replacing['kind'], string | Buffer, string]>([
    ['text', 'report', 'thesis', 'is not a report of fragile'],
    ['nothing', 'report', '', 'is not a report of fragile'],
    ['another page', 'report', '<meta name="generator" content="pandoc">', 'is not a report'],
    ['a report', 'png', page, 'is not a PNG of fragile'],
    ['weights', 'patterns', '12345678{"__metadata__":{"format":"pt"}}', 'is not a file of pat'],
    ['anything', undefined, png, 'exists already'],
  ])('does not take the place of %s unless it is asked to', async (_, kind, before, why) => {
    await writeFile(at('a'), before);
    const replacing = { ...(kind && { kind }), fresh: false };
    const said = await refusal(writeNamed(at('a'), 'new', replacing));
    expect(said).toContain(`${at('a')}: ${why}`);
    expect(said).toMatch(/; use --fresh to replace it, or give another name$/);
    expect(await readFile(at('a'))).toEqual(Buffer.from(before));
    expect(await refusal(checkNamed(at('a')))).toMatch(/; move it away, or give another name$/);
    await writeNamed(at('a'), 'new', { ...replacing, fresh: true });
    expect(await readFile(at('a'), 'utf8')).toBe('new');
  });

  it.each<[string, (file: string) => unknown, RegExp]>([
    ['a link', (file) => symlink('target', file), /: a symbolic link; expected a file: give the/],
    ['a folder', (file) => mkdir(file), /: a folder; expected the name of a file$/],
    ['a pipe', (file) => execFileSync('mkfifo', [file]), /: a pipe; expected the name of a file$/],
  ])('never takes the place of %s', async (_, make, why) => {
    await writeFile(at('target'), page);
    await make(at('a'));
    const { ino } = await lstat(at('a'));
    for (const fresh of [true, false])
      expect(await refusal(writeNamed(at('a'), '', { kind: 'report', fresh }))).toMatch(why);
    expect((await lstat(at('a'))).ino).toBe(ino);
    expect(await readFile(at('target'), 'utf8')).toBe(page);
  });

  it('never takes the place of a device', async () => {
    expect(await refusal(checkNamed('/dev/null', { fresh: true }))).toMatch(/: a device; expected/);
  });

  it('has its name in the error of a path that cannot be', async () => {
    await writeFile(at('a'), '');
    await expect(writeNamed(at('a', 'b'), '')).rejects.toMatchObject({
      ...{ code: 'ENOTDIR', path: at('a', 'b') },
    });
  });
});
