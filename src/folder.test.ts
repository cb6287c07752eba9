import { stat, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { makeFolder } from './folder.js';
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
