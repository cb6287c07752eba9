// Pictures of the superpixels of a config's images, from which a region's index is picked.
import path from 'node:path';
import { slic } from '../../analysis/slic.js';
import { dataRootOf } from '../../data/dataset.js';
import { drawRegions } from '../../data/region-picture.js';
import { processor } from '../../engine/choice.js';
import { openEngine } from '../../engine/choose.js';
import { UserError } from '../../errors.js';
import { compilePredictor } from '../../explain/index.js';
import { writeNamed } from '../../record/named.js';
import { fileName } from '../../record/names.js';
import { candidateOrder, imagesAtMost } from '../../subject/candidates.js';
import { predictedOf } from '../../subject/prediction.js';
import { openImages, openSubject } from '../../subject/subject.js';
import type { TaskConfig } from '../../task/task.js';
import type { AttackConfig } from './config.js';
import { superpixelsOf } from './regions.js';

/** The picture of an image. */
export interface RegionPicture {
  readonly image: string;
  /** How many regions the image has. */
  readonly regions: number;
  readonly file: string;
}

/**
 * Draws the superpixels of the images that a run of a config uses into `regions` in its folder. Their options are those
 * of the config's first attack on a superpixel.
 * Throws a UserError if no attack has superpixels.
 */
export async function drawRegionsOf(
  given: TaskConfig,
  data: string | undefined,
): Promise<RegionPicture[]> {
  const config = given as AttackConfig;
  const options = given.task === 'attack' ? superpixelsOf(config) : undefined;
  if (options === undefined)
    throw new UserError(
      `${given.name}: no attack with superpixels, expected one such as { name: target-region, slic: { segments: 50, pick: 0 } }`,
    );
  const subject = await openSubject(config, dataRootOf(data));
  const dataset = await openImages(config, subject);
  const { network } = subject;
  const { height, width } = network.network;
  const folder = path.join(config.output, 'regions');
  const predictor = await compilePredictor(await openEngine(processor), network);
  const pictures: RegionPicture[] = [];
  for (const candidate of candidateOrder(config, dataset.entries.length)) {
    if (pictures.length === imagesAtMost(config, dataset)) break;
    const entry = dataset.entries[candidate]!;
    const x = await dataset.load(entry, network.network);
    const predicted = async () => predictedOf(network, entry.id, await predictor.predict(x));
    if (config.data.correct && (await predicted()) !== entry.label) continue;
    const { labels, count } = slic(x, height, width, options);
    const file = path.join(folder, `${fileName(entry.id)}.png`);
    const picture = await drawRegions(x, labels, count, { height, width });
    await writeNamed(file, picture, { kind: 'png' });
    pictures.push({ image: entry.id, regions: count, file });
  }
  await predictor.release();
  return pictures;
}
