// What panels show of explanations.
import { describe, expect, it } from 'vitest';
import type { ExplainItem } from '../config/explanations.js';
import { brightestOf, colorMapOf, drawnMap } from './colors.js';
import { explanationRow, imageTile, mapTiles, percent } from './explanations.js';

const size = { height: 2, width: 2 };
const image = Float32Array.from({ length: 12 }, (_, i) => 20 * i);
const map = Float32Array.of(0.1, 0.2, 0.3, 0.4);
const gradient: ExplainItem = { name: 'gradient', id: 'gradient', surrogate: 'none' };
const lrp: ExplainItem = { name: 'lrp', id: 'rule', surrogate: 'none' };

describe('an explained picture', () => {
  const row = (...maps: readonly { item: ExplainItem; map: Float32Array | undefined }[]) =>
    explanationRow({ ...size, image, label: 4, className: 'deer', confidence: 0.5, maps });
  const titles = ({ tiles }: ReturnType<typeof row>) =>
    tiles.map(({ title, note }) => [title, note]);

  it('stands beside a map of each method that has one', () => {
    const found = row({ item: gradient, map }, { item: lrp, map: undefined });
    expect(titles(found)).toEqual([
      ['image', 'deer 50.0 %'],
      ['gradient', undefined],
    ]);
    expect(found.caption).toEqual(['no map, since it is zero: rule']);
  });

  it('has maps under their ids, in their order, and no caption where none is missing', () => {
    const found = row({ item: lrp, map }, { item: gradient, map });
    expect(titles(found)).toEqual([
      ['image', 'deer 50.0 %'],
      ['rule', undefined],
      ['gradient', undefined],
    ]);
    expect(found.caption).toEqual([]);
    expect(found.heading).toBeUndefined();
  });
});

describe('a tile', () => {
  it('of an image has its colors pixel by pixel', () => {
    const { title, picture } = imageTile('original', image, size);
    expect(title).toBe('original');
    expect([...picture.data]).toEqual(
      [0, 1, 2, 3].flatMap((i) => [0, 1, 2].map((plane) => 20 * (4 * plane + i))),
    );
  });

  it('of a map has the colors of its method, and an outline where there is a region', () => {
    const region = Float32Array.of(0, 1, 0, 0);
    const [plain, outlined] = [undefined, region].flatMap((of) =>
      mapTiles('its map', map, lrp, { ...size, region: of }),
    );
    const picture = drawnMap(map, 2, 2, colorMapOf(lrp));
    expect(plain).toEqual({ title: 'its map', picture });
    expect(outlined).toEqual({ title: 'its map', picture, outline: { mask: region, ...size } });
    // or the pictures would be of one color
    expect(brightestOf(map)).toBeGreaterThan(map[0]!);
  });

  it('is none where there is no map', () => {
    expect(mapTiles('its map', undefined, lrp, size)).toEqual([]);
  });
});

it.each([
  [0.9981, '99.8 %'],
  [0, '0.0 %'],
  [1, '100.0 %'],
  [undefined, ''],
])('a part of %j is %j', (part, words) => {
  expect(percent(part)).toBe(words);
});
