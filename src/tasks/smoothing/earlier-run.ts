// The attacked images of an earlier run of attacks, which kept them. That run must be of the same network, images,
// explanations and attacks, so that rows do not depend on whether the attack was made before.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parse } from 'csv-parse/sync';
import { aimsAt } from '../../config/aims.js';
import type { ExplainItem } from '../../config/explanations.js';
import type { Matching } from '../../config/matchings.js';
import { readNpy } from '../../data/npy.js';
import { UserError } from '../../errors.js';
import { KEPT, type KeptRow, keptFile } from '../../record/kept.js';
import { checkRecord, type Input, type RunRecord, readRecord } from '../../record/run-record.js';
import type { Subject } from '../../subject/subject.js';
import type { SmoothingConfig } from './config.js';

const RESULTS = 'results.csv';

/** The fields of a run of attacks that are compared. */
interface AttacksConfig extends Pick<SmoothingConfig, 'explain' | 'data'> {
  readonly attack: readonly TheirItem[];
  readonly save: { readonly images: number };
}

/** The record of the run, if it is one of attacks. */
async function recordOf(from: string): Promise<RunRecord & { readonly config: AttacksConfig }> {
  const record = await readRecord(from);
  if (record === undefined)
    throw new UserError(
      `from: ${from}: no run.json in it, expected the folder of a run of attacks`,
    );
  if (record.config.task !== 'attack')
    throw new UserError(`from: ${from}: a run of ${record.config.task}, expected one of attack`);
  checkRecord(from, record);
  if (record.end === null)
    throw new UserError(`from: ${from}: a run that is not finished, expected a finished one`);
  return record as unknown as RunRecord & { readonly config: AttacksConfig };
}

/** An item of a run of attacks. */
type TheirItem = Matching & { readonly quantise?: boolean };

/** What an attack does with some explanations: not on which others it is, nor how often it looks at its iterates. */
function doingOf(item: TheirItem, on: readonly ExplainItem[]): object {
  const { explain: _, evaluate: __, quantise = false, directions, ...rest } = item;
  return { ...rest, quantise, directions: on.map(({ id }) => directions[id]) };
}

/** Whether an attack of the run is the same on the explanations of this config. */
function isSame(mine: Matching, theirs: TheirItem, explain: readonly ExplainItem[]): boolean {
  const on = explain.filter((one) => aimsAt(mine, one));
  return (
    on.every((one) => aimsAt(theirs, one)) &&
    isDeepStrictEqual(doingOf(mine, on), doingOf(theirs, on))
  );
}

/** Throws a UserError for the first thing in which the run differs from this config. */
function checkSame(from: string, config: SmoothingConfig, theirs: AttacksConfig): void {
  const { count: _, ...data } = config.data;
  const { count: __, ...theirData } = theirs.data;
  const their = theirs as unknown as Record<string, unknown>;
  const other =
    (['model', 'seed', 'semantics'] as const).find(
      (field) => !isDeepStrictEqual(config[field], their[field]),
    ) ?? (isDeepStrictEqual(data, theirData) ? undefined : 'data');
  if (other !== undefined)
    throw new UserError(`from: ${from}: its ${other} is another one, expected that of this config`);
  const same = <T extends { readonly id: string }>(
    field: 'explain' | 'attack',
    mine: readonly T[],
    isIn: (one: T) => boolean,
  ) => {
    const missing = mine.find((one) => !isIn(one));
    if (missing !== undefined)
      throw new UserError(
        `from: ${from}: its ${field} has no ${missing.id} as in this config, expected the same`,
      );
  };
  same('explain', config.explain, (one) =>
    theirs.explain.some((other) => isDeepStrictEqual(one, other)),
  );
  same('attack', config.attack, (one) =>
    theirs.attack.some((other) => one.id === other.id && isSame(one, other, config.explain)),
  );
}

/** Throws a UserError if the run has not kept the iterates of as many images as this config uses. */
function checkKept(from: string, { data }: SmoothingConfig, { save }: AttacksConfig): void {
  if (save.images === 0 || !existsSync(path.join(from, KEPT)))
    throw new UserError(
      `from: ${from}: it kept no attacked images, expected a run with save: { images: N }`,
    );
  if (data.count === 'max' || data.count > save.images)
    throw new UserError(
      `data.pairs: ${data.count}, expected at most ${save.images}: ${from} kept those of ${save.images} images`,
    );
}

/** The attacked images that a run has kept. */
export interface EarlierRun {
  /** All of them, as an input that rows depend on. */
  readonly input: Input;
  /**
   * The attacked image [3,H,W] of a row; undefined if it has lost its label.
   * Throws a UserError if it is not there.
   */
  attacked(row: KeptRow): Promise<Float32Array | undefined>;
}

const keyOf = ({ image, method, attack }: KeptRow) => JSON.stringify([image, method, attack]);

/**
 * Opens the folder of a config's earlier run; undefined where the config has none.
 * Throws a UserError if it is no run of attacks, differs from this config, or kept too few attacked images.
 */
export async function earlierRunOf(
  config: SmoothingConfig,
  { network: { network } }: Pick<Subject, 'network'>,
): Promise<EarlierRun | undefined> {
  const { from } = config;
  if (from === undefined) return undefined;
  const { config: theirs } = await recordOf(from);
  checkSame(from, config, theirs);
  checkKept(from, config, theirs);
  const results = await readFile(path.join(from, RESULTS), 'utf8');
  const rows: (KeptRow & { readonly status: string })[] = parse(results, {
    ...{ columns: true, bom: true },
  });
  const statuses = new Map(rows.map((row) => [keyOf(row), row.status]));
  const names = (await readdir(path.join(from, KEPT)))
    .filter((name) => name.endsWith('.npy'))
    .sort();
  const hash = createHash('sha256').update(results);
  for (const name of names) hash.update(name).update(await readFile(path.join(from, KEPT, name)));
  return {
    input: { of: 'attacked images', file: path.basename(from), sha256: hash.digest('hex') },
    async attacked(row) {
      if (statuses.get(keyOf(row)) === 'label-lost') return undefined;
      const file = path.join(from, keptFile({ ...row, select: 'last' }));
      return readNpy(file, [3, network.height, network.width]);
    },
  };
}
