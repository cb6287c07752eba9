// Brings a picture to a network's input size: the short side to 256 where it is larger, then the centre.
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
  /** Side of the centre square that is kept; default the input's size. Another size is scaled to the input's. */
  readonly crop?: number | undefined;
}

/** Inputs smaller than this see the whole picture, not a detail of one 256 pixels high. */
const SMALL_INPUT = 128;

/** Bilinear with antialiasing: where it makes smaller, the triangle is as wide as the pixels it stands for. */
async function scale(picture: Picture, { height, width }: Size): Promise<Picture> {
  if (picture.height === height && picture.width === width) return picture;
  const data = await sharp(picture.data, {
    raw: { width: picture.width, height: picture.height, channels: 3 },
  })
    .resize(width, height, { fit: 'fill', kernel: 'linear' })
    .raw()
    .toBuffer();
  return { data, height, width };
}

function cropCentre({ data, height, width }: Picture, to: Size): Picture {
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
 * until it covers it; then the centre is cropped, at offset ⌊(n − s)/2⌋.
 */
export async function fitTo(
  picture: Picture,
  input: Size,
  { resize, crop }: Resizing = {},
): Promise<Picture> {
  const { height, width } = picture;
  if (height === input.height && width === input.width) return picture;
  const side = Math.min(input.height, input.width);
  const goal = resize ?? (side < SMALL_INPUT ? side : 256);
  const kept = crop === undefined ? input : { height: crop, width: crop };
  const down = Math.min(1, goal / Math.min(height, width));
  const cover = Math.max(kept.height / height, kept.width / width);
  const factor = Math.max(down, cover);
  const scaled = await scale(picture, {
    height: Math.max(kept.height, Math.round(height * factor)),
    width: Math.max(kept.width, Math.round(width * factor)),
  });
  return scale(cropCentre(scaled, kept), input);
}
