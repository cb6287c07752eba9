// Computes scores and maps of the iterates that a run has kept again, in this process.
import path from 'node:path';
import type { Clean } from '../../../attack/index.js';
import { type Dataset, dataRootOf } from '../../../data/dataset.js';
import { readNpy } from '../../../data/npy.js';
import { chooseEngine, openEngine } from '../../../engine/choose.js';
import { type Lockstep, lockstep } from '../../../engine/lockstep.js';
import { UserError } from '../../../errors.js';
import type { Evaluation } from '../../../explain/index.js';
import { keptFile } from '../../../record/kept.js';
import { openExplaining, openSubject, type Subject } from '../../../subject/subject.js';
import { AttackComputer } from '../computer.js';
import type { AttackConfig } from '../config.js';
import { regionOf } from '../regions.js';
import type { ResultRow } from '../results.js';
import { placesOf } from './places.js';

/** A config opened to compute in this process. */
export interface Opened {
  readonly config: AttackConfig;
  readonly subject: Subject;
  readonly dataset: Dataset;
  readonly computer: AttackComputer;
  readonly together: Lockstep['together'];
}

/**
 * Opens a config.
 * @param data the data root; default $FRAGILE_DATA, else ./data
 * @param batch how many images form a batch
 */
export async function openAgain(
  config: AttackConfig,
  data: string | undefined,
  batch: number,
): Promise<Opened> {
  const subject = await openSubject(config, dataRootOf(data));
  const explaining = await openExplaining(config, subject);
  const opened = await openEngine(await chooseEngine(config.engine));
  const { engine, together } = lockstep(opened, batch);
  const computer = new AttackComputer(explaining, engine);
  return { config, subject, dataset: explaining.dataset, computer, together };
}

/** The file of the iterate that a run kept for a row. */
export const iterateOf = (folder: string, row: ResultRow): string =>
  path.join(folder, keptFile(row));

/** A clean image and a kept iterate, each with its scores and map. */
export interface ComputedAgain {
  readonly clean: Clean;
  readonly kept: { readonly x: Float32Array; readonly evaluation: Evaluation };
  /** The target region [H,W] of an attack that has one. */
  readonly region: Float32Array | undefined;
}

/**
 * Computes scores and maps of the image and of the kept iterate of a row again.
 * Throws a UserError if the row does not belong to the run's config and data set.
 */
export async function computeAgain(
  { config, subject, dataset, computer }: Opened,
  folder: string,
  row: ResultRow,
): Promise<ComputedAgain> {
  const file = path.join(folder, 'results.csv');
  const image = dataset.entries.findIndex(({ id }) => id === row.image);
  if (image < 0)
    throw new UserError(`${file}: row names image ${row.image}, which ${dataset.location} lacks`);
  const { method, attack, label } = placesOf(config, file, row);
  const cell = { image, label, method, attack };
  const goal = (await computer.targets.of(cell))?.map;
  const clean = { ...(await computer.clean(image, method, label)), goal };
  const { network } = subject.network;
  const x = await readNpy(iterateOf(folder, row), [3, network.height, network.width]);
  return {
    clean,
    kept: await computer.look(method, clean, x),
    region: await regionOf(config.attack[attack]!, row.image, clean.x, network),
  };
}
