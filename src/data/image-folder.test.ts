import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { refusal, useFolder } from '../testing/files.js';
import { fingerprint as fingerprintOf } from './dataset.js';
import { openImageFolder } from './image-folder.js';

const at = useFolder();
const input = { height: 2, width: 2 };

/** Writes a 2×2 picture of one gray level. */
async function draw(name: string, level = 0): Promise<void> {
  await mkdir(path.dirname(at(name)), { recursive: true });
  const picture = sharp(Buffer.alloc(12, level), { raw: { width: 2, height: 2, channels: 3 } });
  await writeFile(at(name), await picture.png().toBuffer());
}

async function drawAll(...names: readonly string[]): Promise<void> {
  for (const [i, name] of names.entries()) await draw(name, i);
}

const labels = (...lines: readonly string[]) => writeFile(at('labels.csv'), lines.join('\n'));
const open = () => openImageFolder(at(), {});
const entries = async () => (await open()).entries;
const fingerprint = async () => fingerprintOf(await open());

describe('a folder with labels.csv', () => {
  it('holds the pictures listed, in the order listed', async () => {
    await drawAll('a.png', 'b.png', 'c.png', 'sub/d.png', 'unlisted.png');
    await labels('file,label', 'c.png,7', 'sub/d.png,0', 'a.png,007', 'b.png,999', '');
    expect(await entries()).toEqual([
      { id: 'c.png', label: 7 },
      { id: 'sub/d.png', label: 0 },
      { id: 'a.png', label: 7 },
      { id: 'b.png', label: 999 },
    ]);
  });

  it.each([
    ['a byte order mark', '\ufeff"file",label\na.png,1\n"b, c.png",2\n'],
    ['the line ends of Windows', 'file,label\r\na.png,1\r\n"b, c.png",2\r\n'],
    ['columns in another order, and more', 'label,who,file\n1,,a.png\n2,me,"b, c.png"'],
    ['quotes and spaces', '"file" , "label"\n"a.png" , "1"\n"b, c.png",\t2 \n'],
  ])('may have %s', async (_, text) => {
    await drawAll('a.png', 'b, c.png');
    await writeFile(at('labels.csv'), text);
    expect(await entries()).toEqual([
      { id: 'a.png', label: 1 },
      { id: 'b, c.png', label: 2 },
    ]);
  });

  it.each([
    [
      'a word for a label',
      ['a.png,1', 'b.png,cat'],
      /:3: label cat, expected a class number from 0/,
    ],
    ['a negative label', ['a.png,-1'], /:2: label -1, expected/],
    ['a fraction for a label', ['a.png,1.5'], /:2: label 1\.5, expected/],
    ['no label', ['a.png,'], /:2: label \(empty\), expected/],
    ['no file', [',1'], /:2: \(empty\): no such picture/],
    ['a missing file', ['a.png,1', 'z.png,1'], /:3: z\.png: no such picture in /],
    ['a file twice', ['a.png,1', 'b.png,1', 'a.png,2'], /:4: a\.png: listed twice/],
    ['a file twice, written otherwise', ['a.png,1', './a.png,1'], /:3: \.\/a\.png: listed twice/],
    ['a cell too many', ['a.png,1', 'b.png,1,2'], /not a CSV file: .*line 3/],
    ['a cell too few', ['a.png'], /not a CSV file: .*line 2/],
    ['an open quote', ['"a.png,1'], /not a CSV file: .*line 2/],
    ['no lines', [], /lists no pictures/],
  ])('is refused with %s', async (_, lines, why) => {
    await drawAll('a.png', 'b.png');
    await labels('file,label', ...lines);
    const message = await refusal(open());
    expect(message).toContain(at('labels.csv'));
    expect(message).toMatch(why);
  });

  it.each([
    ['file,class', /columns file, class, expected file,label/],
    ['file;label', /columns file;label, expected file,label/],
    ['picture,label', /columns picture, label, expected file,label/],
  ])('is refused with the columns %s', async (columns, why) => {
    await drawAll('a.png');
    await labels(columns, ...(columns.includes(',') ? ['a.png,1'] : ['a.png;1']));
    expect(await refusal(open())).toMatch(why);
  });

  it('is refused when it is empty, or no file', async () => {
    await drawAll('a.png');
    await writeFile(at('labels.csv'), '');
    expect(await refusal(open())).toMatch(/labels\.csv: lists no pictures; expected/);
    await mkdir(at('b/labels.csv'), { recursive: true });
    expect(await refusal(openImageFolder(at('b'), {}))).toMatch(/labels\.csv: not a CSV file: EIS/);
  });

  it('reaches no picture outside the folder', async () => {
    await drawAll('secret.png', 'in/a.png');
    for (const name of [
      '../secret.png',
      at('secret.png'),
      'x/../../secret.png',
      'a.png/../../secret.png',
    ]) {
      await writeFile(at('in', 'labels.csv'), `file,label\n${name},1\n`);
      expect(await refusal(openImageFolder(at('in'), {}))).toMatch(/:2: .*: no such picture in /);
    }
  });
});

