// Pictures in files and in memory. A picture file becomes whole RGB values; an image the networks see
// is float32, channels first, 0..255.
import { readFile, stat } from 'node:fs/promises';
import sharp from 'sharp';
import { messageOf, UserError } from '../errors.js';

/** RGB in whole gray levels, [height, width, 3]. */
export interface Picture {
  readonly data: Buffer;
  readonly height: number;
  readonly width: number;
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

async function openPicture(file: string): Promise<Buffer> {
  const status = await stat(file).catch(() => undefined);
  if (status === undefined) throw new UserError(`${file}: no such file; expected a picture`);
  if (!status.isFile()) throw new UserError(`${file}: not a file; expected a picture`);
  return readFile(file).catch((error) => {
    throw new UserError(`${file}: cannot be read: ${messageOf(error)}`);
  });
}

const unreadable = (file: string, error: unknown) =>
  new UserError(`${file}: not a whole picture: ${messageOf(error)}`);

/**
 * Decodes a picture, turned the way its EXIF orientation says; transparency is dropped, gray becomes RGB.
 * Throws a UserError for a file that is missing, truncated or no picture.
 */
export async function decodePicture(file: string): Promise<Picture> {
  const bytes = await openPicture(file);
  try {
    const { data, info } = await sharp(bytes, { failOn: 'error' })
      .autoOrient()
      .toColorspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { data, height: info.height, width: info.width };
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** Decodes a picture as brightness 0..255, [height, width]. Throws as `decodePicture` does. */
export async function decodeGray(file: string): Promise<Picture> {
  const bytes = await openPicture(file);
  try {
    const { data, info } = await sharp(bytes, { failOn: 'error' })
      .autoOrient()
      .flatten()
      .toColorspace('b-w')
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    return { data, height: info.height, width: info.width };
  } catch (error) {
    throw unreadable(file, error);
  }
}

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
