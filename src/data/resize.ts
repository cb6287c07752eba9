// Brings a picture to a network's input: its short side to a length, then its center out of it.
import { UserError } from '../errors.js';
import { decodePicture, type Picture, planesOf, type Size } from './picture.js';
import { resample } from './resample.js';

/**
 * How a picture is scaled before its center is cropped, in pixels: until its short side has a length; not at all; or
 * only if it is no square of `unless` pixels, as which the network takes it.
 */
export type Resize = number | 'none' | { readonly shortSide: number; readonly unless: number };

/** How pictures are brought to size, in pixels. */
export interface Resizing {
  /** Default none. */
  readonly resize?: Resize | undefined;
  /** Side of the center square that is kept; default the input's size. Another size is scaled to the input's. */
  readonly crop?: number | undefined;
}

/** Version of reading, scaling and cropping pictures: raised when the pixels that a network is given change. */
export const PREPROCESSING_VERSION = 2;

/** The size a picture is scaled to before it is cropped. The long side is rounded down, as torchvision does. */
function scaledSize({ height, width }: Size, resize: Resize): Size {
  if (resize === 'none') return { height, width };
  if (typeof resize === 'object')
    return height === resize.unless && width === resize.unless
      ? { height, width }
      : scaledSize({ height, width }, resize.shortSide);
  const short = Math.min(height, width);
  return {
    height: Math.floor((resize * height) / short),
    width: Math.floor((resize * width) / short),
  };
}

/**
 * A picture at a network's input size: scaled as `resize` says, and of that the center, at offset ⌊(n − s)/2⌋.
 * Throws a UserError that begins with `name` for a picture that is smaller than its crop.
 */
export function fitTo(
  picture: Picture,
  input: Size,
  { resize = 'none', crop }: Resizing,
  name: string,
): Picture {
  const kept = crop === undefined ? input : { height: crop, width: crop };
  const size = scaledSize(picture, resize);
  if (size.height < kept.height || size.width < kept.width)
    throw new UserError(
      `${name}: ${size.width}×${size.height} pixels, expected at least ${kept.width}×${kept.height}, the crop, since pictures are not scaled (data.resize: none)`,
    );
  const center = resample(picture, size, {
    top: Math.floor((size.height - kept.height) / 2),
    left: Math.floor((size.width - kept.width) / 2),
    ...kept,
  });
  return crop === undefined ? center : resample(center, input);
}

/**
 * A picture file at a network's input size: float32 [3,H,W], 0..255.
 * Throws a UserError for a file that is missing, no picture, or smaller than its crop.
 */
export const loadPicture = async (
  file: string,
  input: Size,
  resizing: Resizing,
): Promise<Float32Array> => planesOf(fitTo(await decodePicture(file), input, resizing, file));
