import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { refusal } from '../testing/files.js';
import { openImageFolder } from './image-folder.js';
import { usePictures } from './testing/pictures.js';

const { at, drawAll, write } = usePictures();

const labels = (...lines: readonly string[]) => write('labels.csv', ...lines);
const open = () => openImageFolder(at(), {});
const entries = async () => (await open()).entries;

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

  it.each(['file,label', 'filename,class', 'File,Class', ' "FILENAME" , label'])(
    'may have the columns %s',
    async (columns) => {
      await drawAll('a.png');
      await labels(columns, 'a.png,3');
      expect(await entries()).toEqual([{ id: 'a.png', label: 3 }]);
    },
  );

  it.each([
    ['file,number', /: columns file, number, expected file,label or filename,class$/],
    ['picture,label', /: columns picture, label, expected file,label or filename,class$/],
    ['file;label', /: columns between semicolons, expected commas: file,label$/],
    ['file\tlabel', /: columns between tabs, expected commas: file,label$/],
  ])('is refused with the columns %s', async (columns, why) => {
    await drawAll('a.png');
    await labels(columns, columns.replace(/[^,;\t]+/, 'a.png').replace(/[^,;\t]+$/, '1'));
    expect(await refusal(open())).toMatch(why);
  });

  it.each([
    ['empty lines', ['', '']],
    ['blanks', ['  ', '\t']],
    ['the empty cells of a spreadsheet', [',', ',']],
  ])('may end in %s', async (_, rest) => {
    await drawAll('a.png');
    await labels('file,label', 'a.png,3', ...rest);
    expect(await entries()).toEqual([{ id: 'a.png', label: 3 }]);
  });

  it('may be in UTF-16 after a byte order mark, but in no other encoding', async () => {
    await drawAll('ä.png');
    await writeFile(at('labels.csv'), Buffer.from('\ufefffile,label\nä.png,3\n', 'utf16le'));
    expect(await entries()).toEqual([{ id: 'ä.png', label: 3 }]);
    await writeFile(at('labels.csv'), Buffer.from('file,label\nä.png,3\n', 'latin1'));
    expect(await refusal(open())).toBe(
      `${at('labels.csv')}: not text in UTF-8, expected it to be saved as UTF-8`,
    );
  });

  it.each([
    ['composed', 'NFC', 'NFD'],
    ['decomposed', 'NFD', 'NFC'],
  ])('finds a %s name by its other Unicode form', async (_, there, listed) => {
    const name = 'Bäckerei/Käse.png';
    await drawAll(name.normalize(there));
    await labels('file,label', `${name.normalize(listed)},3`);
    const dataset = await open();
    expect(dataset.entries).toEqual([{ id: name.normalize(there), label: 3 }]);
    expect(await dataset.load(dataset.entries[0]!, { height: 2, width: 2 })).toHaveLength(12);
  });

  it('takes a backslash for a slash, unless it is in the name of the file', async () => {
    await drawAll('sub/a.png', 'b\\c.png');
    await labels('file,label', 'sub\\a.png,3', 'b\\c.png,4');
    expect(await entries()).toEqual([
      { id: 'sub/a.png', label: 3 },
      { id: 'b\\c.png', label: 4 },
    ]);
  });

  it('finds pictures behind a link to a folder', async () => {
    await drawAll('elsewhere/a.png', 'in/b.png');
    await symlink(at('elsewhere'), at('in/link'));
    await write('in/labels.csv', 'file,label', 'link/a.png,1');
    expect((await openImageFolder(at('in'), {})).entries).toEqual([{ id: 'link/a.png', label: 1 }]);
  });

  it('may list a folder and a broken link, which only fail when they are loaded', async () => {
    await drawAll('a.png', 'folder.png/b.png');
    await symlink(at('nowhere'), at('broken.png'));
    await labels('file,label', 'a.png,0', 'folder.png,1', 'broken.png,2');
    const dataset = await open();
    const [, folder, broken] = dataset.entries;
    const size = { height: 2, width: 2 };
    expect(await refusal(dataset.load(folder!, size))).toContain(at('folder.png'));
    expect(await refusal(dataset.load(broken!, size))).toContain(at('broken.png'));
  });

  it('is refused when it is empty, or no file', async () => {
    await drawAll('a.png');
    await writeFile(at('labels.csv'), '');
    expect(await refusal(open())).toMatch(/labels\.csv: lists no pictures; expected/);
    await mkdir(at('b/labels.csv'), { recursive: true });
    expect(await refusal(openImageFolder(at('b'), {}))).toMatch(/labels\.csv: cannot be read: /);
  });

  it('reaches no picture outside the folder', async () => {
    await drawAll('secret.png', 'in/a.png');
    for (const name of [
      '../secret.png',
      at('secret.png'),
      'x/../../secret.png',
      'a.png/../../secret.png',
      '..\\secret.png',
      'C:\\secret.png',
    ]) {
      await writeFile(at('in', 'labels.csv'), `file,label\n${name},1\n`);
      expect(await refusal(openImageFolder(at('in'), {}))).toMatch(
        /:2: .*: leads out of .*in, expected a picture in it$/,
      );
    }
  });
});
