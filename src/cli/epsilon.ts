// Bounds ε on a command line, and a note on those that are probably meant as parts of the range of pixels.
import { grayLevels } from '../config/file.js';
import { UserError } from '../errors.js';
import { tell } from './say.js';

/** A bound in gray levels: a number, or a part of 255 as `8/255`. */
export function levelsOf(text: string): number {
  const value = grayLevels(text);
  const levels = typeof value === 'number' ? value : Number(text);
  if (text.trim() === '' || Number.isNaN(levels))
    throw new UserError(
      `--epsilon: ${JSON.stringify(text)}, expected a number of gray levels, such as 8 or 8/255`,
    );
  return levels;
}

/** A config with bounds of its own or of its attacks. */
interface Bounded {
  readonly epsilon?: unknown;
  readonly attack?: unknown;
}

/** Tells of bounds below one gray level. */
export function noteOnEpsilon({ epsilon, attack }: Bounded): void {
  const bounds = [epsilon, attack]
    .flat()
    .map((one) =>
      typeof one === 'object' && one !== null && 'epsilon' in one ? one.epsilon : one,
    );
  const small = bounds.find((bound) => typeof bound === 'number' && bound < 1);
  if (small !== undefined)
    tell(
      `note: epsilon ${small} is less than one gray level: it counts levels of 0..255, so 8/255 is written 8 or 8/255`,
    );
}
