// Which image is whose target, and targets out of files.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../data/dataset.js';
import { openDataset } from '../../data/open.js';
import { encodePng } from '../../data/picture.js';
import { UserError } from '../../errors.js';
import { cifarCnn } from '../../model/cifar-cnn.js';
import { partnerOf } from '../../subject/pairs.js';
import type { AttackConfig } from './config.js';
import type { MatchTargetItem } from './items.js';
import { checkTargets, readTarget, sourceOf } from './targets.js';
import { attackConfig } from './testing/config.js';

const network = cifarCnn('cifar-cnn', 'relu', { width: 0.125 });
const entries = Array.from({ length: 40 }, (_, i) => ({ id: `image ${i}` }));
const configFor = (target: unknown, change: object = {}) =>
  attackConfig({
    name: 't',
    model: 'cifar-cnn',
    data: 'embedded',
    explain: 'gradient',
    attack: { name: 'match-target', target },
    ...change,
  });
const itemOf = (config: AttackConfig) => config.attack[0] as MatchTargetItem;

let folder = '';
let embedded: Dataset;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'targets-'));
  embedded = await openDataset({ name: 'embedded' }, 'no data root');
});
afterAll(() => rm(folder, { recursive: true }));

/** A config on images, by default on all. */
const targeting = (config: AttackConfig, dataset = embedded) => ({
  ...{ config, dataset, network: { network } },
});

/** Writes a picture of one brightness per pixel. */
async function drawn(name: string, height: number, width: number, at: (i: number) => number) {
  const gray = Float32Array.from({ length: height * width }, (_, i) => at(i));
  const file = path.join(folder, name);
  await writeFile(file, await encodePng(Float32Array.of(...gray, ...gray, ...gray), height, width));
  return file;
}

describe('pairs', () => {
  const partners = entries.map((_, i) => partnerOf(1, entries, i));

  it('are of two images, always the same, and others with another seed', () => {
    const odd = partners.filter((partner, i) => partner === i || entries[partner] === undefined);
    expect(odd).toEqual([]);
    expect(entries.map((_, i) => partnerOf(1, entries, i))).toEqual(partners);
    expect(entries.map((_, i) => partnerOf(2, entries, i))).not.toEqual(partners);
  });

  it('are drawn evenly from all others', () => {
    const counts = new Map<number, number>();
    for (let seed = 0; seed < 4000; seed++) {
      const partner = partnerOf(seed, entries.slice(0, 5), 2);
      counts.set(partner, (counts.get(partner) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([0, 1, 3, 4]);
    for (const [partner, count] of counts)
      expect(Math.abs(count - 1000), `image ${partner}`).toBeLessThan(150);
  });

  it('bring the other image as the network sees it', async () => {
    const config = await configFor('pairs');
    const source = await sourceOf(itemOf(config), targeting(config), 3);
    const partner = embedded.entries[partnerOf(config.seed, embedded.entries, 3)]!;
    expect(source).toEqual({ id: partner.id, image: await embedded.load(partner, network) });
  });
});

describe('a drawn target', () => {
  it('is as bright as its picture, and sums to 1', async () => {
    const file = await drawn('bar.png', 32, 32, (i) => (i % 32 < 8 ? 200 : 40));
    const map = await readTarget(file, network);
    const total = 32 * (8 * 200 + 24 * 40);
    map.forEach((v, i) => {
      expect(v, `pixel ${i}`).toBeCloseTo((i % 32 < 8 ? 200 : 40) / total, 9);
    });
  });

  it('is scaled to the network’s input as a whole', async () => {
    const file = await drawn('wide.png', 64, 128, (i) => (i % 128 < 64 ? 0 : 255));
    const map = await readTarget(file, network);
    const columns = Array.from({ length: 32 }, (_, c) =>
      Array.from({ length: 32 }, (_, r) => map[r * 32 + c]!).reduce((a, b) => a + b),
    );
    expect(map).toHaveLength(32 * 32);
    for (const c of [0, 8, 14]) expect(columns[c], `column ${c}`).toBe(0);
    for (const c of [17, 24, 31]) expect(columns[c], `column ${c}`).toBeCloseTo(1 / 16, 3);
  });

  it('belongs to the image of a file as it is cropped for the network', async () => {
    const file = await drawn('photo.png', 32, 32, (i) => i % 251);
    const config = await configFor({ image: file });
    const source = await sourceOf(itemOf(config), targeting(config), 0);
    const gray = Float32Array.from({ length: 1024 }, (_, i) => i % 251);
    expect(source).toEqual({ id: file, image: Float32Array.of(...gray, ...gray, ...gray) });
  });
});

describe('before a run begins', () => {
  const cases: readonly (readonly [string, () => Promise<unknown>, () => Dataset, RegExp])[] = [
    [
      'a picture that is not there',
      async () => path.join(folder, 'none.png'),
      () => embedded,
      /none\.png: no such file; expected a picture$/,
    ],
    [
      'an image that is not there',
      async () => ({ image: path.join(folder, 'none.jpg') }),
      () => embedded,
      /none\.jpg: no such file; expected a picture$/,
    ],
    [
      'a black picture',
      () => drawn('black.png', 4, 4, () => 0),
      () => embedded,
      /black\.png: a target that is all black, expected bright pixels on black$/,
    ],
    [
      'pairs of one image',
      async () => 'pairs',
      () => ({ ...embedded, location: 'here', entries: embedded.entries.slice(0, 1) }),
      /^attack: match-target: target: pairs, but here has one image, expected at least 2$/,
    ],
  ];
  it.each(cases)('%s is a mistake', async (_, target, dataset, message) => {
    const config = await configFor(await target());
    const thrown = await checkTargets(targeting(config, dataset())).catch(
      (error: unknown) => error,
    );
    expect(thrown).toBeInstanceOf(UserError);
    expect((thrown as Error).message).toMatch(message);
    expect((thrown as Error).message).not.toContain('\n');
  });

  it('pairs of several images are none, nor are other attacks', async () => {
    await checkTargets(targeting(await configFor('pairs')));
    const one = { ...embedded, entries: embedded.entries.slice(0, 1) };
    const other = await configFor('pairs', { attack: 'top-k', epsilon: 1 });
    await checkTargets(targeting(other, one));
  });
});
