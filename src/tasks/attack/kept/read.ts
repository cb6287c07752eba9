// Reads the pictures and maps that a run has kept from its folder, without computing anything.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { ExplainItem } from '../../../config/explanations.js';
import { dataRootOf } from '../../../data/dataset.js';
import { readNpy } from '../../../data/npy.js';
import { decodePicture, planesOf } from '../../../data/picture.js';
import {
  cleanMapFile,
  keptFile,
  keptMapFile,
  originalFile,
  targetMapFile,
} from '../../../record/kept.js';
import { classNamesOf, namedIn } from '../../../subject/class-names.js';
import type { AttackConfig } from '../config.js';
import { regionOf } from '../regions.js';
import type { ResultRow } from '../results.js';
import { placesOf } from './places.js';

/** An image [3,H,W] of 0..255 and its map [H,W]; an image whose contributions are all zero has no map. */
export interface Explained {
  readonly image: Float32Array;
  readonly map: Float32Array | undefined;
}

/** An image and its map, before and after an attack. */
export interface Attacked {
  readonly row: ResultRow;
  readonly method: ExplainItem;
  readonly height: number;
  readonly width: number;
  readonly clean: Explained;
  /** The kept iterate; undefined if the label was lost. */
  readonly perturbed?: Explained | undefined;
  /** The target region [H,W], ones inside. */
  readonly region?: Float32Array | undefined;
  /** The target map [H,W]. */
  readonly target?: Float32Array | undefined;
  /** The name of the image's class. */
  readonly className: string;
}

/**
 * The images and maps of rows of a run.
 * @param folder the run's folder
 * @param data the data root, where the names of ImageNet's classes are
 * Throws a UserError if a file does not have the form in which a run writes it.
 */
export async function keptOf(
  config: AttackConfig,
  folder: string,
  rows: readonly ResultRow[],
  data: string | undefined,
): Promise<Attacked[]> {
  const dataRoot = dataRootOf(data);
  const { height, width } = config.model.input;
  const className = await classNamesOf(await namedIn(config.model), dataRoot);
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
