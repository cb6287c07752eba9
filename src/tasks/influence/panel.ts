// Pictures of an attack on influence functions, as in Figs. 4(a) and 14 of Ghorbani et al. 2019: the image and the
// three most influential training images, before the attack and after it below; with a table of the influence of every
// training image before and after.
import path from 'node:path';
import { encodePng } from '../../data/picture.js';
import type { Network } from '../../model/index.js';
import { writeWhole } from '../../record/files.js';
import { fileName } from '../../record/names.js';
import { formatRows, headerOf } from '../../record/table.js';
import { ATTACKED } from './config.js';
import type { TrainingSet } from './training-set.js';

/** An image [3,H,W] and the influences of all training images on it. */
interface Influenced {
  readonly x: Float32Array;
  readonly influences: Float64Array;
  /** Indices of the most influential training images, the most influential first. */
  readonly most: readonly number[];
}

/** The contents of a panel, and the parts of its file name. */
export interface ShownAttack {
  readonly image: string;
  readonly attack: string;
  readonly epsilon: number;
  readonly before: Influenced;
  readonly after: Influenced;
}

/** The folder of panels, in the folder of a run. */
export const PANELS = 'panels';

/** Pixels between images, and their brightness. */
const GAP = 8;
const WHITE = 255;

/** Rows of equally many images [3,H,W] as one image, with its height and width. */
export function tiled(
  rows: readonly (readonly Float32Array[])[],
  { height, width }: { readonly height: number; readonly width: number },
) {
  const whole = {
    height: rows.length * (height + GAP) - GAP,
    width: rows[0]!.length * (width + GAP) - GAP,
  };
  const x = new Float32Array(3 * whole.height * whole.width).fill(WHITE);
  for (const [r, row] of rows.entries())
    for (const [c, image] of row.entries())
      for (let channel = 0; channel < 3; channel++)
        for (let i = 0; i < height; i++) {
          const from = (channel * height + i) * width;
          const line = channel * whole.height + r * (height + GAP) + i;
          x.set(image.subarray(from, from + width), line * whole.width + c * (width + GAP));
        }
  return { x, ...whole };
}

/** Writes a panel, and the table of influences beside it. */
export async function savePanel(
  folder: string,
  { image, attack, epsilon, before, after }: ShownAttack,
  { dataset, images }: TrainingSet,
  network: Network,
): Promise<void> {
  const entryOf = (place: number) => dataset.entries[images[place]!]!;
  const row = async ({ x, most }: Influenced) => [
    x,
    ...(await Promise.all(
      most.slice(0, ATTACKED).map((place) => dataset.load(entryOf(place), network)),
    )),
  ];
  const { x, height, width } = tiled([await row(before), await row(after)], network);
  const file = path.join(folder, fileName(image, attack, String(epsilon)));
  await writeWhole(`${file}.png`, await encodePng(x, height, width));
  const columns = ['training_image', 'influence', 'influence_perturbed'];
  const influences = images.map((_, place) => ({
    training_image: entryOf(place).id,
    influence: before.influences[place],
    influence_perturbed: after.influences[place],
  }));
  await writeWhole(`${file}.csv`, headerOf(columns) + formatRows(influences, columns));
}
