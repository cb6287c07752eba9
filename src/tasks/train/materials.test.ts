// The classes that the images of a training have.
import { mkdir } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { usePictures } from '../../data/testing/pictures.js';
import { refusal } from '../../testing/files.js';
import type { TrainingConfig } from './config.js';
import { openMaterials } from './materials.js';

const { at, drawAll } = usePictures();

/** The labels of training images, by their names, and what is said on stderr. */
async function opened() {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const config = {
    model: { name: 'cifar-cnn' },
    data: { name: 'folder', path: at() },
    ...{ batch: 1, activation: 'relu' },
  } as unknown as TrainingConfig;
  const { dataset } = await openMaterials(config, at('no data root'));
  return {
    labels: Object.fromEntries(dataset.entries.map(({ id, label }) => [id, label])),
    said: said.mock.calls.map(([text]) => text),
  };
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the class folders of a training', () => {
  it('are the classes of the network where they have its names', async () => {
    await drawAll('cat/0.png', 'ship/0.png');
    expect(await opened()).toEqual({ labels: { 'cat/0.png': 3, 'ship/0.png': 8 }, said: [] });
  });

  it('are classes of their own where they do not, with a note if they are fewer', async () => {
    await drawAll('cat/0.png', 'boat/0.png');
    expect(await opened()).toEqual({
      labels: { 'boat/0.png': 0, 'cat/0.png': 1 },
      said: [
        `data: folder: 2 classes of ${at()} are numbered 0 to 1 in their order and trained as the first of the 10 of cifar-cnn\n`,
      ],
    });
  });

  it('may be ten numbers from 1', async () => {
    await drawAll(...Array.from({ length: 10 }, (_, i) => `${i + 1}/0.png`));
    const { labels, said } = await opened();
    expect([labels['1/0.png'], labels['2/0.png'], labels['10/0.png']]).toEqual([0, 1, 9]);
    expect(said).toEqual([]);
  });

  it('are refused where an empty one leaves the numbers open', async () => {
    await drawAll('boat/0.png', 'frigate/0.png');
    await mkdir(at('canoe'));
    expect(await refusal(opened())).toContain(
      `data: folder: ${at('canoe')}: a folder without pictures among class folders`,
    );
  });
});
