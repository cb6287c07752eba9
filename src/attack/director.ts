// Compiles an attack's step: from an iterate to the next, along the gradient of a dissimilarity of the
// surrogate's saliency map. One pass methods are one program. Methods that average over samples are
// four small ones, run on a few samples at a time: the raw map, the map's cotangent, the cotangent pulled back
// to the image, and the step; memory does not grow with the number of samples.
import { type Engine, type Held, held, type Inputs, type Values } from '../engine/engine.js';
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
import {
  add,
  gradient,
  input,
  mul,
  program,
  pullback,
  simplify,
  sum,
  type Tensor,
} from '../graph/index.js';
import { type Activation, type BoundNetwork, lower } from '../model/index.js';
import type { DissimilarityForm } from './dissimilarity.js';
import { betaAt, type Growth } from './growth.js';
import { signSteps } from './sign-step.js';
import { type StepRule, stepInputs, WHOLE_RANGE } from './step-rule.js';

/** Where a step starts from and how far it may go; images [3,H,W]. */
export interface StepState {
  readonly x: Float32Array | Held;
  readonly origin: Float32Array;
  readonly target: Float32Array;
  /** Values of the dissimilarity's references. */
  readonly references: Values;
  /** In gray levels; undefined: no bound. */
  readonly epsilon: number | undefined;
  /** In the units of the rule that steps are taken by. */
  readonly step: number;
  /** For methods that draw their samples. */
  readonly draws: Draws;
  /** Which step it is, from 1, and what the one before has left; default the first. */
  readonly at?: { readonly iteration: number; readonly carried: Inputs };
}

/** What a step gives; all of it is to be released. */
export interface Stepped {
  /** The next iterate [3,H,W]. */
  readonly next: Held;
  /** The surrogate's map [H,W] at the current one, where the step is along a gradient. */
  readonly map?: Held;
  /** What the next step goes on from, by name. */
  readonly carried: Readonly<Record<string, Held>>;
}

/** What takes the steps of an attack. */
export interface Stepper {
  step(state: StepState): Promise<Stepped>;
}

/** A stepper along the gradient of a dissimilarity. */
export interface Director extends Stepper {
  step(state: StepState): Promise<Stepped & { readonly map: Held }>;
  release(): Promise<void>;
}

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

/** A rule as part of a program for images like x: its nodes, and the inputs they need. */
function stepping(rule: StepRule, x: Tensor) {
  const named = (names: readonly string[], shape: Tensor['shape']) =>
    Object.fromEntries(names.map((name) => [name, input(name, shape)]));
  const numbers = named(Object.keys(rule.numbers(1)), [x.shape[0]!, 1, 1, 1]);
  const carried = named(rule.carried, x.shape);
  return {
    outputs(slope: Tensor): Record<string, Tensor> {
      const after = rule.advance(x, slope, stepInputs(x.shape), numbers, carried);
      return { ...after.carried, next: after.next };
    },
    inputs({ x, origin, epsilon, step, at }: StepState): Inputs {
      const scalars = {
        epsilon: epsilon ?? WHOLE_RANGE,
        step,
        ...rule.numbers(at?.iteration ?? 1),
      };
      return {
        ...Object.fromEntries(
          Object.entries(scalars).map(([name, value]) => [name, Float32Array.of(value)]),
        ),
        ...Object.fromEntries(
          rule.carried.map((name) => [name, at?.carried[name] ?? new Float32Array(origin.length)]),
        ),
        x,
        origin,
      };
    },
    /** What a step has left for the next, among the outputs of a program. */
    carried: (outputs: Readonly<Record<string, Held>>) =>
      Object.fromEntries(rule.carried.map((name) => [name, outputs[name]!])),
  };
}

/** A softplus whose β is given at every step, for images N; or a nonlinearity as it is. */
function nonlinearityOf(surrogate: Activation | Growth, images: number) {
  if (typeof surrogate === 'string' || 'softplus' in surrogate)
    return { activation: surrogate, inputs: (): Inputs => ({}) };
  return {
    activation: { softplus: input('beta', [images, 1, 1, 1]) },
    inputs: ({ at }: StepState): Inputs => ({
      beta: Float32Array.of(betaAt(surrogate, at?.iteration ?? 1)),
    }),
  };
}

/**
 * Compiles the step of an attack.
 * @param surrogate the nonlinearity of the network that directions are taken on, or how it changes from step to step
 * @param rule how steps are taken (default along the sign of the slope)
 * @param output the nonlinearity of the network whose scores count, where D counts them (default the surrogate's)
 */
