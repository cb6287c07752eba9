// The layout of panels, and that what is laid out is what is drawn.
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Picture } from '../data/picture.js';
import { drawPanel, laidOut, type Panel } from './panel.js';

const plain = (width: number, height: number, color: readonly number[]): Picture => ({
  data: Buffer.from(Array.from({ length: width * height }, () => color).flat()),
  height,
  width,
});
const box = { mask: Float32Array.from({ length: 32 * 32 }, (_, i) => (i < 64 ? 1 : 0)) };

const small: Panel = {
  title: '0.png: deer, as cifar-cnn sees it',
  rows: [
    {
      heading: 'gradient under top-k, ε 8',
      tiles: [
        { title: 'original', picture: plain(32, 32, [255, 0, 0]), note: 'deer 99.8 %' },
        {
          title: 'its map',
          picture: plain(32, 32, [0, 255, 0]),
          outline: { ...box, height: 32, width: 32 },
        },
        {
          title: 'a title that is much longer than its picture',
          picture: plain(32, 32, [0, 0, 9]),
        },
      ],
      caption: ['top-k intersection 0.100', 'Spearman -0.200'],
    },
  ],
  foot: ['maps: dark is 0'],
};

/** Words of a layout, and the place where the first of their letters begins. */
const wordsOf = (svg: string) =>
  [...svg.matchAll(/aria-label="([^"]*)" fill="([^"]*)" d="M([\d.]+) ?([\d.]+)/g)].map(
    ([, text, color, x, y]) => `${text} ${color} ${Math.round(Number(x))},${Math.round(Number(y))}`,
  );

describe('a layout', () => {
  it('of small pictures enlarges them and sets words above and below', () => {
    const { width, height, places, svg } = laidOut(small);
    expect([width, height]).toMatchInlineSnapshot(`
      [
        672,
        369,
      ]
    `);
    expect(places.map(({ left, top, scale }) => ({ left, top, scale }))).toMatchInlineSnapshot(`
      [
        {
          "left": 16,
          "scale": 6,
          "top": 91,
        },
        {
          "left": 220,
          "scale": 6,
          "top": 91,
        },
        {
          "left": 424,
          "scale": 6,
          "top": 91,
        },
      ]
    `);
    expect(wordsOf(svg)).toMatchInlineSnapshot(`
      [
        "0.png: deer, as cifar-cnn sees it #1a1a1a 23,26",
        "gradient under top-k, ε 8 #1a1a1a 22,65",
        "original #1a1a1a 20,80",
        "its map #1a1a1a 221,85",
        "a title that is much longer… #1a1a1a 429,82",
        "deer 99.8 % #1a1a1a 21,293",
        "top-k intersection 0.100 · Spearman -0.200 #1a1a1a 17,309",
        "maps: dark is 0 #555555 22,342",
      ]
    `);
    expect(svg.match(/<path fill="none"[^>]*>/g)).toMatchInlineSnapshot(`
      [
        "<path fill="none" stroke="#000000" stroke-width="4" stroke-linecap="square" d="M220 91H412M220 103H412M220 91V103M412 91V103"/>",
        "<path fill="none" stroke="#ffffff" stroke-width="2" stroke-linecap="square" d="M220 91H412M220 103H412M220 91V103M412 91V103"/>",
      ]
    `);
  });

  it('has room for all pictures of its longest row, none over another', () => {
    const tile = (width: number) => ({ title: 'x', picture: plain(width, width, [0, 0, 0]) });
    const rows = [[227, 227, 227, 227, 227, 227], [227], [224, 299]].map((widths) => ({
      tiles: widths.map(tile),
      caption: ['y'],
    }));
    const { width, height, places } = laidOut({ title: 't', rows, foot: [] });
    expect(places.map(({ scale }) => scale)).toEqual(places.map(() => 1));
    const boxes = places.map(({ picture, left, top, scale }) => ({
      left,
      top,
      right: left + picture.width * scale,
      bottom: top + picture.height * scale,
    }));
    for (const [i, a] of boxes.entries()) {
      expect(Number.isInteger(a.left) && Number.isInteger(a.top)).toBe(true);
      expect(a.right).toBeLessThanOrEqual(width - 16);
      expect(a.bottom).toBeLessThan(height);
      for (const b of boxes.slice(i + 1)) expect(a.right <= b.left || a.bottom <= b.top).toBe(true);
    }
  });

  it('needs no font: letters are outlines', () => {
    expect(laidOut(small).svg).not.toContain('<text');
  });
});

describe('a drawn panel', () => {
  it('has its pictures where they are laid out, on white, and words in ink', async () => {
    const { width, height, places } = laidOut(small);
    const { data, info } = await sharp(await drawPanel(small))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([width, height, 3]);
    const at = (x: number, y: number) => [...data.subarray(3 * (y * width + x)).subarray(0, 3)];
    expect(at(0, 0)).toEqual([255, 255, 255]);
    for (const { picture, left, top, scale } of places) {
      const color = [...picture.data.subarray(0, 3)];
      const side = picture.width * scale;
      expect(at(left + 5, top + side - 5)).toEqual(color);
      expect(at(left + side - 1, top + side - 1)).toEqual(color);
      expect(at(left + side, top + side - 1)).toEqual([255, 255, 255]);
    }
    // the title's line holds dark pixels
    const line = data.subarray(3 * 16 * width, 3 * 32 * width);
    expect(line.filter((v) => v < 64).length).toBeGreaterThan(500);
    // the outline is white between black
    const second = places[1]!;
    const edge = second.top + 2 * second.scale;
    expect(at(second.left + 50, edge)).toEqual([255, 255, 255]);
    expect(at(second.left + 50, edge - 2)).toEqual([0, 0, 0]);
  });
});
