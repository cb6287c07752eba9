// Explains a single picture in this process.
import type { ExplainItem, ExplanationConfig } from '../config/explanations.js';
import { dataRootOf } from '../data/dataset.js';
import { chooseEngine, openEngine } from '../engine/choose.js';
import { softmax } from '../metric/output.js';
import { classNamesOf } from './class-names.js';
import { type CleanMap, CleanMaps } from './clean-maps.js';
import { isMap } from './evaluators.js';
import { openExplaining, openSubject } from './subject.js';

/** A picture and its maps. */
export interface ExplainedPicture {
  /** Pixels [3,H,W], 0..255. */
  readonly image: Float32Array;
  readonly height: number;
  readonly width: number;
  readonly label: number;
  readonly className: string;
  readonly confidence: number;
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
    const { label } = await clean.images.predict(0);
    const all: CleanMap[] = [];
    for (const method of config.explain.keys()) all.push(await clean.of(0, method, label));
    const { x, evaluation } = all[0]!;
    return {
      image: x,
      height: network.height,
      width: network.width,
      label,
      className: (await classNamesOf(network, subject.dataRoot))(label),
      confidence: softmax(evaluation.scores)[label]!,
      maps: config.explain.map((item, i) => ({
        item,
        map: isMap(all[i]!.evaluation.map) ? all[i]!.evaluation.map : undefined,
      })),
    };
  } finally {
    await clean.evaluators.clear();
  }
}
