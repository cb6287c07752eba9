// Compiles what is reported of an image: the scores of a network and the saliency map of a method for
// a given class. Methods that average over samples run one program for a few samples at a time, so that
// memory does not grow with their number.
import { type Engine, type Executable, type Held, held, type Inputs } from '../engine/engine.js';
import { add, broadcast, input, mul, program, reshape, sum, type Tensor } from '../graph/index.js';
import {
  type Activation,
  type BoundNetwork,
  isSmooth,
  lower,
  type Network,
  type Nonlinearity,
} from '../model/index.js';
import { type Draws, type Method, type Samples, type Subject, saliencyMap } from './method.js';

export interface Evaluation {
  /** Pre-softmax scores, [classes]. */
  readonly scores: Float32Array;
  /** Saliency map [H,W], summing to 1. */
  readonly map: Float32Array;
}

/** What a map depends on beside its image, class and draws, where an evaluator is given it at each map. */
export interface Varied {
  /** β of the softplus, of an evaluator that was compiled for a given β. */
  readonly beta?: number;
  /** Samples of the same number and shape as the method's, such as those of another noise. */
  readonly samples?: Samples;
}

export interface Evaluator {
  /**
   * Scores and map of one image x [3,H,W] for the class that `target` marks.
   * @param draws the same for an image and all that becomes of it
   */
  evaluate(
    x: Float32Array | Held,
    target: Float32Array,
    draws: Draws,
    varied?: Varied,
  ): Promise<Evaluation>;
  release(): Promise<void>;
}

/** A nonlinearity, or a softplus whose β is given at each map, so that one program serves a sweep. */
export type Explained = Activation | { readonly softplus: 'given'; readonly pools?: true };

/** A nonlinearity for images N, and the inputs of a program that it needs. */
export function givenActivation(explained: Explained, images: number) {
  if (typeof explained === 'string' || explained.softplus !== 'given')
    return { activation: explained as Nonlinearity, inputs: (): Inputs => ({}) };
  return {
    activation: { ...explained, softplus: input('beta', [images, 1, 1, 1]) } as Nonlinearity,
    inputs: (beta: number | undefined): Inputs => {
      if (beta === undefined) throw new Error('no β is given');
      return { beta: Float32Array.of(beta) };
    },
  };
}

/** The inputs every program of images has, one unless an engine says how many. */
export function imageInputs(
  { network }: BoundNetwork,
  { batch }: Pick<Engine, 'batch'> = { batch: 1 },
) {
  return {
    x: input('x', [batch, 3, network.height, network.width]),
    target: input('target', [batch, network.classes]),
  };
}

/** One in the class's place, zero elsewhere. */
export function oneHot(classes: number, label: number): Float32Array {
  const target = new Float32Array(classes);
  target[label] = 1;
  return target;
}

/** Scores of one image x [3,H,W]. */
export interface Predictor {
  predict(x: Float32Array): Promise<Float32Array>;
  release(): Promise<void>;
}

/** Compiles a network's scores alone. */
export async function compilePredictor(engine: Engine, network: BoundNetwork): Promise<Predictor> {
  const { x } = imageInputs(network, engine);
  const { scores } = lower(network, x, network.network.activation);
  const executable = await engine.compile(program({ scores }));
  return {
    predict: async (image) => (await executable.run({ x: image })).scores!,
    release: () => executable.release(),
  };
}

/** Pixels of the samples that run together, and most samples: one image of ImageNet's size, or several small ones. */
const PIXELS_AT_ONCE = 227 * 227;
const SAMPLES_AT_ONCE = 5;

/** How many of `count` samples of each image run together: a divisor of it. More at once read large weights less often. */
export function samplesAtOnce(
  { batch }: Pick<Engine, 'batch'>,
  { height, width }: Network,
  count: number,
): number {
  const pixels = batch * height * width;
  const most = Math.min(SAMPLES_AT_ONCE, Math.floor(PIXELS_AT_ONCE / pixels));
  let divisor = Math.max(1, Math.min(most, count));
  while (count % divisor !== 0) divisor--;
  return divisor;
}

/**
 * Runs a program that adds to `total` once for each group of samples.
 * @param from what is added to, released here
 */
