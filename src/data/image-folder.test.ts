import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { refusal } from '../testing/files.js';
import { fingerprint as fingerprintOf } from './dataset.js';
import { openImageFolder } from './image-folder.js';
import { usePictures } from './testing/pictures.js';

const { at, draw, drawAll, write } = usePictures();
const input = { height: 2, width: 2 };

const labels = (...lines: readonly string[]) => write('labels.csv', ...lines);
const open = () => openImageFolder(at(), {});
const entries = async () => (await open()).entries;
const fingerprint = async () => fingerprintOf(await open());

describe('a folder of class folders', () => {
  it('has pictures class by class in the order of names, those in deeper folders too', async () => {
    await drawAll('b/b.JPEG', 'b/a.png', 'c/more/x.jpg', 'c/z.png', 'a/y.png', 'b/notes.txt');
    expect(await entries()).toEqual([
      { id: 'a/y.png', label: 0 },
      { id: 'b/a.png', label: 1 },
      { id: 'b/b.JPEG', label: 1 },
      { id: 'c/more/x.jpg', label: 2 },
      { id: 'c/z.png', label: 2 },
    ]);
  });

  it('takes a link for what it leads to', async () => {
    await drawAll('classes/a/1.png', 'classes/c/2.png', 'elsewhere/4.png');
    await symlink(at('elsewhere'), at('classes/b'));
    await symlink(at('nowhere'), at('classes/broken'));
    expect((await openImageFolder(at('classes'), {})).entries).toEqual([
      { id: 'a/1.png', label: 0 },
      { id: 'b/4.png', label: 1 },
      { id: 'c/2.png', label: 2 },
    ]);
  });

  it('is not followed in a circle', async () => {
    await drawAll('a/1.png', 'b/2.png');
    await symlink(at(), at('a/up'));
    await symlink(at('b'), at('a/across'));
    await symlink(at('a'), at('b/back'));
    expect((await entries()).map(({ id }) => id)).toEqual([
      'a/1.png',
      'a/across/2.png',
      'b/2.png',
      'b/back/1.png',
    ]);
  });

  it.each([
    '.git',
    '.ipynb_checkpoints',
    '__MACOSX',
    '@eaDir',
    '$RECYCLE.BIN',
    'System Volume Information',
    'lost+found',
  ])('passes over %s, at any depth', async (name) => {
    await drawAll('a/1.png', 'b/2.png', `${name}/3.png`, `a/${name}/4.png`);
    expect(await entries()).toEqual([
      { id: 'a/1.png', label: 0 },
      { id: 'b/2.png', label: 1 },
    ]);
  });

  it('passes over the output folder of a run', async () => {
    await drawAll('a/1.png', 'b/2.png', 'an-output/originals/1.png');
    await write('an-output/run.json', '{}');
    expect((await entries()).map(({ label }) => label)).toEqual([0, 1]);
  });

  it('is refused with a picture beside them', async () => {
    await drawAll('a/1.png', 'b/2.png', 'preview.png');
    expect(await refusal(open())).toBe(
      `${at('preview.png')}: a picture beside folders with pictures such as a, expected one or the other: move pictures into class folders or out of ${at()}, or list those to use in a labels.csv`,
    );
    await labels('file,label', 'a/1.png,0');
    expect(await entries()).toEqual([{ id: 'a/1.png', label: 0 }]);
  });

  it('has names in messages without control characters', async () => {
    await drawAll('x\u001b[31m/1.png', 'a\u001b[31m.png');
    const message = await refusal(open());
    expect(message).toContain('a\\u001b[31m.png');
    expect(message).toContain('x\\u001b[31m');
    expect(message).not.toContain('\u001b');
  });
});

