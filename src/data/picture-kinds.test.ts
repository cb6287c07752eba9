// Kinds of pixels, sizes and formats that are rare in photographs: each is read as its format says, or refused by name.
import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { refusal, useFolder } from '../testing/files.js';
import { readMask } from './mask.js';
import { decodeGray, decodePicture } from './picture.js';
import { type Tiff, tiffOf } from './testing/tiff.js';

const at = useFolder();

async function written(bytes: Buffer, name = 'a.tif'): Promise<string> {
  await writeFile(at(name), bytes);
  return at(name);
}

const tiff = (change: Partial<Tiff>) =>
  tiffOf({ height: 1, width: 2, channels: 1, bits: 32, kind: 'float', values: [0, 1], ...change });

const inGray = (levels: readonly number[]) => levels.flatMap((v) => [v, v, v]);
const rgb = [0, 0.2, 1, 0.5, 0.1, 0.75];
const rgbLevels = [0, 51, 255, 128, 26, 191];

describe('a picture is scaled by its format', () => {
  it.each<[string, Partial<Tiff>, readonly number[]]>([
    ['gray floats', { width: 4, values: [0, 0.25, 0.5, 1] }, inGray([0, 64, 128, 255])],
    ['RGB floats, which are gray levels too', { channels: 3, values: rgb }, rgbLevels],
    ['floats below one gray level', { values: [0, 0.001] }, inGray([0, 0])],
    [
      'gray of 16 bits',
      { width: 4, bits: 16, kind: 'whole', values: [0, 128, 257 * 100 + 129, 65535] },
      inGray([0, 0, 101, 255]),
    ],
    [
      'RGB of 16 bits',
      { bits: 16, kind: 'whole', channels: 3, values: rgb.map((v) => Math.round(65535 * v)) },
      rgbLevels,
    ],
    ['gray of 8 bits', { bits: 8, kind: 'whole', values: [7, 200] }, inGray([7, 200])],
  ])('%s', async (_, change, expected) => {
    const { data, height } = await decodePicture(await written(tiff(change)));
    expect([[...data], height]).toEqual([expected, 1]);
  });

  it.each<[string, Partial<Tiff>, readonly number[]]>([
    ['gray floats', { width: 4, values: [0, 0.25, 0.5, 1] }, [0, 64, 128, 255]],
    [
      'RGB floats of gray levels',
      { channels: 3, values: [0.2, 0.2, 0.2, 0.8, 0.8, 0.8] },
      [51, 204],
    ],
    ['16 bits', { bits: 16, kind: 'whole', values: [257 * 100 + 129, 65535] }, [101, 255]],
  ])('as brightness too: %s', async (_, change, expected) => {
    expect([...(await decodeGray(await written(tiff(change)))).data]).toEqual(expected);
  });

  it('in 16 bits, black where it is transparent, as brightness', async () => {
    const gray = Uint16Array.of(65535, 65535, 65535, 0);
    const png = sharp(gray, { raw: { width: 2, height: 1, channels: 2 } }).toColorspace('grey16');
    const { data } = await decodeGray(await written(await png.png().toBuffer(), 'a.png'));
    expect([...data]).toEqual([255, 0]);
  });

  it.each([
    ['png', { palette: true, colours: 2 }],
    ['tiff', { bitdepth: 1, compression: 'none' }],
  ] as const)('of one bit: %s %j', async (format, options) => {
    const levels = Uint8Array.of(0, 255, 255, 0, 0, 0, 255, 255);
    const image = sharp(levels, { raw: { width: 8, height: 1, channels: 1 } }).toColorspace('b-w');
    const file = await written(await image.toFormat(format, options).toBuffer());
    expect([...(await decodePicture(file)).data]).toEqual(inGray([...levels]));
  });

  it('as a mask', async () => {
    const mask = await readMask(await written(tiff({ values: [0, 0.6] })), 1, 2);
    expect([...mask]).toEqual([0, 1]);
  });
});

const expected8or16 = 'expected 8 or 16 bits, or gray or RGB floats from 0 to 1';

describe('a picture is refused', () => {
  it.each<[string, Partial<Tiff>, string]>([
    ['with floats above 1', { values: [0, 255] }, 'a pixel of 255, expected floats from 0 to 1'],
    ['with floats below 0', { values: [-0.5, 1] }, 'a pixel of -0.5, expected floats from 0 to 1'],
    ['with floats that are no numbers', { values: [Number.NaN, 1] }, 'a pixel of NaN, expected'],
    [
      'with transparent floats',
      { channels: 4 },
      `pixels of type float (channels: 4), ${expected8or16}`,
    ],
    [
      'in 32 bits',
      { kind: 'whole', values: [0, 65535] },
      `pixels of type uint (channels: 1), ${expected8or16}`,
    ],
    ['in signed 32 bits', { kind: 'signed' }, `pixels of type int (channels: 1), ${expected8or16}`],
    [
      'in signed 16 bits',
      { kind: 'signed', bits: 16 },
      `pixels of type short (channels: 1), ${expected8or16}`,
    ],
    [
      'of five channels',
      { channels: 5, bits: 8, kind: 'whole', values: Array(10).fill(9) },
      'pixels of 5 channels in srgb, expected gray, RGB or CMYK',
    ],
    [
      'that is too large in memory, before it is decoded',
      { height: 30_000, width: 30_000, bits: 8, kind: 'whole', values: Array(90_000).fill(0) },
      '30000×30000 pixels take 2700 MB, expected a picture of at most 300 MB',
    ],
    ['without pixels', { width: 0, values: [] }, 'not a whole picture: '],
  ])('%s', async (_, change, message) => {
    const file = await written(tiff(change));
    for (const decode of [decodePicture, decodeGray])
      expect(await refusal(decode(file))).toContain(`${file}: ${message}`);
  });

  it('in a format that is none of pictures, whatever its name', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>';
    const file = await written(Buffer.from(svg), 'a.png');
    expect(await refusal(decodePicture(file))).toBe(
      `${file}: svg, expected a picture in png, jpeg, webp, gif, tiff, avif`,
    );
  });
});

it.each(['gif', 'webp'] as const)('of several frames the first is read: %s', async (format) => {
  const frames = Buffer.concat([0, 200, 100].map((level) => Buffer.alloc(3 * 16 * 16, level)));
  const image = sharp(frames, { raw: { width: 16, height: 48, channels: 3, pageHeight: 16 } });
  const file = await written(await image.toFormat(format).toBuffer());
  expect((await sharp(file).metadata()).pages).toBe(3);
  const { data, height } = await decodePicture(file);
  expect([height, Math.max(...data)]).toEqual([16, 0]);
});
