// The images of a data set that an experiment tries, and their order.
import type { ImageConfig } from '../config/subject.js';
import { keyedRandom, permutation } from '../random.js';

/** The most images that an experiment can use. */
export const imagesAtMost = (
  { data }: Pick<ImageConfig, 'data'>,
  { entries }: { readonly entries: readonly unknown[] },
): number => (data.count === 'max' ? entries.length : Math.min(data.count, entries.length));

/** The order in which images are tried: a permutation by the seed, the same for every model, method and attack. */
export const candidateOrder = (
  { seed, data }: Pick<ImageConfig, 'seed' | 'data'>,
  images: number,
): number[] => [...permutation(images, keyedRandom(seed, data.name, 'image choice'))];
