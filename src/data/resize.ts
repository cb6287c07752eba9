// Brings a picture to a network's input size: the short side to 256 where it is larger, then the center.
import sharp from 'sharp';
import type { Picture } from './picture.js';

export interface Size {
  readonly height: number;
  readonly width: number;
}

/** What a config may say about it, in pixels. */
export interface Resizing {
  /** The short side is brought down to this; default 256, or the input's own short side for inputs below 128. */
  readonly resize?: number | undefined;
  /** Side of the center square that is kept; default the input's size. Another size is scaled to the input's. */
  readonly crop?: number | undefined;
}

/** Version of reading, scaling and cropping pictures: raised when the pixels that a network is given change. */
export const PREPROCESSING_VERSION = 1;

/** Inputs smaller than this see the whole picture, not a detail of one 256 pixels high. */
const SMALL_INPUT = 128;

/** The short side that pictures are brought down to where a config does not say. */
export function defaultResize({ height, width }: Size): number {
  const side = Math.min(height, width);
  return side < SMALL_INPUT ? side : 256;
}

/** Bilinear with antialiasing: the triangle is as wide as the pixels it stands for. */
async function shrink(picture: Picture, { height, width }: Size): Promise<Picture> {
  const data = await sharp(picture.data, {
    raw: { width: picture.width, height: picture.height, channels: 3 },
  })
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  return { data, height, width };
}

/** For each of `to` pixels in a line of `from`, the two it lies between, center to center, and the share of the second. */
const places = (from: number, to: number) =>
  Array.from({ length: to }, (_, i) => {
    const at = Math.min(from - 1, Math.max(0, ((i + 0.5) * from) / to - 0.5));
    const first = Math.floor(at);
    return { first, second: Math.min(first + 1, from - 1), share: at - first };
  });

/** Bilinear; done here because libvips, when it enlarges, is up to half a pixel off center. */
function enlarge({ data: from, ...old }: Picture, { height, width }: Size): Picture {
  const columns = places(old.width, width);
  const data = Buffer.alloc(3 * height * width);
  let i = 0;
  for (const row of places(old.height, height))
    for (const column of columns)
      for (let channel = 0; channel < 3; channel++) {
        const along = (line: number) => {
          const start = 3 * line * old.width + channel;
          return (
            (1 - column.share) * from[start + 3 * column.first]! +
            column.share * from[start + 3 * column.second]!
          );
        };
        data[i++] = Math.round((1 - row.share) * along(row.first) + row.share * along(row.second));
      }
  return { data, height, width };
}

/** A picture at another size: each direction is made smaller or larger as it needs. */
export async function scale(picture: Picture, { height, width }: Size): Promise<Picture> {
  const smaller = {
    height: Math.min(height, picture.height),
    width: Math.min(width, picture.width),
  };
  const shrunk =
    smaller.height === picture.height && smaller.width === picture.width
      ? picture
      : await shrink(picture, smaller);
  return smaller.height === height && smaller.width === width
    ? shrunk
    : enlarge(shrunk, { height, width });
}

function cropCenter({ data, height, width }: Picture, to: Size): Picture {
  const top = Math.floor((height - to.height) / 2);
  const left = Math.floor((width - to.width) / 2);
  const rows = Array.from({ length: to.height }, (_, row) => {
    const start = 3 * ((top + row) * width + left);
    return data.subarray(start, start + 3 * to.width);
  });
  return { data: Buffer.concat(rows), ...to };
}

/**
 * A picture at a network's input size. One that has it already is left as it is; a larger one is
 * scaled so that its short side is `resize` (never enlarged for that), one too small for the crop is enlarged
 * until it covers it; then the center is cropped, at offset ⌊(n − s)/2⌋.
 */
export async function fitTo(
  picture: Picture,
  input: Size,
  { resize, crop }: Resizing = {},
): Promise<Picture> {
  const { height, width } = picture;
  if (height === input.height && width === input.width) return picture;
  const goal = resize ?? defaultResize(input);
  const kept = crop === undefined ? input : { height: crop, width: crop };
  const down = Math.min(1, goal / Math.min(height, width));
  const cover = Math.max(kept.height / height, kept.width / width);
  const factor = Math.max(down, cover);
  const scaled = await scale(picture, {
    height: Math.max(kept.height, Math.round(height * factor)),
    width: Math.max(kept.width, Math.round(width * factor)),
  });
  return scale(cropCenter(scaled, kept), input);
}
