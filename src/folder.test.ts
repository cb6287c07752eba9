import { stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { makeFolder, whyMissing } from './folder.js';
import { useFolder } from './testing/files.js';

const at = useFolder();

describe('a folder', () => {
  it('is made with those above it, by several at once, and again', async () => {
    await Promise.all([1, 2, 3].map(() => makeFolder(at('a/b/c'))));
    await makeFolder(at('a/b/c'));
    expect((await stat(at('a/b/c'))).isDirectory()).toBe(true);
  });

  it('is not made where a file stands, or nothing may be made', async () => {
    await writeFile(at('file'), '');
    await expect(makeFolder(at('file'))).rejects.toThrow('EEXIST');
    await expect(makeFolder(at('file/a/b'))).rejects.toThrow('EEXIST');
  });

  it.skipIf(process.platform !== 'linux')('is refused at once by a file system of the kernel', () =>
    expect(makeFolder('/proc/none/such')).rejects.toThrow('ENOENT'),
  );
});

describe('a path that is not there', () => {
  it.skipIf(process.platform === 'win32')('may have the separators of Windows', async () => {
    expect(await whyMissing('pictures\\cats')).toBe(' (folders are separated by /)');
  });

  it.skipIf(process.platform === 'darwin')('may be there in another Unicode form', async () => {
    await writeFile(at('caf\u00e9'), '');
    const said = ' (one is there whose name is written in another Unicode form)';
    expect(await whyMissing(at('cafe\u0301'))).toBe(said);
    expect(await whyMissing(`${at('cafe\u0301')}/`)).toBe(said);
  });

  it('has nothing to be said of it else', async () => {
    expect(await whyMissing(at('none'))).toBe('');
    expect(await whyMissing(at('none', 'such'))).toBe('');
    expect(await whyMissing('')).toBe('');
  });
});
