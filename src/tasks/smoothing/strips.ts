// Strips of maps, a picture for each kept cell: the maps of the attacked image, of the image and of its target, from no
// smoothing to the strongest (Dombrowski et al. 2019, Fig. 4 and 6).
import path from 'node:path';
import { clipping, mapTiles } from '../../drawing/explanations.js';
import { drawPanel, type PanelRow } from '../../drawing/panel.js';
import { makeFolder } from '../../folder.js';
import { writeWhole } from '../../record/files.js';
import { fileName } from '../../record/names.js';
import type { SmoothedMaps, SmoothingFound } from './computer.js';
import type { SmoothingConfig } from './config.js';
import { smoothingsOf } from './plan.js';
import type { SmoothingRow } from './results.js';

/** The folder of strips in the folder of a run. */
export const STRIPS = 'strips';

/** The most smoothed maps in a row. */
const MOST = 6;

const lines: readonly (readonly [keyof SmoothedMaps, string])[] = [
  ['attacked', 'attacked'],
  ['original', 'original'],
  ['target', 'target'],
];

/** Evenly chosen items of a list, the first and the last among them. */
function chosen<T>(items: readonly T[]): T[] {
  if (items.length <= MOST) return [...items];
  const at = (i: number) => Math.round((i * (items.length - 1)) / (MOST - 1));
  return Array.from({ length: MOST }, (_, i) => items[at(i)]!);
}

/** A smoothing in words. */
function titleOf({ smoothing, value }: Pick<SmoothingRow, 'smoothing' | 'value'>): string {
  if (smoothing === 'none') return 'none';
  return smoothing === 'beta' ? `β ${value}` : `noise ${(100 * value!).toPrecision(2)} %`;
}

/** The rows of a strip for one kind of smoothing. */
function rowsOf(
  config: SmoothingConfig,
  { rows, maps }: Pick<SmoothingFound, 'rows' | 'maps'>,
  kind: 'beta' | 'noise',
): PanelRow[] {
  const { height, width } = config.model.input;
  const item = config.explain.find(({ id }) => id === rows[0]!.method)!;
  const all = smoothingsOf(config.smoothing);
  // the strongest smoothing last
  const of = all.flatMap((smoothing, i) => (smoothing.smoothing === kind ? [i] : []));
  const shown = [0, ...chosen(kind === 'beta' ? of.reverse() : of)];
  if (of.length === 0) return [];
  return lines.map(([which, words]) => ({
    heading: words,
    tiles: shown.flatMap((i) =>
      mapTiles(titleOf(rows[i]!), maps[i]![which], item, { height, width }),
    ),
    caption: [],
  }));
}

/** Draws the strip of a cell into the folder of its run. Cells without maps have none. */
export async function keepStrip(config: SmoothingConfig, found: SmoothingFound): Promise<void> {
  const [first] = found.rows;
  if (first === undefined || found.maps.length === 0) return;
  const { image, target_image, method, attack } = first;
  const folder = path.join(config.output, STRIPS);
  await makeFolder(folder);
  await writeWhole(
    path.join(folder, `${fileName(image, method, attack)}.png`),
    await drawPanel({
      title: `${method}: ${image} given the map of ${target_image} (${attack})`,
      rows: [...rowsOf(config, found, 'beta'), ...rowsOf(config, found, 'noise')],
      foot: [clipping],
    }),
  );
}
