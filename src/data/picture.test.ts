import { mkdir, writeFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { keyedRandom } from '../random.js';
import { refusal, useFolder } from '../testing/files.js';
import { decodeGray, decodePicture, encodePng, pictureEndings, planesOf } from './picture.js';

const at = useFolder();

/** A picture of so many channels, ready to be encoded. */
const raw = (
  data: Uint8Array | Uint16Array,
  width: number,
  height: number,
  channels: 1 | 2 | 3 | 4,
) => sharp(data, { raw: { width, height, channels } });

/** Encodes a picture to a file and decodes it. */
async function decoded(picture: Sharp, name = 'a.png') {
  await picture.toFile(at(name));
  return decodePicture(at(name));
}

/** Six colors, each with three levels of its own, in two rows of three. */
const colors = Uint8Array.of(255, 0, 1, 2, 254, 3, 4, 5, 253, 90, 6, 7, 8, 91, 9, 10, 11, 92);

describe('decodePicture', () => {
  it('gives RGB row by row', async () => {
    const picture = await decoded(raw(colors, 3, 2, 3).png());
    expect(picture).toEqual({ data: Buffer.from(colors), height: 2, width: 3 });
  });

  it('reads a palette', async () => {
    const png = await raw(colors, 3, 2, 3).png({ palette: true, quality: 100 }).toBuffer();
    expect(await sharp(png).metadata()).toMatchObject({ isPalette: true });
    const { data } = await decoded(sharp(png).png({ palette: true }));
    expect([...data]).toEqual([...colors]);
  });

  it('makes gray RGB', async () => {
    const gray = raw(Uint8Array.of(0, 50, 100, 200), 2, 2, 1)
      .toColorspace('b-w')
      .png();
    expect([...(await decoded(gray)).data]).toEqual([0, 50, 100, 200].flatMap((v) => [v, v, v]));
  });

  it('drops transparency and keeps the colors beneath', async () => {
    const rgba = Uint8Array.of(255, 10, 20, 0, 30, 200, 40, 128);
    const picture = await decoded(raw(rgba, 2, 1, 4).png());
    expect([...picture.data]).toEqual([255, 10, 20, 30, 200, 40]);
    const grayAlpha = raw(Uint8Array.of(50, 0, 70, 9), 2, 1, 2)
      .toColorspace('b-w')
      .png();
    expect([...(await decoded(grayAlpha)).data]).toEqual([50, 50, 50, 70, 70, 70]);
  });

  it.each([
    ['gray', 1, 'grey16'],
    ['RGB', 3, 'rgb16'],
  ] as const)('brings 16-bit %s to 8 bits', async (_, channels, space) => {
    const levels = Uint16Array.of(0, 65535, 257 * 10, 257 * 127, 257 * 128 + 100, 257 * 200);
    const wide = await raw(levels, 6 / channels, 1, channels)
      .toColorspace(space)
      .png()
      .toBuffer();
    expect(await sharp(wide).metadata()).toMatchObject({ depth: 'ushort', channels });
    await writeFile(at('wide.png'), wide);
    const { data } = await decodePicture(at('wide.png'));
    expect(data.length).toBe(18 / channels);
    data.forEach((v, i) => {
      const level = levels[channels === 3 ? i : Math.floor(i / 3)]! / 257;
      expect(Math.abs(v - level)).toBeLessThanOrEqual(1);
    });
  });

  it('reads a JPEG in CMYK', async () => {
    const flat = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => [150, 110, 90][i % 3]!);
    const jpeg = await raw(flat, 16, 16, 3).toColorspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    expect(await sharp(jpeg).metadata()).toMatchObject({ space: 'cmyk', channels: 4 });
    await writeFile(at('a.jpg'), jpeg);
    const { data } = await decodePicture(at('a.jpg'));
    expect(data.length).toBe(flat.length);
    data.forEach((v, i) => {
      expect(Math.abs(v - flat[i]!)).toBeLessThan(15);
    });
  });

  // The stored picture has rows abc and def. The EXIF standard says where its first row and column belong.
  it.each([
    [1, 'top, left', 'abc def'],
    [2, 'top, right', 'cba fed'],
    [3, 'bottom, right', 'fed cba'],
    [4, 'bottom, left', 'def abc'],
    [5, 'left, top', 'ad be cf'],
    [6, 'right, top', 'da eb fc'],
    [7, 'right, bottom', 'fc eb da'],
    [8, 'left, bottom', 'cf be ad'],
  ])('turns a picture of EXIF orientation %i (%s)', async (orientation, _, shown) => {
    const png = raw(colors, 3, 2, 3).withMetadata({ orientation }).png();
    const picture = await decoded(png);
    const rows = shown.split(' ');
    expect([picture.height, picture.width]).toEqual([rows.length, rows[0]!.length]);
    const expected = [...rows.join('')].flatMap((letter) => {
      const start = 3 * 'abcdef'.indexOf(letter);
      return [...colors.subarray(start, start + 3)];
    });
    expect([...picture.data]).toEqual(expected);
  });

  it.each(pictureEndings)('reads %s', async (ending) => {
    const flat = Uint8Array.from({ length: 16 * 8 * 3 }, (_, i) => [200, 60, 30][i % 3]!);
    const picture = await decoded(raw(flat, 16, 8, 3), `a${ending}`);
    expect([picture.height, picture.width]).toEqual([8, 16]);
    picture.data.forEach((v, i) => {
      expect(Math.abs(v - flat[i]!)).toBeLessThan(6);
    });
  });

  const noise = keyedRandom('noise');
  const noisy = Uint8Array.from({ length: 40 * 40 * 3 }, () => noise.below(256));
  it.each([
    ['.png', {}, 0.9],
    ['.png', {}, 0.3],
    ['.jpg', {}, 0.99],
    ['.jpg', { progressive: true }, 0.6],
    ['.jpg', {}, 0.02],
    ['.webp', {}, 0.9],
    ['.gif', {}, 0.6],
    ['.tiff', { compression: 'none' as const }, 0.6],
  ])('refuses a truncated %s %j of which %d is there', async (ending, options, part) => {
    const format = ending.slice(1) as 'png';
    const bytes = await raw(noisy, 40, 40, 3).toFormat(format, options).toBuffer();
    const file = at(`cut${ending}`);
    await writeFile(file, bytes);
    expect((await decodePicture(file)).width).toBe(40);
    await writeFile(file, bytes.subarray(0, part * bytes.length));
    expect(await refusal(decodePicture(file))).toContain(`${file}: not a whole picture: `);
  });

  it.each([
    ['.png', {}],
    ['.tiff', { compression: 'lzw' as const }],
  ])('refuses a %s of which a part was overwritten', async (ending, options) => {
    const format = ending.slice(1) as 'png';
    const bytes = await raw(noisy, 40, 40, 3).toFormat(format, options).toBuffer();
    const middle = Math.floor(bytes.length / 2);
    bytes.fill(0x55, middle, middle + 30);
    await writeFile(at(`bad${ending}`), bytes);
    expect(await refusal(decodePicture(at(`bad${ending}`)))).toMatch(/bad\.\w+: not a whole/);
  });

  it('refuses what is no picture, in words', async () => {
    expect(await refusal(decodePicture(at('absent.png')))).toBe(
      `${at('absent.png')}: no such file; expected a picture`,
    );
    await mkdir(at('folder.png'));
    expect(await refusal(decodePicture(at('folder.png')))).toMatch(/folder\.png: not a file; exp/);
    await writeFile(at('empty.png'), '');
    expect(await refusal(decodePicture(at('empty.png')))).toMatch(/empty\.png: not a whole pict/);
    await writeFile(at('text.jpg'), 'a picture of a cat');
    expect(await refusal(decodePicture(at('text.jpg')))).toMatch(/text\.jpg: not a whole picture/);
  });
});

