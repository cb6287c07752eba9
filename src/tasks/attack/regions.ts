// The regions of targeted attacks: from a box, a mask file or a superpixel to pixels of an image.
import { type SlicOptions, slic } from '../../analysis/slic.js';
import { boxMask } from '../../attack/index.js';
import type { Dataset } from '../../data/dataset.js';
import { readMask } from '../../data/mask.js';
import type { Size } from '../../data/picture.js';
import { UserError } from '../../errors.js';
import type { AttackConfig } from './config.js';
import type { AttackItem, Superpixel } from './items.js';

/**
 * The superpixel of an image that a config picks, ones inside. Throws a UserError if the image has none of its index.
 */
function picked(
  { pick, ...options }: Superpixel,
  image: string,
  pixels: Float32Array,
  { height, width }: Size,
): Float32Array {
  const { labels, count } = slic(pixels, height, width, options);
  const index =
    typeof pick === 'number' ? pick : Object.hasOwn(pick, image) ? pick[image] : undefined;
  const expected = `expected 0 to ${count - 1}, its ${count} regions`;
  if (index === undefined)
    throw new UserError(`slic.pick: no index for the image ${image}, ${expected}`);
  if (index >= count)
    throw new UserError(`slic.pick: ${index} for the image ${image}, ${expected}`);
  return Float32Array.from(labels, (label) => (label === index ? 1 : 0));
}

/**
 * The target region of an attack in an image, [H,W] with ones inside; undefined for an attack without one.
 * Throws a UserError for a mask that does not fit, and for a superpixel that the image does not have.
 * @param image the image's id, and `pixels` [3,H,W] in 0..255
 */
export async function regionOf(
  item: AttackItem,
  image: string,
  pixels: Float32Array,
  size: Size,
): Promise<Float32Array | undefined> {
  if (item.name !== 'target-region') return undefined;
  if ('box' in item) return boxMask(item.box, size.height, size.width);
  if ('mask' in item) return readMask(item.mask, size.height, size.width);
  return picked(item.slic, image, pixels, size);
}

/**
 * Checks the regions that are known before anything is computed: mask files, and superpixels picked by image.
 * Throws a UserError for the first that does not fit.
 */
export async function checkRegions(
  config: AttackConfig,
  dataset: Dataset,
  size: Size,
): Promise<void> {
  for (const [i, item] of config.attack.entries()) {
    if (item.name !== 'target-region') continue;
    try {
      if ('mask' in item) await readMask(item.mask, size.height, size.width);
      if (!('slic' in item) || typeof item.slic.pick === 'number') continue;
      for (const image of Object.keys(item.slic.pick)) {
        const entry = dataset.entries.find(({ id }) => id === image);
        if (entry === undefined)
          throw new UserError(
            `slic.pick: ${image}, expected the name of an image of ${config.data.name}, such as ${dataset.entries[0]?.id}`,
          );
        picked(item.slic, image, await dataset.load(entry, size), size);
      }
    } catch (error) {
      if (error instanceof UserError) throw new UserError(`attack.${i}: ${error.message}`);
      throw error;
    }
  }
}

/** The mask files of a config. */
export const maskFiles = ({ attack }: Pick<AttackConfig, 'attack'>): string[] =>
  attack.flatMap((item) => (item.name === 'target-region' && 'mask' in item ? [item.mask] : []));

/** The options of the superpixels of a config: those of its first attack on a superpixel; undefined without one. */
export const superpixelsOf = ({ attack }: AttackConfig): SlicOptions | undefined =>
  attack.flatMap((item) => (item.name === 'target-region' && 'slic' in item ? [item.slic] : []))[0];
