// One picture as a data set.
import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { refusal, useFolder } from '../testing/files.js';
import { fingerprint } from './dataset.js';
import { openDataset } from './open.js';

const at = useFolder();
const open = (file: string, more = {}) =>
  openDataset({ name: 'picture', path: file, ...more }, 'nowhere');
const draw = async (name: string, background: string) => {
  await sharp({ create: { width: 8, height: 4, channels: 3, background } })
    .png()
    .toFile(at(name));
  return at(name);
};

describe('a picture', () => {
  it('is a data set of one image without a label, brought to size', async () => {
    const { entries, location, load } = await open(await draw('a b.png', '#102030'));
    expect(entries).toEqual([{ id: 'a b.png' }]);
    expect(location).toBe(at('a b.png'));
    const pixels = await load(entries[0]!, { height: 4, width: 4 });
    expect([...pixels]).toEqual([16, 32, 48].flatMap((v) => new Array(16).fill(v)));
  });

  it('has a fingerprint of its bytes', async () => {
    const prints = ['#102030', '#102031', '#102030'].map(async (background, i) =>
      fingerprint(await open(await draw(`${i}.png`, background))),
    );
    const [a, b, c] = await Promise.all(prints);
    expect(a).toMatch(/^[0-9a-f]{64}$/);
    expect(b).not.toBe(a);
    // the same pixels under another name
    expect(c).not.toBe(a);
  });

  it.each([
    ['that is missing', undefined, /no such file; expected a picture$/],
    ['that is none', 'text', /not a whole picture: /],
  ])('%s is said when it is opened', async (_, text, message) => {
    if (text !== undefined) await writeFile(at('x.png'), text);
    expect(await refusal(open(at('x.png')))).toMatch(message);
  });
});
