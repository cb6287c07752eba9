// fragile explain

import path from 'node:path';
import { explanations } from '../config/explanations.js';
import { encodeNpy } from '../data/npy.js';
import { clipping, explanationRow, percent } from '../drawing/explanations.js';
import { drawPanel } from '../drawing/panel.js';
import { UserError } from '../errors.js';
import { makeFolder } from '../folder.js';
import { modelName } from '../record/model-name.js';
import { checkNamed, writeNamed } from '../record/named.js';
import { quoted } from '../record/names.js';
import { explainPicture } from '../subject/explain-picture.js';
import { checkOut, configOfPicture, type PictureOptions, stemOf, targetOf } from './picture.js';
import { print } from './say.js';
import { status } from './status.js';

interface Options extends PictureOptions {
  readonly out?: string;
  readonly fresh?: true;
}

/** Draws a picture beside its maps, writes the maps, and prints the network's prediction for it. */
export async function explainCommand(picture: string, options: Options): Promise<number> {
  checkOut(options.out, 'the name of a PNG file');
  const out = options.out ?? `${stemOf(picture)}-explained.png`;
  if (path.extname(out).toLowerCase() !== '.png')
    throw new UserError(`--out: ${out}: expected a name that ends in .png`);
  const config = await configOfPicture(explanations, picture, options, targetOf(options));
  const mapFile = (id: string) => `${out.slice(0, -'.png'.length)}-${quoted(id)}.npy`;
  const replacing = { fresh: options.fresh ?? false };
  for (const file of [out, ...config.explain.map(({ id }) => mapFile(id))])
    await checkNamed(file, replacing);
  await makeFolder(path.dirname(out));
  const explained = await explainPicture(config, options.data);
  const { className, confidence, label, maps, height, width, top } = explained;
  const isOther = explained.explained.label !== label;
  const why = isOther ? `; maps are for ${explained.explained.className}` : '';
  const title = `${path.basename(picture)}: ${className}${why}, as ${modelName(config.model)} sees it`;
  const row = explanationRow(explained);
  for (const { item, map } of maps)
    if (map !== undefined)
      await writeNamed(mapFile(item.id), encodeNpy(map, [height, width]), replacing);
  await writeNamed(out, await drawPanel({ title, rows: [row], foot: [clipping] }), replacing);

  print(`class: ${label}, ${className}\nconfidence: ${percent(confidence)}\n`);
  const others = top.slice(1).map((one) => `${one.className} ${percent(one.confidence)}`);
  print(`then: ${others.join(', ')}\n`);
  if (isOther) {
    const { className, confidence, label } = explained.explained;
    print(`explained: ${label}, ${className}, ${percent(confidence)}\n`);
  }
  for (const { item, map } of maps)
    print(`${item.id}: ${map === undefined ? 'no map, since it is zero' : mapFile(item.id)}\n`);
  print(`${out}\n`);
  return status.done;
}
