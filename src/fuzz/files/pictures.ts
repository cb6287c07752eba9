// Valid pictures of every format that is read, and files that only look like pictures.
import sharp, { type Sharp } from 'sharp';
import { keyedRandom } from '../../random.js';

/** Sides that are found again in a file's bytes. */
export const SIDES = { width: 61, height: 47 };

const noise = (length: number): Buffer => {
  const random = keyedRandom('picture', length);
  return Buffer.from(Array.from({ length }, () => random.below(256)));
};

const picture = (channels: 1 | 3 | 4 = 3, sides = SIDES): Sharp =>
  sharp(noise(sides.width * sides.height * channels), { raw: { ...sides, channels } });

const flat = (width: number, height: number): Sharp =>
  sharp({ create: { width, height, channels: 3, background: '#808080' } });

const svg = (inside: string, size = 'width="61" height="47"'): Buffer =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${size}>${inside}</svg>`,
  );

const encoders: readonly ((of: Sharp) => Sharp)[] = [
  (of) => of.png(),
  (of) => of.png({ palette: true }),
  (of) => of.jpeg({ quality: 90 }),
  (of) => of.jpeg({ progressive: true }),
  (of) => of.gif(),
  (of) => of.tiff({ compression: 'none' }),
  (of) => of.tiff({ compression: 'lzw', tile: true, tileWidth: 16, tileHeight: 16 }),
  (of) => of.webp({ lossless: true }),
  (of) => of.webp({ quality: 50 }),
  (of) => of.avif({ effort: 0 }),
];

/** Bytes of pictures: every encoder on colors, and further depths, channels and shapes. */
export const validPictures = (): Promise<Buffer[]> =>
  Promise.all([
    ...encoders.map((encode) => encode(picture()).toBuffer()),
    picture(1).png().toBuffer(),
    picture(4).png().toBuffer(),
    picture(4).webp().toBuffer(),
    picture().toColorspace('rgb16').png().toBuffer(),
    picture().toColorspace('scrgb').tiff({ compression: 'none' }).toBuffer(),
    picture().toColorspace('cmyk').tiff().toBuffer(),
    picture().toColorspace('cmyk').jpeg().toBuffer(),
    picture().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    picture(3, { width: 1, height: 1 }).png().toBuffer(),
    picture(3, { width: 1, height: 300 }).png().toBuffer(),
  ]);

/** Bytes of files that claim much in few bytes, or are no pictures of pixels. */
export const oddPictures = async (): Promise<Buffer[]> => [
  await flat(100_000, 1).png().toBuffer(),
  await flat(1, 100_000).png().toBuffer(),
  await flat(12_000, 9_000).png().toBuffer(),
  await flat(16_383, 16).webp().toBuffer(),
  await flat(65_499, 9).jpeg().toBuffer(),
  svg('<rect width="9" height="9"/>'),
  svg('<rect width="9" height="9"/>', 'width="1000000" height="1000000"'),
  svg('<image xlink:href="file:///etc/passwd" width="9" height="9"/>'),
  Buffer.from('<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><svg>&b;</svg>'),
  Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF'),
  Buffer.from('P6\n3000000 3000000\n255\n'),
  Buffer.from('v6\n61 47\n'),
  Buffer.from('GIF89a'),
  Buffer.alloc(0),
  Buffer.alloc(3000),
];
