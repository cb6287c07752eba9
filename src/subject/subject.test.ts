// The images of a config: which labels are classes of the network.
import { describe, expect, it } from 'vitest';
import type { ImageConfig } from '../config/subject.js';
import { usePictures } from '../data/testing/pictures.js';
import { refusal } from '../testing/files.js';
import { openImages, type Subject } from './subject.js';

const { at, drawAll, write } = usePictures();

const opened = (
  { classes = 10, name = 'folder', correct = true } = {},
  whose?: 'network' | 'own',
) =>
  openImages(
    { data: { name, path: at('set'), correct, count: 'max', resize: 2 } } as unknown as ImageConfig,
    { dataRoot: at(), network: { network: { name: 'net', classes } } } as unknown as Subject,
    whose,
  );
const labels = async (...given: Parameters<typeof opened>) =>
  (await opened(...given)).entries.map(({ label }) => label);
const instead = '; data: { correct: false } uses images whatever their labels';

/** Writes the names of a thousand classes into the data root. */
const nameThousand = async () => {
  await drawAll('imagenet/0.png');
  const lines = Array.from({ length: 1000 }, (_, i) => `n${10000000 + i} thing ${i}, other ${i}`);
  await write('imagenet/classes.txt', ...lines);
};

describe('labels of class folders', () => {
  it('are classes of CIFAR-10 by name, for a network of ten classes', async () => {
    await drawAll('set/truck/0.png', 'set/Cat/0.png');
    expect(await labels()).toEqual([3, 9]);
  });

  it('are classes of ImageNet by name or synset, where the data root names them', async () => {
    await drawAll('set/other 7/0.png', 'set/n10000999/0.png', 'set/THING_500/0.png');
    expect((await opened({ classes: 1000 })).note).toContain('1000 classes');
    await nameThousand();
    const dataset = await opened({ classes: 1000 });
    expect(dataset.entries.map(({ id, label }) => [id, label])).toEqual([
      ['THING_500/0.png', 500],
      ['n10000999/0.png', 999],
      ['other 7/0.png', 7],
    ]);
    expect(dataset.note).toBeUndefined();
  });

  it('are refused where they are no classes of the network, unless they do not matter', async () => {
    await drawAll('set/cat/0.png', 'set/trucks/0.png');
    expect(await refusal(opened())).toBe(
      `data: folder: ${at('set', 'trucks')}: a class folder that is no class of net, expected a name such as truck, or a classes.txt in ${at('set')} that lists the 10 classes in order, one a line${instead}`,
    );
    expect(await labels({ correct: false })).toEqual([3, undefined]);
  });

  it('are the data set’s own where these are asked for', async () => {
    await drawAll('set/roses/0.png', 'set/tulips/0.png');
    expect(await labels({}, 'own')).toEqual([0, 1]);
  });
});

describe('labels', () => {
  it('are refused beyond the classes of the network', async () => {
    await drawAll('set/a.png');
    await write('set/labels.csv', 'file,label', 'a.png,10');
    expect(await refusal(opened())).toBe(
      `data: folder: label 10 of a.png, expected 0 to 9, the classes of net${instead}`,
    );
    expect(await labels({ correct: false })).toEqual([10]);
  });

  it('of CIFAR-10 are no classes of a network with others', async () => {
    expect(await labels({ name: 'embedded' })).toHaveLength(30);
    expect(await refusal(opened({ name: 'embedded', classes: 1000 }))).toBe(
      `data: embedded: labels are the 10 classes of CIFAR-10, expected the 1000 of net${instead}`,
    );
    expect((await labels({ name: 'embedded', classes: 1000, correct: false })).slice(0, 4)).toEqual(
      [0, 0, 0, 1],
    );
  });

  it('that are missing are refused', async () => {
    await drawAll('set/a.png');
    expect(await refusal(opened())).toBe(
      `data: correct: true, but the pictures in ${at('set')} have no labels; expected correct: false, a labels.csv or class folders`,
    );
  });
});