export async function accumulated(
  executable: Executable,
  groups: readonly Float32Array[],
  inputs: Inputs,
  from: Held,
): Promise<Held> {
  let total = from;
  for (const sample of groups) {
    const before = total;
    total = (await executable.hold({ ...inputs, sample, total })).total!;
    before.release();
  }
  return total;
}

/** Samples side by side, so many at once. */
export const inGroups = (samples: readonly Float32Array[], size: number): Float32Array[] =>
  Array.from({ length: samples.length / size }, (_, group) => {
    const parts = samples.slice(group * size, (group + 1) * size);
    const [first] = parts;
    if (parts.length === 1) return first!;
    const together = new Float32Array(size * first!.length);
    parts.forEach((part, i) => {
      together.set(part, i * part.length);
    });
    return together;
  });

/**
 * The sums of a method's contributions to N images over several samples of each, [N,3,H,W].
 * @param sample the samples side by side, `count` of the first image, then those of the next
 */
export function summedContribution(
  method: Method & { readonly samples: Samples },
  subject: Subject,
  sample: Tensor,
  count: number,
): Tensor {
  const images = subject.x.shape[0]!;
  const repeated = (t: Tensor) => {
    const [, ...rest] = t.shape;
    const size = rest.reduce((n, d) => n * d, 1);
    const spread = broadcast(reshape(t, [images, 1, size]), [images, count, size]);
    return reshape(spread, [images * count, ...rest]);
  };
  const { activation } = subject;
  const ownBeta = isSmooth(activation) && typeof activation.softplus !== 'number';
  const copies = {
    ...subject,
    x: repeated(subject.x),
    target: repeated(subject.target),
    activation: ownBeta ? { ...activation, softplus: repeated(activation.softplus) } : activation,
  };
  const size = subject.x.shape.slice(1).reduce((n, d) => n * d, 1);
  const each = reshape(method.contribution(copies, sample), [images, count, size]);
  return reshape(sum(each, [1]), subject.x.shape);
}

/**
 * Compiles a network's scores and a method's saliency map.
 * @param explained the nonlinearity of the network the map is of; the scores are of the network's own
 */
export async function compileEvaluator(
  engine: Engine,
  network: BoundNetwork,
  method: Method,
  explained: Explained,
): Promise<Evaluator> {
  const { x, target } = imageInputs(network, engine);
  const { activation, inputs } = givenActivation(explained, engine.batch);
  const subject = { network, activation, x, target };
  const { samples } = method;
  if (samples === undefined) {
    const map = saliencyMap(method.contribution(subject, undefined));
    // its values are the ReLU's, and so are computed once for both
    const own = activation === 'open-relu' ? activation : network.network.activation;
    const executable = await engine.compile(
      program({ scores: lower(network, x, own).scores, map }),
    );
    return {
      async evaluate(image, label, _, { beta } = {}) {
        const { scores, map } = await executable.run({ x: image, target: label, ...inputs(beta) });
        return { scores: scores!, map: map! };
      },
      release: () => executable.release(),
    };
  }
  const total = input('total', x.shape);
  const size = samplesAtOnce(engine, network.network, samples.count);
  const sample = input('sample', samples.shape(engine.batch * size));
  const some = summedContribution({ ...method, samples }, subject, sample, size);
  const accumulate = await engine.compile(
    program({ total: add(total, mul(some, 1 / samples.count)) }),
  );
  const zeros = () => held(new Float32Array(3 * network.network.height * network.network.width));
  const finish = await engine.compile(
    program({
      scores: lower(network, x, network.network.activation).scores,
      map: saliencyMap(total),
    }),
  );
  return {
    async evaluate(image, label, draws, { beta, samples: other = samples } = {}) {
      const groups = inGroups(other.fixed(draws), size);
      const given = { x: image, target: label, ...inputs(beta) };
      const total = await accumulated(accumulate, groups, given, zeros());
      const { scores, map } = await finish.run({ x: image, total });
      total.release();
      return { scores: scores!, map: map! };
    },
    async release() {
      await accumulate.release();
      await finish.release();
    },
  };
}