describe('a folder of pictures alone', () => {
  it('has no labels and is in the order of names', async () => {
    await drawAll('b.png', 'a.PNG', 'c.jpeg', 'd.txt', '._a.PNG');
    await mkdir(at('folder.png/empty'), { recursive: true });
    expect(await entries()).toEqual([{ id: 'a.PNG' }, { id: 'b.png' }, { id: 'c.jpeg' }]);
  });

  it('is refused when it has none, is missing, or is a file', async () => {
    await mkdir(at('sub'));
    await writeFile(at('notes.txt'), '');
    expect(await refusal(open())).toMatch(/: no pictures; expected \.png .*class folders$/);
    expect(await refusal(openImageFolder(at('absent'), {}, undefined, 'buy one'))).toBe(
      `${at('absent')}: no such folder; expected one with pictures; buy one`,
    );
    expect(await refusal(openImageFolder(at('notes.txt'), {}))).toMatch(/notes\.txt: not a folder/);
  });
});

describe('loading', () => {
  it('decodes the picture asked for, and no other', async () => {
    await drawAll('a.png', 'b.png', 'sub/c.png');
    await writeFile(at('broken.png'), 'no picture');
    await labels('file,label', 'broken.png,0', 'b.png,1', 'sub/c.png,1');
    const dataset = await open();
    const [broken, b, c] = dataset.entries;
    expect(await dataset.load(b!, input)).toEqual(new Float32Array(12).fill(1));
    expect(await dataset.load(c!, input)).toEqual(new Float32Array(12).fill(2));
    expect(await refusal(dataset.load(broken!, input))).toMatch(/broken\.png: not a whole picture/);
    expect(dataset.location).toBe(at());
  });

  it('brings it to the size asked for, as the options say', async () => {
    const data = Uint8Array.from({ length: 3 * 6 * 4 }, (_, i) => Math.floor(i / 3));
    await sharp(data, { raw: { width: 6, height: 4, channels: 3 } })
      .png()
      .toFile(at('a.png'));
    const dataset = await openImageFolder(at(), { resize: 4 });
    const plane = [8, 9, 14, 15];
    expect([...(await dataset.load(dataset.entries[0]!, input))]).toEqual([
      ...plane,
      ...plane,
      ...plane,
    ]);
  });
});

describe('the fingerprint', () => {
  const start = async () => {
    await drawAll('a.png', 'b.png', 'unlisted.png');
    await labels('file,label', 'a.png,0', 'b.png,1');
    return fingerprint();
  };

  it('stays while entries and their bytes do', async () => {
    const before = await start();
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    await draw('unlisted.png', 99);
    await writeFile(at('labels.csv'), '"label","file"\r\n00,a.png\r\n1,b.png\r\n');
    expect(await fingerprint()).toBe(before);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a byte', () => draw('b.png', 77)],
    ['a label', () => labels('file,label', 'a.png,0', 'b.png,2')],
    ['the order', () => labels('file,label', 'b.png,1', 'a.png,0')],
    ['the number of pictures', () => labels('file,label', 'a.png,0')],
    [
      'a name',
      async () => {
        await rename(at('b.png'), at('c.png'));
        await labels('file,label', 'a.png,0', 'c.png,1');
      },
    ],
    [
      'the pictures of two names',
      async () => {
        await draw('a.png', 1);
        await draw('b.png', 0);
      },
    ],
  ])('changes with %s', async (_, change) => {
    const before = await start();
    await change();
    expect(await fingerprint()).not.toBe(before);
  });

  it('tells no label from class 0', async () => {
    await drawAll('a.png');
    const without = await fingerprint();
    await labels('file,label', 'a.png,0');
    expect(await fingerprint()).not.toBe(without);
  });

  it.each([
    ['letters', 'b', 'c'],
    ['what looks like the next name', '["b.png",null]\n', ''],
  ])('knows where one picture ends and the next begins: %s', async (_, moved, rest) => {
    await writeFile(at('a.png'), `a${moved}`);
    await writeFile(at('b.png'), rest);
    const before = await fingerprint();
    await writeFile(at('a.png'), 'a');
    await writeFile(at('b.png'), moved + rest);
    expect(await fingerprint()).not.toBe(before);
  });
});
