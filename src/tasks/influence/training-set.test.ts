import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../data/open.js';
import { encodePng } from '../../data/picture.js';
import { refusal, useFolder } from '../../testing/files.js';
import type { InfluenceConfig } from './config.js';
import { openTraining } from './training-set.js';

const inFolder = useFolder();

const picture = await encodePng(new Float32Array(3 * 16), 4, 4);

/** Writes pictures, so many of each class. */
async function pictures(set: string, classes: Readonly<Record<string, number>>): Promise<void> {
  for (const [name, count] of Object.entries(classes)) {
    await mkdir(inFolder(set, name), { recursive: true });
    for (let i = 0; i < count; i++) await writeFile(inFolder(set, name, `${i}.png`), picture);
  }
}

async function opened(given: Partial<InfluenceConfig['training']> = {}) {
  const data = { name: 'folder', path: inFolder('test') };
  const training = { name: 'folder', path: inFolder('train'), count: 'max', ...given };
  const config = { seed: 1, data, training } as unknown as InfluenceConfig;
  return openTraining(config, await openDataset(data, ''), '');
}

describe('the images a head is fitted to', () => {
  it('are all, or as many as asked for, chosen by the seed', async () => {
    await pictures('train', { rose: 20, sunflower: 20 });
    await pictures('test', { rose: 1, sunflower: 1 });
    const all = await opened();
    expect(all.images).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(all.classes).toEqual([0, 1]);
    const some = await opened({ count: 15 });
    expect(some.images).toHaveLength(15);
    expect([...some.images].sort((a, b) => a - b)).toEqual(some.images);
    expect(some.images).toEqual((await opened({ count: 15 })).images);
    expect((await opened({ count: 99 })).images).toHaveLength(40);
  });

  it.each<[string, Record<string, number>, Record<string, number>, RegExp]>([
    [
      'of one class',
      { rose: 3 },
      { rose: 1 },
      /^training: folder: 3 images of 1 class in .*train, expected two classes$/,
    ],
    [
      'of three classes',
      { rose: 1, sunflower: 1, tulip: 1 },
      { rose: 1 },
      /^training: folder: 3 images of 3 classes in .*train, expected two classes$/,
    ],
    [
      'of two classes and an empty folder',
      { rose: 3, sunflower: 3, tulip: 0 },
      { rose: 1 },
      /^training: folder: .*tulip: a folder without pictures among class folders, which may be/,
    ],
    [
      'fewer than are compared',
      { rose: 2, sunflower: 2 },
      { rose: 1 },
      /^training: folder: 4 images of .*train, expected at least 5, as many as are compared$/,
    ],
    [
      'without labels',
      { '': 2 },
      { rose: 1 },
      /^training: folder: pictures in .*train have no labels; expected a labels.csv or two class/,
    ],
    [
      'fewer than the classes of the test images',
      { rose: 3, sunflower: 3 },
      { rose: 1, sunflower: 1, tulip: 1 },
      /^data: folder: label 2 of tulip\/0.png, expected 0 or 1, the classes of training$/,
    ],
    [
      'of which the test images lack the first class, so that their numbers are others',
      { rose: 3, sunflower: 3 },
      { sunflower: 2 },
      /^data: folder: label 0 is sunflower in .*test, but rose in training \(folder\); expected class/,
    ],
  ])('are refused where they are %s', async (_, train, test, message) => {
    await pictures('train', train);
    await pictures('test', test);
    expect(await refusal(opened())).toMatch(message);
  });
});
