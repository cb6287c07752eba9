// What a run has kept of its images, read from its folder: pictures and maps, without computing anything.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ExplainItem } from '../../../config/explanations.js';
import { dataRootOf } from '../../../data/dataset.js';
import { readNpy } from '../../../data/npy.js';
import { decodePicture, planesOf } from '../../../data/picture.js';
import { classNamesOf } from '../../../subject/class-names.js';
import type { AttackConfig } from '../config.js';
import { regionOf } from '../regions.js';
import type { ResultRow } from '../results.js';
import { cleanMapFile, keptFile, keptMapFile, originalFile, targetMapFile } from './names.js';
import { placesOf } from './places.js';

/** An image [3,H,W] of 0..255 and its map [H,W]; an image whose contributions are all zero has none. */
export interface Explained {
  readonly image: Float32Array;
  readonly map: Float32Array | undefined;
}

/** What became of one image and its map under an attack. */
export interface Attacked {
  readonly row: ResultRow;
  readonly method: ExplainItem;
  readonly height: number;
  readonly width: number;
  readonly clean: Explained;
  /** The kept iterate; none where the label was lost. */
  readonly perturbed?: Explained | undefined;
  /** The region [H,W] whose saliency was to rise, as ones. */
  readonly region?: Float32Array | undefined;
  /** The map [H,W] that was to be matched. */
  readonly target?: Float32Array | undefined;
  /** What the class of the image is called. */
  readonly className: string;
}

/**
 * The images and maps of rows of a run.
 * @param folder the run's
 * @param data the data root, where the names of ImageNet's classes are
 * Throws a UserError where a file is not what a run leaves.
 */
export async function keptOf(
  config: AttackConfig,
  folder: string,
  rows: readonly ResultRow[],
  data: string | undefined,
): Promise<Attacked[]> {
  const dataRoot = dataRootOf(data);
  const { height, width } = config.model.input;
  const className = await classNamesOf(config.model, dataRoot);
  const ifThere = async (file: string, shape: readonly number[]) => {
    const whole = path.join(folder, file);
    return existsSync(whole) ? readNpy(whole, shape) : undefined;
  };
  const all: Attacked[] = [];
  for (const row of rows) {
    const { method, attack, label } = placesOf(config, path.join(folder, 'results.csv'), row);
    const image = planesOf(await decodePicture(path.join(folder, originalFile(row))));
    const kept = await ifThere(keptFile(row), [3, height, width]);
    all.push({
      row,
      method: config.explain[method]!,
      height,
      width,
      clean: { image, map: await ifThere(cleanMapFile(row), [height, width]) },
      perturbed: kept && { image: kept, map: await ifThere(keptMapFile(row), [height, width]) },
      region: await regionOf(config.attack[attack]!, row.image, image, { height, width }),
      target: await ifThere(targetMapFile(row), [height, width]),
      className: className(label),
    });
  }
  return all;
}
