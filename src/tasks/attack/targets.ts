// The target maps of match-target: the map of another image of the data set, chosen at random for each image; the map
// of an image in a file; or a drawn map. The choice of the other image depends on the seed, the image and the data set
// alone, so it is the same for every method, model and attack.

import type { MatchTarget } from '../../config/match-target.js';
import type { ImageEntry } from '../../data/dataset.js';
import { decodeGray, planesOf } from '../../data/picture.js';
import { resample } from '../../data/resample.js';
import { loadPicture } from '../../data/resize.js';
import { UserError } from '../../errors.js';
import type { Network } from '../../model/index.js';
import type { Evaluators } from '../../subject/evaluators.js';
import { loadImage } from '../../subject/images.js';
import { goalsOf } from '../../subject/matching.js';
import { explainedOther, type Other, partnerOf } from '../../subject/pairs.js';
import type { Explaining } from '../../subject/subject.js';
import type { AttackConfig } from './config.js';
import type { MatchTargetItem } from './items.js';
import type { Cell } from './plan.js';

/** The source of a target map: a drawn map, or an image whose own map it is. */
export type TargetSource = { readonly id: string } & (
  | { readonly map: Float32Array }
  | { readonly image: Float32Array }
);

/**
 * A gray picture as a map [H,W]: scaled to the network's input, bright where saliency is, summing to 1.
 * Throws a UserError if it cannot be read or is black.
 */
export async function readTarget(
  file: string,
  { height, width }: Pick<Network, 'height' | 'width'>,
): Promise<Float32Array> {
  const { data, ...size } = await decodeGray(file);
  const colors = Buffer.from(
    Uint8Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)]!),
  );
  const scaled = resample({ data: colors, ...size }, { height, width });
  const gray = planesOf(scaled).subarray(0, height * width);
  const total = gray.reduce((sum, v) => sum + v, 0);
  if (total === 0)
    throw new UserError(`${file}: a target that is all black, expected bright pixels on black`);
  return Float32Array.from(gray, (v) => v / total);
}

/** The config of an attack with its network and images. */
interface Targeting extends Pick<Explaining, 'dataset'> {
  readonly config: Pick<AttackConfig, 'seed' | 'data' | 'attack'>;
  readonly network: { readonly network: Network };
}

/** The source of the target map of an image. */
export async function sourceOf(
  { target }: Pick<MatchTarget, 'target'>,
  { config: { seed, data }, dataset, network: { network } }: Targeting,
  image: number,
): Promise<TargetSource> {
  if (target === 'pairs') {
    const partner = partnerOf(seed, dataset.entries, image);
    return {
      id: dataset.entries[partner]!.id,
      image: await loadImage(dataset, partner, network),
    };
  }
  if (typeof target === 'string') return { id: target, map: await readTarget(target, network) };
  return { id: target.image, image: await loadPicture(target.image, network, data) };
}

/**
 * Throws a UserError if a target of a config is missing or cannot be read, or if there is no other image to pair with.
 */
export async function checkTargets(explaining: Targeting): Promise<void> {
  const { config, dataset } = explaining;
  for (const item of config.attack) {
    if (item.name !== 'match-target') continue;
    if (item.target === 'pairs' && dataset.entries.length < 2)
      throw new UserError(
        `attack: ${item.id}: target: pairs, but ${dataset.location} has one image, expected at least 2`,
      );
    if (item.target !== 'pairs') await sourceOf(item, explaining, 0);
  }
}

/** The files of the targets of a config. */
export const targetFiles = ({ attack }: Pick<AttackConfig, 'attack'>): string[] =>
  attack.flatMap((item) => {
    if (item.name !== 'match-target' || item.target === 'pairs') return [];
    return [typeof item.target === 'string' ? item.target : item.target.image];
  });

/** The images that a cell depends on: its own, and the other one of its pair for a target map. */
export function imagesOf(
  { attack, seed }: Pick<AttackConfig, 'attack' | 'seed'>,
  entries: readonly ImageEntry[],
  { image, attack: at }: Pick<Cell, 'image' | 'attack'>,
): number[] {
  const item = attack[at]!;
  return item.name === 'match-target' && item.target === 'pairs'
    ? [image, partnerOf(seed, entries, image)]
    : [image];
}

/** A target map. */
export interface TargetMap {
  /** The image or the file that it comes from. */
  readonly id: string;
  /** [H,W], summing to 1. */
  readonly map: Float32Array;
  /** The map that a step of the attack, from 1, aims at, where β is drawn at each step: the target image's at that β. */
  readonly at?: (iteration: number) => Promise<Float32Array>;
}

/** The targets of a config's cells; the latest is kept. */
export class Targets {
  private latest: { key: string; value: TargetMap } | undefined;

  constructor(
    private readonly explaining: Omit<Explaining<AttackConfig>, 'methods'>,
    private readonly evaluators: Pick<Evaluators, 'reported' | 'sweep'>,
  ) {}

  /** The target map of an attack on an image; undefined for an attack without a target. */
  async of({ image, method, attack }: Cell): Promise<TargetMap | undefined> {
    const item = this.explaining.config.attack[attack]!;
    if (item.name !== 'match-target') return undefined;
    const key = `${image} ${method} ${attack}`;
    if (this.latest?.key !== key) {
      const source = await sourceOf(item, this.explaining, image);
      const value =
        'map' in source ? source : { id: source.id, ...(await this.maps(source, method, item)) };
      this.latest = { key, value };
    }
    return this.latest.value;
  }

  /** The reported map of a target image, and its maps at the β of steps. */
  private async maps(
    source: Other,
    method: number,
    item: MatchTargetItem,
  ): Promise<Omit<TargetMap, 'id'>> {
    const { config, network } = this.explaining;
    const evaluator = await this.evaluators.reported(method);
    const { map, label } = await explainedOther(evaluator, network, config.seed, source);
    const explanation = { ...config, network, item: config.explain[method]! };
    const at = goalsOf(explanation, item, { ...source, label }, () =>
      this.evaluators.sweep(method),
    );
    return { map, ...(at === undefined ? {} : { at }) };
  }
}