describe('a folder of class folders', () => {
  it('numbers the classes in the order of their names, and pictures likewise', async () => {
    await drawAll('n02/b.JPEG', 'n02/a.png', 'n10/x.jpg', 'n01/y.png', 'n02/notes.txt');
    await mkdir(at('n05'));
    expect(await entries()).toEqual([
      { id: 'n01/y.png', label: 0 },
      { id: 'n02/a.png', label: 1 },
      { id: 'n02/b.JPEG', label: 1 },
      { id: 'n10/x.jpg', label: 3 },
    ]);
  });

  it('numbers them by the lines of classes.txt', async () => {
    await drawAll('n02/a.png', 'n01/b.png');
    await writeFile(at('classes.txt'), '\ufeffn09 tench\r\n\r\nn02\tgold fish\r\n  n01 shark \r\n');
    expect(await entries()).toEqual([
      { id: 'n01/b.png', label: 2 },
      { id: 'n02/a.png', label: 1 },
    ]);
  });

  it('is refused with a class that classes.txt does not name', async () => {
    await drawAll('n02/a.png', 'n03/b.png');
    await writeFile(at('classes.txt'), 'n01 fish\nn02 shark\n');
    expect(await refusal(open())).toBe(
      `${at('n03')}: a class folder that classes.txt does not name, expected one of 2 such as n01`,
    );
  });

  it('takes a link for what it leads to, and no hidden folder for a class', async () => {
    await drawAll('classes/a/1.png', 'classes/c/2.png', 'classes/.cache/3.png', 'elsewhere/4.png');
    await symlink(at('elsewhere'), at('classes/b'));
    await symlink(at('nowhere'), at('classes/broken'));
    expect((await openImageFolder(at('classes'), {})).entries).toEqual([
      { id: 'a/1.png', label: 0 },
      { id: 'b/4.png', label: 1 },
      { id: 'c/2.png', label: 2 },
    ]);
  });
});

describe('a folder of pictures alone', () => {
  it('has no labels and is in the order of names', async () => {
    await drawAll(
      'b.png',
      'a.PNG',
      'c.jpeg',
      'd.txt',
      '._a.PNG',
      'folder/e.png',
      'folder.png/f.png',
    );
    expect(await entries()).toEqual([{ id: 'a.PNG' }, { id: 'b.png' }, { id: 'c.jpeg' }]);
  });

  it('is refused when it has none, is missing, or is a file', async () => {
    await mkdir(at('sub'));
    await writeFile(at('notes.txt'), '');
    expect(await refusal(open())).toMatch(/: no pictures; expected \.png .*class folders$/);
    expect(await refusal(openImageFolder(at('absent'), {}, 'buy one'))).toBe(
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
