// The loop of the iterative attacks: step, look at the iterate through the ReLU network, and remember the
// best iterate of each selection rule. The iteration goes on after the label is lost, since a later
// iterate may have it again.
import { type Engine, type Held, held, type Values } from '../engine/engine.js';
import type { Draws, Evaluation, Evaluator } from '../explain/index.js';
import { add, input, program } from '../graph/index.js';
import { centerShift, type Point, truncatedShift } from '../metric/center.js';
import { argmax } from '../metric/output.js';
import { spearman } from '../metric/spearman.js';
import { topKIntersectionWith, topKSet } from '../metric/topk.js';
import type { BoundNetwork } from '../model/index.js';
import {
  prefixed,
  referenceInputs,
  type Stepped,
  type Stepper,
  type StepState,
} from './director.js';
import type { Dissimilarity, DissimilarityForm } from './dissimilarity.js';

/** How the sign attacks choose the kept iterate among those whose prediction is unchanged. */
export type Selection = 'dissimilarity' | 'intersection' | 'correlation' | 'center';

/** How match-target does: `best` by the smallest loss, as `dissimilarity` does; `last` is the last iterate or none. */
export type Keep = 'last' | 'best';

/** Which of iterates that are equally good is kept. */
export type Ties = 'first' | 'last';

/** An image under attack: its pixels [3,H,W], the class its map explains, and what the ReLU network makes of it. */
export interface Clean {
  readonly x: Float32Array;
  /** The class that the network predicts, which iterates must keep. */
  readonly label: number;
  /** One in the place of the class that is explained. */
  readonly target: Float32Array;
  readonly evaluation: Evaluation;
  /** The point of whole pixels that shifts of truncated centers are measured from; by default they are of the centers themselves. */
  readonly center?: Point | undefined;
  /** What its reported maps are drawn with. */
  readonly draws: Draws;
  /** The map [H,W] it is to be given, by an attack that matches one. */
  readonly goal?: Float32Array | undefined;
}

/** An iterate that was kept. */
export interface Kept {
  /** 1 for the first iterate. */
  readonly iteration: number;
  readonly x: Float32Array;
  readonly evaluation: Evaluation;
}

/** One evaluated iterate, for those who watch. */
export interface Observed {
  readonly iteration: number;
  /** D, where the attack has one. */
  readonly dissimilarity: number | undefined;
  readonly labelKept: boolean;
  readonly evaluation: Evaluation;
}

/** D of what the ReLU network makes of an iterate, given the values of the dissimilarity's references. */
export interface Judge {
  (references: Values, evaluation: Evaluation): Promise<number>;
  release(): Promise<void>;
}

/** The references of an image that D is reported by. */
export const referencesOf = (
  dissimilarity: Dissimilarity,
  { evaluation: { map, scores }, center, goal }: Pick<Clean, 'evaluation' | 'center' | 'goal'>,
  { height, width }: { readonly height: number; readonly width: number },
): Values => dissimilarity.clean(map, height, width, { center, scores, goal });

/** Compiles a dissimilarity by itself, so that selection and direction share one definition. */
export async function compileJudge(
  engine: Engine,
  { network }: BoundNetwork,
  dissimilarity: DissimilarityForm,
): Promise<Judge> {
  const { height, width, classes } = network;
  const { batch } = engine;
  const references = referenceInputs(dissimilarity, batch, height, width);
  const ofMap = dissimilarity.of(input('map', [batch, 1, height, width]), references);
  const ofScores = dissimilarity.ofScores?.(input('scores', [batch, classes]), references);
  const value = ofScores === undefined ? ofMap : add(ofMap, ofScores);
  const executable = await engine.compile(program({ value }));
  const judge = async (references: Values, { map, scores }: Evaluation) =>
    (await executable.run({ ...prefixed(references), map, scores })).value![0]!;
  return Object.assign(judge, { release: () => executable.release() });
}

export interface Trajectory {
  readonly clean: Clean;
  readonly height: number;
  readonly width: number;
  /**
   * What the attack maximizes, the image's own, and its value; none for a walk, whose iterates have no D. Director and
   * judge know its form alone.
   */
  readonly dissimilarity?: Dissimilarity;
  readonly judge?: Judge;
  readonly director: Stepper;
  readonly evaluator: Evaluator;
  /** ε in gray levels; undefined: no bound. */
  readonly epsilon: number | undefined;
  /** The size of a step in units of its rule, and the number of steps P. */
  readonly step: number;
  readonly iterations: number;
  /** The iterate is evaluated at every n-th step and at the last. */
  readonly every: number;
  readonly selections: readonly (Selection | Keep)[];
  /** Default the first. */
  readonly ties?: Ties;
  /** Pixels of the intersection that `intersection` selects by. */
  readonly k: number;
  /** What its directions are drawn with. */
  readonly draws: Draws;
  /** The map [H,W] that a step, from 1, aims at, where it is not the clean image's goal. */
  readonly goalAt?: ((iteration: number) => Promise<Float32Array>) | undefined;
  /** Called after every step. */
  readonly onStep?: (iteration: number) => void;
  readonly onObserved?: (observed: Observed) => void;
}

