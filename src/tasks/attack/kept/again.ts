// Looks at images in this process: for commands that explain a single picture, or that see again what a run has
// kept.
import path from 'node:path';
import type { Clean } from '../../../attack/index.js';
import { readNpy } from '../../../data/npy.js';
import { chooseEngine, openEngine } from '../../../engine/choose.js';
import { type Lockstep, lockstep } from '../../../engine/lockstep.js';
import { UserError } from '../../../errors.js';
import type { Evaluation } from '../../../explain/index.js';
import { softmax } from '../../../metric/output.js';
import { type Materials, openMaterials } from '../../../run/run.js';
import { classNamesOf } from '../../../subject/class-names.js';
import { methodsOf } from '../../../subject/methods.js';
import { Cells } from '../computer.js';
import type { ExplainItem, ResolvedConfig } from '../config.js';
import { regionOf } from '../regions.js';
import type { ResultRow } from '../results.js';
import { isMap } from '../rows.js';
import { keptFile } from './names.js';

/** What a config names, opened without running anything. */
export interface Look {
  readonly config: ResolvedConfig;
  readonly materials: Materials;
  readonly cells: Cells;
  readonly together: Lockstep['together'];
}

/**
 * Opens a config.
 * @param data the data root
 * @param images how many run together
 */
export async function openLook(
  config: ResolvedConfig,
  data: string | undefined,
  images = 1,
): Promise<Look> {
  const materials = await openMaterials(config, data);
  const { network, dataset, dataRoot } = materials;
  const methods = await methodsOf(config, network, dataRoot);
  const { engine, together } = lockstep(
    await openEngine(await chooseEngine(config.engine)),
    images,
  );
  const cells = new Cells(config, network, dataset, engine, methods);
  return { config, materials, cells, together };
}

/** The iterate that a run kept for a row. */
export const iterateOf = (folder: string, row: ResultRow): string =>
  path.join(folder, keptFile(row));

/** A clean image and a kept iterate, with what the network makes of each. */
export interface Seen {
  readonly clean: Clean;
  readonly kept: { readonly x: Float32Array; readonly evaluation: Evaluation };
  /** The target region [H,W] of an attack that has one. */
  readonly region: Float32Array | undefined;
}

/** Sees the image and the kept iterate of a row of a run's results again. */
export async function seen(
  { config, materials, cells }: Look,
  folder: string,
  row: ResultRow,
): Promise<Seen> {
  const { dataset, network } = materials;
  const image = dataset.entries.findIndex(({ id }) => id === row.image);
  const method = config.explain.findIndex(({ id }) => id === row.method);
  const at = config.attack.findIndex(({ id }) => id === row.attack);
  const attack = config.attack[at];
  if (image < 0 || method < 0 || attack === undefined || row.prediction === undefined)
    throw new UserError(
      `${path.join(folder, 'results.csv')}: ${row.image} under ${row.method} and ${row.attack}, expected a prediction, an image of ${dataset.location} and items of run.json`,
    );
  const goal = (await cells.targets.of({ image, method, attack: at }))?.map;
  const clean = { ...(await cells.clean(image, method, row.prediction)), goal };
  const { height, width } = network.network;
  const x = await readNpy(iterateOf(folder, row), [3, height, width]);
  return {
    clean,
    kept: await cells.look(method, clean, x),
    region: await regionOf(attack, row.image, clean.x, network.network),
  };
}

/** A picture and its maps. */
export interface ExplainedPicture {
  /** Pixels [3,H,W], 0..255. */
  readonly image: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly label: number;
  readonly className: string;
  readonly confidence: number;
  /** One map [H,W] for each method of the config; none where the contributions are zero everywhere. */
  readonly maps: readonly { readonly item: ExplainItem; readonly map: Float32Array | undefined }[];
}

/** Explains what a network sees in the first image of a config. */
export async function explainPicture(
  config: ResolvedConfig,
  data: string | undefined,
): Promise<ExplainedPicture> {
  const { cells, materials } = await openLook(config, data);
  try {
    const { network } = materials.network;
    const { label } = await cells.predict(0);
    const seen: Clean[] = [];
    for (const method of config.explain.keys()) seen.push(await cells.clean(0, method, label));
    const { x, evaluation } = seen[0]!;
    return {
      image: x,
      height: network.height,
      width: network.width,
      label,
      className: (await classNamesOf(network, materials.dataRoot))(label),
      confidence: softmax(evaluation.scores)[label]!,
      maps: config.explain.map((item, i) => ({
        item,
        map: isMap(seen[i]!.evaluation.map) ? seen[i]!.evaluation.map : undefined,
      })),
    };
  } finally {
    await cells.release();
  }
}
