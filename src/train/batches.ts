// The order in which training sees images, and how it may vary them. Everything drawn is keyed by seed,
// epoch and image, so that training that was interrupted goes on with what it would have seen.
import type { Dataset } from '../data/dataset.js';
import { keyedRandom, permutation } from '../random.js';

export type Augmentation = 'crop' | 'flip';

/** Images [N,3,H,W] and one-hot labels [N, classes]. */
export interface Batch {
  readonly x: Float32Array;
  readonly target: Float32Array;
  readonly labels: readonly number[];
}

export interface BatchOptions {
  readonly height: number;
  readonly width: number;
  readonly classes: number;
}

/** Gray levels that are drawn in from beyond an image's edge when it is shifted. */
const SHIFT = 4;

/** The entries of one epoch in the order in which they are seen. */
export const epochOrder = (seed: number, epoch: number, entries: number): number[] =>
  permutation(entries, keyedRandom(seed, epoch, 'order of training'));

/**
 * Varies an image [3,H,W]: `crop` shifts it by up to 4 pixels each way, with zeros moving in; `flip` mirrors
 * it left to right with probability ½.
 */
export function augmented(
  image: Float32Array,
  { height, width }: Pick<BatchOptions, 'height' | 'width'>,
  how: readonly Augmentation[],
  ...key: readonly (string | number)[]
): Float32Array {
  const random = keyedRandom(...key, 'augmentation');
  const [down, right] = [random.below(2 * SHIFT + 1) - SHIFT, random.below(2 * SHIFT + 1) - SHIFT];
  const mirrored = random.sign() === 1 && how.includes('flip');
  const [dy, dx] = how.includes('crop') ? [down, right] : [0, 0];
  const out = new Float32Array(image.length);
  for (let c = 0; c < 3; c++)
    for (let row = 0; row < height; row++) {
      const from = row + dy;
      if (from < 0 || from >= height) continue;
      for (let column = 0; column < width; column++) {
        const seen = (mirrored ? width - 1 - column : column) + dx;
        if (seen >= 0 && seen < width)
          out[(c * height + row) * width + column] = image[(c * height + from) * width + seen]!;
      }
    }
  return out;
}

/**
 * Loads a batch of a data set's entries.
 * @param vary what is done to the image of an entry
 */
export async function loadBatch(
  dataset: Dataset,
  entries: readonly number[],
  { height, width, classes }: BatchOptions,
  vary: (image: Float32Array, entry: number) => Float32Array = (image) => image,
): Promise<Batch> {
  const pixels = 3 * height * width;
  const x = new Float32Array(entries.length * pixels);
  const target = new Float32Array(entries.length * classes);
  const labels = entries.map((entry) => dataset.entries[entry]!.label!);
  await Promise.all(
    entries.map(async (entry, i) => {
      const image = await dataset.load(dataset.entries[entry]!, { height, width });
      x.set(vary(image, entry), i * pixels);
      target[i * classes + labels[i]!] = 1;
    }),
  );
  return { x, target, labels };
}

/** The mean of a data set's images, [3,H,W], in gray levels. */
export async function meanImage(
  dataset: Dataset,
  size: Pick<BatchOptions, 'height' | 'width'>,
): Promise<Float64Array> {
  const total = new Float64Array(3 * size.height * size.width);
  for (const entry of dataset.entries) {
    const image = await dataset.load(entry, size);
    for (let i = 0; i < total.length; i++) total[i]! += image[i]!;
  }
  return total.map((v) => v / dataset.entries.length);
}
