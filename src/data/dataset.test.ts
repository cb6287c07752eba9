import { mkdir, writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { refusal, useFolder } from '../testing/files.js';
import { dataRootOf } from './dataset.js';
import { openDataset } from './open.js';

const at = useFolder();

async function draw(folder: string, name: string): Promise<void> {
  await mkdir(at(folder), { recursive: true });
  const picture = sharp({ create: { width: 4, height: 4, channels: 3, background: '#102030' } });
  await picture.png().toFile(at(folder, name));
}

describe('dataRootOf', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    ['what is given', 'given', '/from/environment', 'given'],
    ['$FRAGILE_DATA without it', undefined, '/from/environment', '/from/environment'],
    ['./data without both', undefined, '', 'data'],
  ])('is %s', (_, given, environment, root) => {
    vi.stubEnv('FRAGILE_DATA', environment);
    expect(dataRootOf(given)).toBe(root);
  });
});

describe('openDataset', () => {
  it('finds the sets of the data root, each in its folder', async () => {
    await draw('imagenet', 'a.png');
    await draw('flowers/test/roses', 'b.png');
    await draw('flowers/train/tulips', 'c.png');
    await mkdir(at('cifar-10-batches-bin'));
    await writeFile(at('cifar-10-batches-bin', 'test_batch.bin'), Buffer.alloc(3073, 4));
    const idsOf = async (name: string, split?: 'train' | 'test') =>
      (await openDataset({ name, ...(split && { split }) }, at())).entries.map(({ id }) => id);
    expect(await idsOf('imagenet')).toEqual(['a.png']);
    expect(await idsOf('flowers')).toEqual(['roses/b.png']);
    expect(await idsOf('flowers', 'train')).toEqual(['tulips/c.png']);
    expect(await idsOf('cifar-10')).toEqual(['test-0']);
  });

  it('opens a folder of its own, wherever the data root is', async () => {
    await draw('mine', 'a.png');
    const { entries } = await openDataset({ name: 'folder', path: at('mine') }, '/nowhere');
    expect(entries).toEqual([{ id: 'a.png' }]);
  });

  it('passes on how pictures are brought to size', async () => {
    const white = sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } });
    const center = { create: { width: 3, height: 3, channels: 3 as const, background: '#000' } };
    await mkdir(at('imagenet'));
    await white
      .composite([{ input: await sharp(center).png().toBuffer(), left: 3, top: 3 }])
      .toFile(at('imagenet', 'a.png'));
    const { entries, load } = await openDataset({ name: 'imagenet', resize: 9, crop: 3 }, at());
    const image = await load(entries[0]!, { height: 3, width: 3 });
    expect(image).toEqual(new Float32Array(27));
  });

  it('has pictures of its own, all readable', async () => {
    const { entries, load } = await openDataset({ name: 'embedded' }, '/nowhere');
    expect(entries.length).toBe(30);
    for (const entry of entries) {
      const image = await load(entry, { height: 32, width: 32 });
      expect(image.length).toBe(3 * 32 * 32);
      expect(new Set(image).size).toBeGreaterThan(10);
    }
  });

  it.each([
    ['imagenet', 'imagenet'],
    ['flowers', 'flowers/test'],
    ['cifar-10', 'cifar-10-batches-bin/test_batch.bin'],
  ])('says where it looked for %s, and how to have it look elsewhere', async (name, place) => {
    const message = await refusal(openDataset({ name }, at()));
    expect(message).toContain(`${at(place)}: no such f`);
    expect(message).toContain('give --data DIR or FRAGILE_DATA');
  });

  it('says what belongs into a folder of the data root that is missing', async () => {
    expect(await refusal(openDataset({ name: 'imagenet' }, 'nowhere'))).toBe(
      'nowhere/imagenet: no such folder; expected one with pictures; put photographs of image-net.org there, with a labels.csv of file,label or in class folders with a classes.txt, or give --data DIR or FRAGILE_DATA with a data root that holds it',
    );
  });

  it('says which field names a folder that is missing', async () => {
    const message = await refusal(openDataset({ name: 'folder', path: at('absent') }, at()));
    expect(message).toContain(`${at('absent')}: no such folder`);
    expect(message).toContain('data.path is relative to the working directory');
  });

  it.each(['cifar', 'toString', 'constructor'])('knows no data set %s', async (name) => {
    expect(await refusal(openDataset({ name }, at()))).toBe(
      `data: ${name}: expected one of imagenet, flowers, cifar-10, embedded, folder, picture`,
    );
  });
});

describe.skipIf(!process.env.FRAGILE_DATA)('the data root (needs FRAGILE_DATA)', () => {
  const open = (name: string, split?: 'train') =>
    openDataset({ name, ...(split && { split }) }, process.env.FRAGILE_DATA!);

  it('holds the 50,000 training pictures of CIFAR-10, 5,000 of each class', async () => {
    const { entries } = await open('cifar-10', 'train');
    const counts = Array<number>(10).fill(0);
    for (const { label } of entries) counts[label!]!++;
    expect(counts).toEqual(Array(10).fill(5000));
  });

  it('holds pictures of ImageNet with labels of 1,000 classes', async () => {
    const { entries, load } = await open('imagenet');
    expect(entries.every(({ label }) => label! >= 0 && label! < 1000)).toBe(true);
    const image = await load(entries[0]!, { height: 224, width: 224 });
    expect(image.length).toBe(3 * 224 * 224);
    expect(new Set(image).size).toBeGreaterThan(50);
  });
});
