// Explains a single picture in this process.
import type { ExplainItem, ExplanationConfig } from '../config/explanations.js';
import { dataRootOf } from '../data/dataset.js';
import { chooseEngine, openEngine } from '../engine/choose.js';
import { softmax } from '../metric/output.js';
import { classNamesOf } from './class-names.js';
import { type CleanMap, CleanMaps } from './clean-maps.js';
import { isMap } from './evaluators.js';
import { openExplaining, openSubject } from './subject.js';

/** A class with its name and its probability. */
export interface Ranked {
  readonly label: number;
  readonly className: string;
  readonly confidence: number;
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
  /** The class that the maps are for. */
  readonly explained: Ranked;
  /** The classes of the largest scores, largest first. */
  readonly top: readonly Ranked[];
  /** One map [H,W] for each method of the config; undefined if the contributions are zero everywhere. */
  readonly maps: readonly { readonly item: ExplainItem; readonly map: Float32Array | undefined }[];
}

/**
 * Explains the network's prediction for the first image of a config.
 * @param data the data root; default $FRAGILE_DATA, else ./data
 */
export async function explainPicture(
  config: ExplanationConfig,
  data: string | undefined,
): Promise<ExplainedPicture> {
  const subject = await openSubject(config, dataRootOf(data));
  const explaining = await openExplaining(config, subject);
  const engine = await openEngine(await chooseEngine(config.engine));
  const clean = new CleanMaps(explaining, engine);
  try {
    const { network } = subject.network;
    const { label, top5 } = await clean.images.predict(0);
    const all: CleanMap[] = [];
    for (const method of config.explain.keys()) all.push(await clean.of(0, method, label));
    const { x, evaluation, explained } = all[0]!;
    const names = await classNamesOf(network, subject.dataRoot);
    const probabilities = softmax(evaluation.scores);
    const ranked = (of: number): Ranked => ({
      label: of,
      className: names(of),
      confidence: probabilities[of]!,
    });
    return {
      image: x,
      height: network.height,
      width: network.width,
      ...ranked(label),
      explained: ranked(explained),
      top: top5.map(ranked),
      maps: config.explain.map((item, i) => ({
        item,
        map: isMap(all[i]!.evaluation.map) ? all[i]!.evaluation.map : undefined,
      })),
    };
  } finally {
    await clean.evaluators.clear();
  }
}
