// The change of an image under an attack, amplified until it can be seen.
import { type Picture, pictureOf } from '../data/picture.js';

const GREY = 128;
/** The largest change is brought near the ends of the gray scale. */
const REACH = 127;

/** The factor that makes the difference of two images visible: a whole number, 1 for equal images. */
export function gainOf(clean: Float32Array, other: Float32Array): number {
  const largest = clean.reduce((most, v, i) => Math.max(most, Math.abs(other[i]! - v)), 0);
  return largest > 0 ? Math.max(1, Math.floor(REACH / largest)) : 1;
}

/** other − clean of two images [3,H,W], amplified, around a middle gray. */
export const drawnDifference = (
  clean: Float32Array,
  other: Float32Array,
  height: number,
  width: number,
  gain: number,
): Picture =>
  pictureOf(
    clean.map((v, i) => GREY + gain * (other[i]! - v)),
    height,
    width,
  );
