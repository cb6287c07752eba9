import { mkdir, open, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { messageOf, ofWriting, toldInOneLine, UserError } from './errors.js';
import { useFolder } from './testing/files.js';

const at = useFolder();

describe('UserError', () => {
  it('is an Error that can be told from others, also by name', () => {
    const error = new UserError('no such file');
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'UserError', message: 'no such file' });
    expect(new Error('no such file')).not.toBeInstanceOf(UserError);
  });
});

describe('messageOf', () => {
  it.each([
    ['an error', new Error('broken'), 'broken'],
    ['an error of many lines', new TypeError('a \r\n\n  b\nc'), 'a b c'],
    ['text', 'b\nroken', 'b roken'],
    ['something else', 12, '12'],
    ['nothing', undefined, 'undefined'],
  ])('of %s is one line', (_, thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });

  it('of what the system refuses is the reason', async () => {
    const error = await readFile(at('absent')).catch((e) => e);
    expect(messageOf(error)).toBe('no such file or folder');
  });
});

describe('a failure', () => {
  const system = (code: string, syscall: string, path?: string) =>
    Object.assign(new Error(`${code}: refused`), { code, syscall, ...(path && { path }) });

  it('of a user is one line, and a mistake', () => {
    const told = { line: 'a: b, expected c', mistake: true };
    expect(toldInOneLine(new UserError('a: b, expected c'))).toEqual(told);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['a folder', 'written: it is a folder', () => open(at(), 'w').catch(asWriting(at()))],
    ['a file as a folder', 'opened: a part of the path is not a folder', () => open(at('f', 'x'))],
    ['a circle of links', 'opened: its symbolic links lead in a circle', () => open(at('c'))],
    ['a long name', 'opened: the name is too long', () => open(at('x'.repeat(300)))],
    ['what is there', 'made: it exists already', () => mkdir(at('f'))],
  ])('by the choice of %s is a mistake', async (_, words, work) => {
    await writeFile(at('f'), '');
    await symlink(at('c'), at('c'));
    const error = await work().catch((e: NodeJS.ErrnoException) => e);
    expect(error).toBeInstanceOf(Error);
    const told = toldInOneLine(error)!;
    expect(told).toEqual({
      line: `${(error as NodeJS.ErrnoException).path}: cannot be ${words}`,
      mistake: true,
    });
  });

  it.each([
    ['EACCES', 'permission denied', true],
    ['EROFS', 'the file system is read-only', true],
    ['ENOSPC', 'no space left on the device', false],
    ['EDQUOT', 'the disk quota is used up', false],
    ['EIO', 'the device fails', false],
    ['EMFILE', 'too many files are open', false],
    ['ENOENT', 'no such file or folder', false],
  ])('%s names the file that was written', (code, words, mistake) => {
    const told = { line: `a/b: cannot be written: ${words}`, mistake };
    expect(toldInOneLine(ofWriting('a/b', system(code, 'fdatasync')))).toEqual(told);
  });

  it('of a system call that names no file, or is not known, has what there is', () => {
    expect(toldInOneLine(system('ENOSPC', 'write'))!.line).toBe(
      'cannot be written: no space left on the device',
    );
    expect(toldInOneLine(system('ECONNRESET', 'recv', 'x'))).toEqual({
      ...{ line: 'x: cannot be used: ECONNRESET: refused', mistake: false },
    });
    expect(toldInOneLine(system('constructor', 'toString'))!.line).toMatch(/^cannot be used: /);
  });

  it('of the program has no line', async () => {
    expect(toldInOneLine(new TypeError('x is not a function'))).toBeUndefined();
    expect(toldInOneLine(Object.assign(new Error('x'), { code: 'ERR_INVALID_ARG' }))).toBe(
      undefined,
    );
    expect(toldInOneLine('text')).toBeUndefined();
    expect(ofWriting('a', 'text')).toBe('text');
    expect(await readdir(at())).toEqual([]);
  });

  const asWriting = (file: string) => (error: unknown) => Promise.reject(ofWriting(file, error));
});
