// How far a network with softplus in place of ReLU is the same network: on how many images it predicts the same class,
// and how its gradient maps correlate with those of the ReLU network. Both fall with β, since each layer adds up to
// log 2/β to what it gives.
import type { Engine } from '../engine/engine.js';
import {
  compileEvaluator,
  type Draws,
  givenActivation,
  gradient,
  imageInputs,
  oneHot,
} from '../explain/index.js';
import { program } from '../graph/index.js';
import { argmax } from '../metric/output.js';
import { pcc } from '../metric/pcc.js';
import { type BoundNetwork, lower } from '../model/index.js';

/** The class that a network with softplus predicts, for a β given with each image. */
export interface SmoothPredictor {
  predict(x: Float32Array, beta: number): Promise<number>;
  release(): Promise<void>;
}

/**
 * Compiles the predictions of a network with softplus.
 * @param smoothing whether max-pools are smooth too
 */
export async function compileSmoothPredictor(
  engine: Engine,
  network: BoundNetwork,
  smoothing: { readonly pools?: true } = {},
): Promise<SmoothPredictor> {
  const { x } = imageInputs(network, engine);
  const given = { ...smoothing, softplus: 'given' } as const;
  const { activation, inputs } = givenActivation(given, engine.batch);
  const executable = await engine.compile(
    program({ scores: lower(network, x, activation).scores }),
  );
  return {
    predict: async (image, beta) =>
      argmax((await executable.run({ x: image, ...inputs(beta) })).scores!),
    release: () => executable.release(),
  };
}

/** An image [3,H,W] in 0..255, and the class that the ReLU network predicts for it. */
export interface Predicted {
  readonly x: Float32Array;
  readonly label: number;
}

/** The part of images for which the network with softplus_β predicts the class of the ReLU network. */
export async function agreement(
  predictor: SmoothPredictor,
  images: readonly Predicted[],
  beta: number,
): Promise<number> {
  let same = 0;
  for (const { x, label } of images) if ((await predictor.predict(x, beta)) === label) same++;
  return same / images.length;
}

/** β of one or two digits, ten a decade: the preferred numbers R10 from 0.01 to 8,000. */
export const betas: readonly number[] = [-2, -1, 0, 1, 2, 3].flatMap((exponent) =>
  [1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8].map((v) => Number((v * 10 ** exponent).toPrecision(3))),
);

/** The part of images that must keep their class. */
export const AGREEMENT = 0.9;

/**
 * The smallest β of `betas` at which at least 90 % of the images keep their class, by bisection: agreement is taken to
 * rise with β.
 * @returns undefined if the class is lost at the largest
 */
export async function betaByAgreement(
  predictor: SmoothPredictor,
  images: readonly Predicted[],
): Promise<{ readonly beta: number; readonly agreement: number } | undefined> {
  let [low, high] = [0, betas.length];
  let found: number | undefined;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const part = await agreement(predictor, images, betas[middle]!);
    if (part >= AGREEMENT) [high, found] = [middle, part];
    else low = middle + 1;
  }
  return found === undefined ? undefined : { beta: betas[low]!, agreement: found };
}

const noDraws: Draws = {
  origin: new Float32Array(),
  uniform: () => 0,
  normal: (_, count) => new Float32Array(count),
};

/**
 * PCC of the gradient maps of the network with softplus with those of the ReLU network, for the ReLU network's class.
 * @returns for each β the values of all images whose maps are not constant
 */
export async function fidelity(
  engine: Engine,
  network: BoundNetwork,
  images: readonly Predicted[],
  of: readonly number[],
): Promise<number[][]> {
  const plain = await compileEvaluator(engine, network, gradient(), network.network.activation);
  const smooth = await compileEvaluator(engine, network, gradient(), { softplus: 'given' });
  const values: number[][] = of.map(() => []);
  for (const { x, label } of images) {
    const target = oneHot(network.network.classes, label);
    const { map } = await plain.evaluate(x, target, noDraws);
    for (const [i, beta] of of.entries()) {
      const value = pcc(map, (await smooth.evaluate(x, target, noDraws, { beta })).map);
      if (value !== undefined) values[i]!.push(value);
    }
  }
  await plain.release();
  await smooth.release();
  return values;
}
