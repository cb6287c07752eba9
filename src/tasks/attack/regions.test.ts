// From what a config says of a region to pixels of an image, and the mistakes it can hold.
import { writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { slic } from '../../analysis/slic.js';
import type { Dataset } from '../../data/dataset.js';
import { openDataset } from '../../data/open.js';
import { encodePng } from '../../data/picture.js';
import { refusal, useFolder } from '../../testing/files.js';
import { checkRegions, regionOf, superpixelsOf } from './regions.js';
import { attackConfig } from './testing/config.js';

const at = useFolder();
const size = { height: 32, width: 32 };
let dataset: Dataset;
beforeAll(async () => {
  dataset = await openDataset({ name: 'embedded' }, 'no data root');
});
const configOf = (...attack: readonly unknown[]) =>
  attackConfig({
    name: 't',
    model: 'cifar-cnn',
    data: 'embedded',
    explain: 'gradient',
    attack,
    epsilon: 8,
  });
const regionFor = async (region: object, n = 0) => {
  const entry = dataset.entries[n]!;
  const { attack } = await configOf({ name: 'target-region', ...region });
  return regionOf(attack[0]!, entry.id, await dataset.load(entry, size), size);
};
const checked = async (...attack: readonly unknown[]) =>
  checkRegions(await configOf(...attack), dataset, size);

describe('a region', () => {
  it('is a box, or the bright pixels of a picture', async () => {
    const region = Float32Array.from({ length: 32 * 32 }, (_, i) => {
      const [row, column] = [Math.floor(i / 32), i % 32];
      return row >= 2 && row < 5 && column >= 10 && column < 30 ? 1 : 0;
    });
    expect(await regionFor({ box: [2, 10, 5, 30] })).toEqual(region);
    const gray = region.map((inside) => 255 * inside);
    const planes = Float32Array.of(...gray, ...gray, ...gray);
    await writeFile(at('mask.png'), await encodePng(planes, 32, 32));
    expect(await regionFor({ mask: at('mask.png') })).toEqual(region);
  });

  it.each([
    [0, 3],
    [4, 5],
  ])('is a superpixel of image %i, by one index or an index for each: %i', async (n, index) => {
    const { id } = dataset.entries[n]!;
    const x = await dataset.load(dataset.entries[n]!, size);
    const made = { segments: 10, compactness: 20 };
    const { labels } = slic(x, 32, 32, made);
    const expected = Float32Array.from(labels, (label) => (label === index ? 1 : 0));
    expect(await regionFor({ slic: { ...made, pick: index } }, n)).toEqual(expected);
    const pick = { other: 0, [id]: index };
    expect(await regionFor({ slic: { ...made, pick } }, n)).toEqual(expected);
  });

  it('is none of an attack without one', async () => {
    const [entry] = dataset.entries;
    const { attack } = await configOf('top-k');
    expect(await regionOf(attack[0]!, entry!.id, await dataset.load(entry!, size), size)).toBe(
      undefined,
    );
  });

  it('that is not there is refused with how many there are', async () => {
    const { id } = dataset.entries[0]!;
    const x = await dataset.load(dataset.entries[0]!, size);
    const { count } = slic(x, 32, 32, { segments: 10, compactness: 10 });
    const expected = `expected 0 to ${count - 1}, its ${count} regions`;
    expect(await refusal(regionFor({ slic: { segments: 10, pick: count } }))).toBe(
      `slic.pick: ${count} for the image ${id}, ${expected}`,
    );
    expect(await refusal(regionFor({ slic: { segments: 10, pick: { other: 1 } } }))).toBe(
      `slic.pick: no index for the image ${id}, ${expected}`,
    );
    expect(await regionFor({ slic: { segments: 10, pick: count - 1 } })).toContain(1);
  });
});

describe('before a run', () => {
  const target = (slic: object) => ({ name: 'target-region', slic: { segments: 10, ...slic } });

  it('accepts what may be right', async () => {
    const pick = Object.fromEntries(dataset.entries.slice(0, 3).map(({ id }, i) => [id, i]));
    await checked('top-k', target({ pick }), { ...target({ pick: 900 }), id: 'for all' });
  });

  it('refuses an index that an image does not have, the name of no image, and a mask of another size', async () => {
    const { id } = dataset.entries[2]!;
    expect(await refusal(checked('top-k', target({ pick: { [id]: 90 } })))).toMatch(
      /^attack\.1: slic\.pick: 90 for the image .*, expected 0 to \d+, its \d+ regions$/,
    );
    expect(await refusal(checked(target({ pick: { 'cloud.png': 0 } })))).toBe(
      `attack.0: slic.pick: cloud.png, expected the name of an image of embedded, such as ${dataset.entries[0]!.id}`,
    );
    await writeFile(at('small.png'), await encodePng(new Float32Array(12), 2, 2));
    expect(await refusal(checked({ name: 'target-region', mask: at('small.png') }))).toMatch(
      /^attack\.0: .*small\.png: a mask of 2×2 pixels, expected 32×32/,
    );
  });
});

it.each([
  ['none', { name: 'target-region', mask: 'm' }, undefined],
  [
    'some',
    { name: 'target-region', slic: { segments: 9, pick: 1 } },
    { segments: 9, compactness: 10, pick: 1 },
  ],
])('superpixels are those of the first attack that has some: %s', async (_, attack, expected) => {
  const after = { name: 'target-region', id: 'after', slic: { segments: 5, pick: 1 } };
  expect(superpixelsOf(await configOf('top-k', attack))).toEqual(expected);
  expect(superpixelsOf(await configOf('top-k', attack, after))).toMatchObject({
    segments: expected?.segments ?? 5,
  });
});
