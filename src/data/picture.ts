// Pictures in files and in memory. A picture file becomes whole RGB values; an image the networks see
// is float32, channels first, 0..255.
import { readFile, stat } from 'node:fs/promises';
import sharp, { type Metadata } from 'sharp';
import { messageOf, UserError } from '../errors.js';
import { whyMissing } from '../folder.js';

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** RGB in whole gray levels, [height, width, 3]. */
export interface Picture extends Size {
  readonly data: Buffer;
}

/** File name endings of pictures that can be read. */
export const pictureEndings = [
  '.png',
  '.jpg',
  '.jpeg',
  '.webp',
  '.gif',
  '.tif',
  '.tiff',
  '.avif',
] as const;

/** The largest file that is read, and the most that its pixels may take when they are decoded, in bytes. */
const MOST_BYTES = 512e6;
const MOST_DECODED = 300e6;

/** The formats that are decoded, by sharp's names, whatever a file is called. */
const formats = ['png', 'jpeg', 'webp', 'gif', 'tiff', 'heif'];

/** The color spaces that are decoded, and the channels of each without transparency. */
const spaces = new Map([
  ['b-w', 1],
  ['grey16', 1],
  ['srgb', 3],
  ['rgb16', 3],
  ['scrgb', 3],
  ['cmyk', 4],
]);

/** The kinds of numbers that pixels may be: bytes of one, and the color spaces in which they are decoded. */
const depths = new Map([
  ['uchar', { bytes: 1, rgb: 'srgb', gray: 'b-w' }],
  ['ushort', { bytes: 2, rgb: 'rgb16', gray: 'grey16' }],
  ['float', { bytes: 4, rgb: 'scrgb', gray: 'b-w' }],
]);

const megabytes = (bytes: number): string => `${Math.ceil(bytes / 1e6)} MB`;

async function bytesOf(file: string): Promise<Buffer> {
  const status = await stat(file).catch(() => undefined);
  if (status === undefined)
    throw new UserError(`${file}: no such file${await whyMissing(file)}; expected a picture`);
  if (!status.isFile()) throw new UserError(`${file}: not a file; expected a picture`);
  if (status.size === 0) throw new UserError(`${file}: not a whole picture: the file is empty`);
  if (status.size > MOST_BYTES)
    throw new UserError(
      `${file}: ${megabytes(status.size)}, expected a picture of at most ${megabytes(MOST_BYTES)}`,
    );
  return readFile(file).catch((error) => {
    throw new UserError(`${file}: cannot be read: ${messageOf(error)}`);
  });
}

const notWhole = (file: string) => (error: unknown) => {
  throw new UserError(`${file}: not a whole picture: ${messageOf(error)}`);
};

/** Throws a UserError for a picture whose pixels would have to be guessed, or would not fit into memory. */
function checkPicture(file: string, { format, space, channels, depth, width, height }: Metadata) {
  const refuse = (what: string) => new UserError(`${file}: ${what}`);
  if (!formats.includes(format))
    throw refuse(`${format}, expected a picture in ${formats.join(', ').replace('heif', 'avif')}`);
  const [least, kind] = [spaces.get(space), depths.get(depth)];
  if (kind === undefined || (depth === 'float' && least !== channels))
    throw refuse(
      `pixels of type ${depth} (channels: ${channels}), expected 8 or 16 bits, or gray or RGB floats from 0 to 1`,
    );
  if (least === undefined || channels > least + 1)
    throw refuse(`pixels of ${channels} channels in ${space}, expected gray, RGB or CMYK`);
  const decoded = width * height * Math.max(3, channels) * kind.bytes;
  if (decoded > MOST_DECODED)
    throw refuse(
      `${width}×${height} pixels take ${megabytes(decoded)}, expected a picture of at most ${megabytes(MOST_DECODED)}`,
    );
  return kind;
}

/** Values of 0..65535 as 0..255. */
function narrow(data: Buffer): Buffer {
  const values = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  const levels = Buffer.allocUnsafe(values.length);
  // `from` with a function fails for the largest pictures
  for (let i = 0; i < values.length; i++) levels[i] = Math.round(values[i]! / 257);
  return levels;
}

/** Values of 0..1 as 0..255. Throws a UserError for others. */
function whole(file: string, data: Buffer): Buffer {
  const values = new Float32Array(data.buffer, data.byteOffset, data.length / 4);
  const levels = Buffer.allocUnsafe(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!(value >= 0 && value <= 1))
      throw new UserError(`${file}: a pixel of ${value}, expected floats from 0 to 1`);
    levels[i] = Math.round(255 * value);
  }
  return levels;
}

const raw = ({ data, height, width }: Picture, channels: 1 | 3) =>
  sharp(data, { raw: { width, height, channels } });

async function decode(file: string, into: 'rgb' | 'gray'): Promise<Picture> {
  const image = sharp(await bytesOf(file), { failOn: 'error', limitInputPixels: false });
  const metadata = await image.metadata().catch(notWhole(file));
  const { depth, space } = metadata;
  const kind = checkPicture(file, metadata);
  const oriented = image.autoOrient();
  // a float is a gray level, not an amount of light as libvips has it: its space must not change
  const pixels =
    depth === 'float'
      ? oriented.toColorspace(space)
      : into === 'rgb'
        ? oriented.toColorspace(kind.rgb).removeAlpha()
        : oriented.flatten().toColorspace(kind.gray);
  const { data, info } = await pixels
    .raw({ depth })
    .toBuffer({ resolveWithObject: true })
    .catch(notWhole(file));
  const { height, width, channels } = info;
  const levels = depth === 'uchar' ? data : depth === 'ushort' ? narrow(data) : whole(file, data);
  const picture = { data: levels, height, width };
  const wanted = into === 'rgb' ? 3 : 1;
  if (channels === wanted) return picture;
  const turned = raw(picture, channels as 1 | 3).toColorspace(into === 'rgb' ? 'srgb' : 'b-w');
  return { ...picture, data: await turned.raw().toBuffer() };
}

/**
 * Decodes a picture to RGB, turned the way its EXIF orientation says; of several frames the first. Transparency is
 * dropped, gray becomes RGB, values of 16 bits are divided by 257, and floats from 0 to 1 become 0..255.
 * Throws a UserError for a file that is missing, truncated, too large, of other pixels or no picture.
 */
export const decodePicture = (file: string): Promise<Picture> => decode(file, 'rgb');

/** Decodes a picture as brightness 0..255, [height, width], as `decodePicture` does; what is transparent is black. */
export const decodeGray = (file: string): Promise<Picture> => decode(file, 'gray');

/** A picture as a network's image: float32 [3,H,W], 0..255. */
export function planesOf({ data, height, width }: Picture): Float32Array {
  const pixels = height * width;
  return Float32Array.from(
    { length: 3 * pixels },
    (_, i) => data[(i % pixels) * 3 + Math.floor(i / pixels)]!,
  );
}

/** An image [3,H,W] of 0..255 as a picture, rounded to whole gray levels. */
export function pictureOf(image: Float32Array, height: number, width: number): Picture {
  const pixels = height * width;
  const data = Uint8ClampedArray.from(
    { length: 3 * pixels },
    (_, i) => image[(i % 3) * pixels + Math.floor(i / 3)]!,
  );
  return { data: Buffer.from(data.buffer), height, width };
}

/** An image [3,H,W] of 0..255 as a PNG, rounded to whole gray levels. */
export function encodePng(image: Float32Array, height: number, width: number): Promise<Buffer> {
  const { data } = pictureOf(image, height, width);
  return sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
}
