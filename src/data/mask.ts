// A region of pixels drawn in a picture file: white is inside.
import { UserError } from '../errors.js';
import { decodeGray } from './picture.js';

/**
 * A mask [H,W] of ones where the picture is bright (128 or more of 255) and zeros elsewhere.
 * Throws a UserError when the picture has another size, or is all bright or all dark.
 */
export async function readMask(file: string, height: number, width: number): Promise<Float32Array> {
  const picture = await decodeGray(file);
  if (picture.height !== height || picture.width !== width)
    throw new UserError(
      `${file}: a mask of ${picture.width}×${picture.height} pixels, expected ${width}×${height}, the network's input`,
    );
  const mask = Float32Array.from(picture.data, (v) => (v >= 128 ? 1 : 0));
  const inside = mask.reduce((n, v) => n + v, 0);
  if (inside === 0 || inside === mask.length)
    throw new UserError(
      `${file}: a mask that is all ${inside === 0 ? 'dark' : 'bright'}, expected white on the region and black elsewhere`,
    );
  return mask;
}
