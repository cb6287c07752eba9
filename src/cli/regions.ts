// fragile regions
import { drawRegionsOf } from '../tasks/commands.js';
import { type ConfigOptions, limitedConfig } from './limited.js';
import { print } from './say.js';
import { status } from './status.js';
import { aligned } from './table.js';

/** Draws the superpixels of a config's images with their numbers, and prints the files of the pictures. */
export async function regionsCommand(config: string, options: ConfigOptions): Promise<number> {
  const drawn = await drawRegionsOf(await limitedConfig(config, options), options.data);
  print(
    aligned([
      ['image', 'regions', 'picture'],
      ...drawn.map(({ image, regions, file }) => [image, String(regions), file]),
    ]),
  );
  return status.done;
}
