// `smooth: { beta: auto }`: the smallest β at which the network with softplus still predicts as the ReLU network does.
// It is measured before anything else is computed, on the same images whatever part of them a run uses, and stands in
// the config as a number from then on.

import { activationScale, betaFor } from '../analysis/activations.js';
import {
  AGREEMENT,
  betaByAgreement,
  compileSmoothPredictor,
  type Predicted,
} from '../analysis/agreement.js';
import type { Origin, Raw } from '../config/file.js';
import { importedOf, type ResolvedModel, resolveModel } from '../config/model.js';
import { type Given, type ImageConfig, resolveImages } from '../config/subject.js';
import { dataRootOf } from '../data/dataset.js';
import { processor } from '../engine/choice.js';
import { openEngine } from '../engine/choose.js';
import type { Engine } from '../engine/engine.js';
import { compilePredictor } from '../explain/index.js';
import { type BoundNetwork, isSmooth } from '../model/index.js';
import { note } from '../note.js';
import { modelName } from '../record/model-name.js';
import { candidateOrder } from './candidates.js';
import { loadImage, UnreadableImage } from './images.js';
import { predictedOf } from './prediction.js';
import { openImages, openSubject, type Subject } from './subject.js';

/** Images by which β of a smoothed network is measured, and that of a surrogate. */
const IMAGES = 64;
const SCALE_IMAGES = 8;

/** The images on which β is measured, and the network. */
interface Measured {
  readonly engine: Engine;
  readonly network: BoundNetwork;
  readonly images: readonly Predicted[];
  readonly pools: boolean;
}

/** An item of `explain` as a config gives it. */
interface Item {
  readonly smooth?: { readonly beta: number | 'auto'; readonly pools?: boolean };
}

const isAuto = ({ smooth }: Item): boolean => smooth?.beta === 'auto';

/** The first images of a config in the order in which experiments try them, with the classes predicted for them. */
export async function firstImages(
  config: ImageConfig,
  { network, ...subject }: Subject,
  engine: Engine,
  most = IMAGES,
): Promise<Predicted[]> {
  const data = { ...config.data, correct: false };
  const dataset = await openImages({ ...config, data }, { network, ...subject });
  const predictor = await compilePredictor(engine, network);
  const images: Predicted[] = [];
  for (const at of candidateOrder(config, dataset.entries.length)) {
    if (images.length === most) break;
    try {
      const x = await loadImage(dataset, at, network.network);
      const scores = await predictor.predict(x);
      images.push({ x, label: predictedOf(network, dataset.entries[at]!.id, scores) });
    } catch (error) {
      // it fails in the run, too, and is told there
      if (!(error instanceof UnreadableImage)) throw error;
    }
  }
  await predictor.release();
  return images;
}

/** Throws a UserError for a network that has softplus itself: there is no ReLU to agree with. */
function requireRelu({ model, activation }: ResolvedModel, at: number, origin: Origin): void {
  if (isSmooth(activation))
    throw origin.mistake(
      ['explain', at, 'smooth', 'beta'],
      `auto, expected a number: ${modelName(model)} has no ReLU to agree with`,
    );
}

/**
 * Replaces `beta: auto` in the explanations of a checked config by numbers.
 * @param data the data root; default $FRAGILE_DATA, else ./data
 * @returns the config as it is if no β is `auto`
 * Throws a UserError where images or weights are missing, or where no β keeps the classes.
 */
export async function withBeta(value: Raw, origin: Origin, data: string | undefined): Promise<Raw> {
  return withAgreement(await withSurrogate(value, origin, data), origin, data);
}

/** Measures the β of the surrogate of a network from a file that has kinks, unless the config gives it. */
async function withSurrogate(value: Raw, origin: Origin, data: string | undefined): Promise<Raw> {
  const given = value as unknown as Given;
  const imported = importedOf(given.model);
  if (imported === undefined || imported.beta !== undefined || !('data' in value)) return value;
  const resolved = await resolveModel(given.model);
  if (isSmooth(resolved.activation)) return value;
  const engine = await openEngine(processor);
  const config = resolveImages(given, resolved, origin);
  const subject = await openSubject(config, dataRootOf(data), { checked: false });
  const images = await firstImages(config, subject, engine, SCALE_IMAGES);
  const pictures = images.map(({ x }) => x);
  const beta = betaFor(await activationScale(engine, subject.network, pictures));
  note(
    `${modelName(resolved.model)}: β of its surrogate is ${beta}: 20 / median |a| of what its nonlinearities get`,
  );
  return { ...value, model: { ...given.model, beta } };
}

async function withAgreement(value: Raw, origin: Origin, data: string | undefined): Promise<Raw> {
  const items = (value.explain ?? []) as readonly Item[];
  const first = items.findIndex(isAuto);
  if (first < 0) return value;
  const given = value as unknown as Given;
  const resolved = await resolveModel(given.model);
  requireRelu(resolved, first, origin);
  const engine = await openEngine(processor);
  const config = resolveImages(given, resolved, origin);
  const subject = await openSubject(config, dataRootOf(data));
  const images = await firstImages(config, subject, engine);
  const measured = new Map<boolean, Promise<number>>();
  const betaOf = (pools: boolean, at: number): Promise<number> => {
    const known =
      measured.get(pools) ??
      measure({ engine, network: subject.network, images, pools }, at, origin);
    measured.set(pools, known);
    return known;
  };
  const explain: Item[] = [];
  for (const [at, item] of items.entries()) {
    const { smooth } = item;
    const beta = isAuto(item) ? await betaOf(smooth?.pools ?? false, at) : undefined;
    explain.push(beta === undefined ? item : { ...item, smooth: { ...smooth, beta } });
  }
  return { ...value, explain };
}

/** β by agreement, and a note that says what it is. Throws a UserError where no β keeps the classes. */
async function measure(
  { engine, network, images, pools }: Measured,
  at: number,
  origin: Origin,
): Promise<number> {
  const predictor = await compileSmoothPredictor(engine, network, pools ? { pools } : {});
  const found = await betaByAgreement(predictor, images);
  await predictor.release();
  if (found === undefined)
    throw origin.mistake(
      ['explain', at, 'smooth', 'beta'],
      `auto, but no β keeps the class of ${100 * AGREEMENT} % of ${images.length} images; expected a number`,
    );
  const same = Math.round(found.agreement * images.length);
  const smoothed = pools ? ' with smooth pools' : '';
  note(
    `smooth: beta: auto${smoothed} is ${found.beta}: ${same} of ${images.length} images keep their class`,
  );
  return found.beta;
}