/** What a selection rule makes of an evaluated iterate: larger is better, undefined is never kept. */
type Score = (
  map: Float32Array,
  dissimilarity: number | undefined,
  iteration: number,
) => number | undefined;

/** How far the center of a map is from the clean image's, in pixels. */
export const shiftFrom = (
  { center, evaluation }: Pick<Clean, 'center' | 'evaluation'>,
  map: Float32Array,
  height: number,
  width: number,
): number =>
  center === undefined
    ? centerShift(evaluation.map, map, height, width)
    : truncatedShift(center, map, height, width);

function scores({
  clean,
  height,
  width,
  k,
  iterations,
}: Trajectory): Record<Selection | Keep, Score> {
  const reference = clean.evaluation.map;
  const top = topKSet(reference, k);
  const negated = (value: number | undefined) => (value === undefined ? undefined : -value);
  return {
    dissimilarity: (_, d) => d,
    intersection: (map) => -topKIntersectionWith(top, map),
    correlation: (map) => negated(spearman(reference, map)),
    center: (map) => shiftFrom(clean, map, height, width),
    best: (_, d) => d,
    last: (_, __, iteration) => (iteration === iterations ? 0 : undefined),
  };
}

/** The surrogate's map at the image a step would start from. */
async function mapOf(director: Stepper, state: StepState): Promise<Float32Array> {
  const stepped = await director.step(state);
  const numbers = await stepped.map!.read();
  releaseStep(stepped);
  return numbers;
}

/** Releases all that a step has given. */
export function releaseStep({ next, map, carried }: Stepped): void {
  for (const one of [next, map, ...Object.values(carried)]) one?.release();
}

/**
 * Runs an attack on one image at one ε (Ghorbani et al. 2019, algorithm 1).
 * @returns the kept iterate of each selection rule; none where no evaluated iterate kept the label
 */
export async function runTrajectory(t: Trajectory): Promise<ReadonlyMap<Selection | Keep, Kept>> {
  const { clean, dissimilarity, director, height, width } = t;
  const common = {
    origin: clean.x,
    target: clean.target,
    epsilon: t.epsilon,
    step: t.step,
    draws: t.draws,
  };
  const reported = dissimilarity === undefined ? {} : referencesOf(dissimilarity, clean, t);
  // the surrogate's map of the clean image comes with a step that is not taken
  const surrogateMap =
    dissimilarity?.surrogate &&
    (await mapOf(director, { ...common, x: clean.x, references: reported }));

  const score = scores(t);
  const best = new Map<Selection | Keep, { score: number; kept: Kept }>();
  let x: Held = held(clean.x);
  let carried: Readonly<Record<string, Held>> = {};
  const referencesAt = async (iteration: number): Promise<Values> => {
    if (surrogateMap) return dissimilarity!.surrogate!(surrogateMap, height, width, iteration - 1);
    if (t.goalAt === undefined) return reported;
    return referencesOf(dissimilarity!, { ...clean, goal: await t.goalAt(iteration) }, t);
  };
  for (let iteration = 1; iteration <= t.iterations; iteration++) {
    const references = await referencesAt(iteration);
    const before = [x, ...Object.values(carried)];
    const at = { iteration, carried };
    const stepped = await director.step({ ...common, x, references, at });
    for (const one of before) one.release();
    stepped.map?.release();
    x = stepped.next;
    carried = stepped.carried;
    t.onStep?.(iteration);
    if (iteration % t.every !== 0 && iteration !== t.iterations) continue;

    const evaluation = await t.evaluator.evaluate(x, clean.target, clean.draws);
    const labelKept = argmax(evaluation.scores) === clean.label;
    const d = await t.judge?.(reported, evaluation);
    t.onObserved?.({ iteration, dissimilarity: d, labelKept, evaluation });
    if (!labelKept) continue;
    for (const selection of t.selections) {
      const value = score[selection](evaluation.map, d, iteration);
      const before = best.get(selection)?.score ?? -Infinity;
      const better = value !== undefined && (t.ties === 'last' ? value >= before : value > before);
      if (better)
        best.set(selection, { score: value, kept: { iteration, x: await x.read(), evaluation } });
    }
  }
  for (const one of [x, ...Object.values(carried)]) one.release();
  return new Map([...best].map(([selection, { kept }]) => [selection, kept]));
}
