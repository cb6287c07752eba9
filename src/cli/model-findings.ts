// The findings of `fragile doctor --model`: the scale of a network's activations, and how far the network with softplus is
// the same network. By both, β is chosen.

import { median } from 'simple-statistics';
import { activationScale, betaFor } from '../analysis/activations.js';
import {
  AGREEMENT,
  agreement,
  betaByAgreement,
  betas,
  compileSmoothPredictor,
  fidelity,
  type Predicted,
} from '../analysis/agreement.js';
import { importedOf } from '../config/model.js';
import type { ImageConfig } from '../config/subject.js';
import { dataRootOf } from '../data/dataset.js';
import { processor } from '../engine/choice.js';
import { openEngine } from '../engine/choose.js';
import type { Engine } from '../engine/engine.js';
import { type BoundNetwork, defaultsOf, isSmooth } from '../model/index.js';
import { modelName } from '../record/model-name.js';
import { firstImages } from '../subject/auto-beta.js';
import { openSubject } from '../subject/subject.js';
import type { Finding } from './findings.js';
import { examineFile, examinePresets } from './import-findings.js';

/** Number of images on which activations and maps are measured. */
const IMAGES = 8;

/** Every so many of ten β a decade are shown, and so many below and above the one found. */
const EVERY = 3;
const AROUND = 3;

/** Agreement and fidelity around the smallest β by which the network keeps its predictions. */
async function examineSmoothing(
  engine: Engine,
  network: BoundNetwork,
  images: readonly Predicted[],
): Promise<Finding> {
  const predictor = await compileSmoothPredictor(engine, network);
  const found = await betaByAgreement(predictor, images);
  const at = found === undefined ? betas.length - 1 : betas.indexOf(found.beta);
  const shown = betas.filter(
    (_, i) => (i - at) % EVERY === 0 && Math.abs(i - at) <= EVERY * AROUND,
  );
  const parts: number[] = [];
  for (const beta of shown) parts.push(await agreement(predictor, images, beta));
  await predictor.release();
  const like = await fidelity(engine, network, images.slice(0, IMAGES), shown);
  return {
    title: `Softplus in place of ReLU, on ${images.length} images`,
    table: [
      ['β', 'same class', 'PCC of gradient maps'],
      ...shown.map((beta, i) => [
        String(beta),
        `${(100 * parts[i]!).toFixed(0)} %`,
        like[i]!.length === 0 ? '' : median(like[i]!).toFixed(3),
      ]),
    ],
    notes: [
      found === undefined
        ? `no β keeps the class of ${100 * AGREEMENT} % of the images`
        : `smooth: { beta: auto } is ${found.beta} here, the smallest β that keeps the class of ${100 * AGREEMENT} % of the images`,
      `PCC: median of ${Math.min(IMAGES, images.length)} images, with the map of the ReLU network`,
    ],
  };
}

/** The scale of a network's activations on images of a config, and the β that follows from it. */
async function examineScale(
  engine: Engine,
  network: BoundNetwork,
  images: readonly Predicted[],
  { model, data }: ImageConfig,
): Promise<Finding> {
  const first = images.slice(0, IMAGES).map(({ x }) => x);
  const scale = await activationScale(engine, network, first);
  const surrogateBeta =
    importedOf(model) === undefined ? defaultsOf(model.name).surrogateBeta : undefined;
  return {
    title: `Activations of ${modelName(model)} on ${first.length} images of ${data.name}, in units of its own input`,
    table: [
      ['before', 'median magnitude'],
      ...scale.layers.map(({ name, median }) => [name, median.toPrecision(3)]),
      ['all', scale.all.toPrecision(3)],
    ],
    notes: [
      `a surrogate close to the network has β of about ${betaFor(scale)}${surrogateBeta === undefined ? '' : `; the default for this network is ${surrogateBeta}`}`,
    ],
  };
}

/** The findings on a network, measured on the first images of a config's data. */
export async function examineModel(
  config: ImageConfig,
  data: string | undefined,
): Promise<Finding[]> {
  const imported = importedOf(config.model);
  const ofFile = imported === undefined ? [] : await examineFile(imported);
  const subject = await openSubject(config, dataRootOf(data));
  const { network } = subject;
  const engine = await openEngine(processor);
  const images = await firstImages(config, subject, engine);
  const { activation } = network.network;
  return [
    ...ofFile,
    ...(imported === undefined ? [] : [await examinePresets(config, imported, data)]),
    // of a network from a file without kinks there is nothing to choose
    ...(imported !== undefined && isSmooth(activation)
      ? []
      : [await examineScale(engine, network, images, config)]),
    ...(isSmooth(activation) ? [] : [await examineSmoothing(engine, network, images)]),
  ];
}
