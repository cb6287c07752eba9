// Compiles an attack's step: from an iterate to the next, along the gradient of a dissimilarity of the
// surrogate's saliency map. One pass methods are one program. Methods that average over samples are
// four small ones, run on a few samples at a time: the raw map, the map's cotangent, the cotangent pulled back
// to the image, and the step; memory does not grow with the number of samples.
import type { Engine, Held, Values } from '../engine/engine.js';
import {
  accumulated,
  type Draws,
  imageInputs,
  inGroups,
  type Method,
  type Samples,
  saliencyMap,
  samplesAtOnce,
  summedContribution,
} from '../explain/index.js';
import { add, gradient, input, mul, program, pullback, sum, type Tensor } from '../graph/index.js';
import type { Activation, BoundNetwork } from '../model/index.js';
import type { DissimilarityForm } from './dissimilarity.js';
import { signStep, stepInputs } from './sign-step.js';

/** Where a step starts from and how far it may go; images [3,H,W]. */
export interface StepState {
  readonly x: Float32Array | Held;
  readonly origin: Float32Array;
  readonly target: Float32Array;
  /** Values of the dissimilarity's references. */
  readonly references: Values;
  readonly epsilon: number;
  readonly step: number;
  /** For methods that draw their samples. */
  readonly draws: Draws;
}

/** What takes the steps of an attack. */
export interface Stepper {
  /** The next iterate [3,H,W], and, where the step is along a gradient, the surrogate's map [H,W] at the current one, to be released. */
  step(state: StepState): Promise<{ next: Held; map?: Held }>;
}

/** A stepper along the gradient of a dissimilarity. */
export interface Director extends Stepper {
  step(state: StepState): Promise<{ next: Held; map: Held }>;
  release(): Promise<void>;
}

const scalars = ({ epsilon, step }: StepState): Values => ({
  epsilon: Float32Array.of(epsilon),
  step: Float32Array.of(step),
});

/** References under names of their own among a program's inputs. */
export const prefixed = (references: Values): Values =>
  Object.fromEntries(Object.entries(references).map(([k, v]) => [`reference.${k}`, v]));

/** Inputs for the references of a dissimilarity, for a batch of images. */
export function referenceInputs(
  dissimilarity: DissimilarityForm,
  images: number,
  height: number,
  width: number,
): Record<string, Tensor> {
  const shapes = dissimilarity.references(images, height, width);
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, input(`reference.${name}`, shape)]),
  );
}

/**
 * Compiles the step of a sign attack.
 * @param activation the surrogate's nonlinearity
 */
export async function compileDirector(
  engine: Engine,
  network: BoundNetwork,
  method: Method,
  dissimilarity: DissimilarityForm,
  activation: Activation,
): Promise<Director> {
  const { x, target } = imageInputs(network, engine);
  const references = referenceInputs(
    dissimilarity,
    engine.images,
    network.network.height,
    network.network.width,
  );
  const subject = { network, activation, x, target };
  const total = (map: Tensor) => sum(dissimilarity.of(map, references));
  return method.samples === undefined
    ? onePass(engine, x, method.contribution(subject, undefined), total)
    : sampled(
        engine,
        x,
        method.samples,
        samplesAtOnce(engine, network.network, method.samples.direction),
        (sample, count) =>
          summedContribution({ ...method, samples: method.samples! }, subject, sample, count),
        total,
      );
}

async function onePass(
  engine: Engine,
  x: Tensor,
  raw: Tensor,
  dissimilarity: (map: Tensor) => Tensor,
): Promise<Director> {
  const map = saliencyMap(raw);
  const ascent = gradient(dissimilarity(map), [x])[0]!;
  const executable = await engine.compile(
    program({ next: signStep(x, ascent, stepInputs(x.shape)), map }),
  );
  return {
    async step(state) {
      const { next, map } = await executable.hold({
        ...scalars(state),
        ...prefixed(state.references),
        x: state.x,
        origin: state.origin,
        target: state.target,
      });
      return { next: next!, map: map! };
    },
    release: () => executable.release(),
  };
}

async function sampled(
  engine: Engine,
  x: Tensor,
  samples: Samples,
  size: number,
  contribution: (sample: Tensor, count: number) => Tensor,
  dissimilarity: (map: Tensor) => Tensor,
): Promise<Director> {
  const sample = input('sample', samples.shape(engine.images * size));
  const total = input('total', x.shape);
  const cotangent = input('cotangent', x.shape);
  const share = mul(contribution(sample, size), 1 / samples.direction);
  const map = saliencyMap(total);

  const accumulate = await engine.compile(program({ total: add(total, share) }));
  const judge = await engine.compile(
    program({ map, cotangent: gradient(dissimilarity(map), [total])[0]! }),
  );
  const pull = await engine.compile(
    program({ total: add(total, pullback([share], [cotangent], [x])[0]!) }),
  );
  const advance = await engine.compile(program({ next: signStep(x, total, stepInputs(x.shape)) }));
  return {
    async step(state) {
      const { x, target, origin } = state;
      const drawn = inGroups(samples.drawn(state.draws), size);
      const pixels = origin.length;
      const raw = await accumulated(accumulate, drawn, { x, target }, pixels);
      const judged = await judge.hold({ ...prefixed(state.references), total: raw });
      raw.release();
      const { cotangent, map } = judged as { cotangent: Held; map: Held };
      const ascent = await accumulated(pull, drawn, { x, target, cotangent }, pixels);
      cotangent.release();
      const { next } = await advance.hold({ ...scalars(state), x, origin, total: ascent });
      ascent.release();
      return { next: next!, map };
    },
    async release() {
      for (const executable of [accumulate, judge, pull, advance]) await executable.release();
    },
  };
}