describe('decodeGray', () => {
  it('gives one number a pixel, keeps gray levels, and turns as EXIF says', async () => {
    const levels = [0, 50, 100, 150, 200, 255];
    const rgb = Uint8Array.from(levels.flatMap((v) => [v, v, v]));
    await raw(rgb, 3, 2, 3).withMetadata({ orientation: 6 }).png().toFile(at('g.png'));
    const { data, height, width } = await decodeGray(at('g.png'));
    expect([[...data], height, width]).toEqual([[150, 0, 200, 50, 255, 100], 3, 2]);
  });
});

describe('planesOf', () => {
  it('puts red before green before blue, each row by row', () => {
    const picture = { data: Buffer.from(colors), height: 2, width: 3 };
    expect([...planesOf(picture)]).toEqual([
      ...[255, 2, 4, 90, 8, 10],
      ...[0, 254, 5, 6, 91, 11],
      ...[1, 3, 253, 7, 9, 92],
    ]);
  });
});

describe('encodePng', () => {
  it('keeps an image in whole gray levels', async () => {
    const picture = { data: Buffer.from(colors), height: 2, width: 3 };
    await writeFile(at('a.png'), await encodePng(planesOf(picture), 2, 3));
    expect(await decodePicture(at('a.png'))).toEqual(picture);
  });

  it('rounds, and cuts off what is beyond black and white', async () => {
    const image = Float32Array.of(-3, 0.4, 0.6, 254.4, 254.6, 300);
    await writeFile(at('a.png'), await encodePng(image, 1, 2));
    expect([...planesOf(await decodePicture(at('a.png')))]).toEqual([0, 0, 1, 254, 255, 255]);
  });
});