export async function compileDirector(
  engine: Engine,
  network: BoundNetwork,
  method: Method,
  dissimilarity: DissimilarityForm,
  surrogate: Activation | Growth,
  rule: StepRule = signSteps,
  output?: Activation,
): Promise<Director> {
  const { height, width } = network.network;
  const { x, target } = imageInputs(network, engine);
  const references = referenceInputs(dissimilarity, engine.batch, height, width);
  const { activation, inputs } = nonlinearityOf(surrogate, engine.batch);
  const subject = { network, activation, x, target };
  const { ofScores } = dissimilarity;
  const scores =
    ofScores === undefined ? undefined : lower(network, x, output ?? activation).scores;
  const total: Attack['total'] = (map, scores) => {
    const ofMap = sum(dissimilarity.of(map, references));
    return scores === undefined ? ofMap : add(ofMap, sum(ofScores!(scores, references)));
  };
  const { samples } = method;
  const attack = { engine, x, scores, total, inputs, rule };
  if (samples === undefined) return onePass(attack, method.contribution(subject, undefined));
  const size = samplesAtOnce(engine, network.network, samples.direction);
  return sampled(attack, samples, size, (sample) =>
    summedContribution({ ...method, samples }, subject, sample, size),
  );
}

interface Attack {
  readonly engine: Engine;
  readonly x: Tensor;
  /** The network's scores, where they count. */
  readonly scores: Tensor | undefined;
  /** D of all images together, from their maps and scores. */
  readonly total: (map: Tensor, scores: Tensor | undefined) => Tensor;
  /** What the surrogate is given at a step. */
  readonly inputs: (state: StepState) => Inputs;
  readonly rule: StepRule;
}

async function onePass(
  { engine, x, scores, total, inputs, rule }: Attack,
  contribution: Tensor,
): Promise<Director> {
  // what map and scores have in common is differentiated once
  const [raw, ...common] = simplify([contribution, ...(scores === undefined ? [] : [scores])]);
  const map = saliencyMap(raw!);
  const slope = gradient(total(map, common[0]), [x])[0]!;
  const steps = stepping(rule, x);
  const executable = await engine.compile(program({ ...steps.outputs(slope), map }));
  return {
    async step(state) {
      const outputs = await executable.hold({
        ...steps.inputs(state),
        ...inputs(state),
        ...prefixed(state.references),
        target: state.target,
      });
      return { next: outputs.next!, map: outputs.map!, carried: steps.carried(outputs) };
    },
    release: () => executable.release(),
  };
}

async function sampled(
  { engine, x, scores, total: dissimilarity, inputs, rule }: Attack,
  samples: Samples,
  size: number,
  contribution: (sample: Tensor) => Tensor,
): Promise<Director> {
  const sample = input('sample', samples.shape(engine.batch * size));
  const total = input('total', x.shape);
  const cotangent = input('cotangent', x.shape);
  const share = mul(contribution(sample), 1 / samples.direction);
  const map = saliencyMap(total);
  const [ofMap, ofImage] = gradient(dissimilarity(map, scores), [total, x]) as [Tensor, Tensor];
  const steps = stepping(rule, x);

  const accumulate = await engine.compile(program({ total: add(total, share) }));
  const judge = await engine.compile(
    program({ map, cotangent: ofMap, ...(scores === undefined ? {} : { slope: ofImage }) }),
  );
  const pull = await engine.compile(
    program({ total: add(total, pullback([share], [cotangent], [x])[0]!) }),
  );
  const advance = await engine.compile(program(steps.outputs(total)));
  return {
    async step(state) {
      const { x, target, origin } = state;
      const drawn = inGroups(samples.drawn(state.draws), size);
      const given = { ...inputs(state), x, target };
      const zeros = () => held(new Float32Array(origin.length));
      const raw = await accumulated(accumulate, drawn, given, zeros());
      const judged = await judge.hold({ ...given, ...prefixed(state.references), total: raw });
      raw.release();
      const {
        map,
        cotangent,
        slope = zeros(),
      } = judged as Record<'map' | 'cotangent', Held> & {
        slope?: Held;
      };
      const ascent = await accumulated(pull, drawn, { ...given, cotangent }, slope);
      cotangent.release();
      const outputs = await advance.hold({ ...steps.inputs(state), total: ascent });
      ascent.release();
      return { next: outputs.next!, map, carried: steps.carried(outputs) };
    },
    async release() {
      for (const executable of [accumulate, judge, pull, advance]) await executable.release();
    },
  };
}
