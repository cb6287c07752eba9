// The loop of the sign attacks: step, look at the iterate through the ReLU network, and remember the
// best iterate of each selection rule. The iteration goes on after the label is lost, since a later
// iterate may have it again.
import { type Engine, type Held, held, type Values } from '../engine/engine.js';
import type { Draws, Evaluation, Evaluator } from '../explain/index.js';
import { input, program } from '../graph/index.js';
import { centerShift, type Point, truncatedShift } from '../metric/center.js';
import { argmax } from '../metric/output.js';
import { spearman } from '../metric/spearman.js';
import { topKIntersectionWith, topKSet } from '../metric/topk.js';
import type { BoundNetwork } from '../model/index.js';
import { prefixed, referenceInputs, type Stepper, type StepState } from './director.js';
import type { Dissimilarity, DissimilarityForm } from './dissimilarity.js';

/** How the kept iterate is chosen among those whose prediction is unchanged. */
export type Selection = 'dissimilarity' | 'intersection' | 'correlation' | 'center';

/** Which of iterates that are equally good is kept. */
export type Ties = 'first' | 'last';

/** An image under attack: its pixels [3,H,W], the class its map explains, and what the ReLU network makes of it. */
export interface Clean {
  readonly x: Float32Array;
  readonly label: number;
  readonly target: Float32Array;
  readonly evaluation: Evaluation;
  /** The point of whole pixels that shifts of truncated centers are measured from; by default they are of the centers themselves. */
  readonly center?: Point | undefined;
  /** What its reported maps are drawn with. */
  readonly draws: Draws;
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

/** D of a ReLU map, given the values of the dissimilarity's references. */
export interface Judge {
  (references: Values, map: Float32Array): Promise<number>;
  release(): Promise<void>;
}

/** Compiles a dissimilarity by itself, so that selection and direction share one definition. */
export async function compileJudge(
  engine: Engine,
  { network }: BoundNetwork,
  dissimilarity: DissimilarityForm,
): Promise<Judge> {
  const { height, width } = network;
  const { images } = engine;
  const references = referenceInputs(dissimilarity, images, height, width);
  const value = dissimilarity.of(input('map', [images, 1, height, width]), references);
  const executable = await engine.compile(program({ value }));
  const judge = async (values: Values, map: Float32Array) =>
    (await executable.run({ ...prefixed(values), map })).value![0]!;
  return Object.assign(judge, { release: () => executable.release() });
}

export interface Trajectory {
  readonly clean: Clean;
  readonly height: number;
  readonly width: number;
  /**
   * What the attack maximises, the image's own, and its value; none for a walk, whose iterates have no D. Director and
   * judge know its form alone.
   */
  readonly dissimilarity?: Dissimilarity;
  readonly judge?: Judge;
  readonly director: Stepper;
  readonly evaluator: Evaluator;
  /** ε and step size α in grey levels, number of steps P. */
  readonly epsilon: number;
  readonly step: number;
  readonly iterations: number;
  /** The iterate is evaluated at every n-th step and at the last. */
  readonly every: number;
  readonly selections: readonly Selection[];
  /** Default the first. */
  readonly ties?: Ties;
  /** Pixels of the intersection that `intersection` selects by. */
  readonly k: number;
  /** What its directions are drawn with. */
  readonly draws: Draws;
  /** Called after every step. */
  readonly onStep?: (iteration: number) => void;
  readonly onObserved?: (observed: Observed) => void;
}

/** What a selection rule makes of an evaluated iterate: larger is better, undefined is never kept. */
type Score = (map: Float32Array, dissimilarity: number | undefined) => number | undefined;

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

function scores({ clean, height, width, k }: Trajectory): Record<Selection, Score> {
  const reference = clean.evaluation.map;
  const top = topKSet(reference, k);
  const negated = (value: number | undefined) => (value === undefined ? undefined : -value);
  return {
    dissimilarity: (_, d) => d,
    intersection: (map) => -topKIntersectionWith(top, map),
    correlation: (map) => negated(spearman(reference, map)),
    center: (map) => shiftFrom(clean, map, height, width),
  };
}

/** The surrogate's map at the image a step would start from. */
async function mapOf(director: Stepper, state: StepState): Promise<Float32Array> {
  const { next, map } = await director.step(state);
  const numbers = await map!.read();
  next.release();
  map!.release();
  return numbers;
}

/**
 * Runs an attack on one image at one ε (Ghorbani et al. 2019, algorithm 1).
 * @returns the kept iterate of each selection rule; none where no evaluated iterate kept the label
 */
export async function runTrajectory(t: Trajectory): Promise<ReadonlyMap<Selection, Kept>> {
  const { clean, dissimilarity, director, height, width } = t;
  const common = {
    origin: clean.x,
    target: clean.target,
    epsilon: t.epsilon,
    step: t.step,
    draws: t.draws,
  };
  const reported = dissimilarity?.clean(clean.evaluation.map, height, width, clean) ?? {};
  // the surrogate's map of the clean image comes with a step that is not taken
  const surrogateMap =
    dissimilarity?.surrogate &&
    (await mapOf(director, { ...common, x: clean.x, references: reported }));

  const score = scores(t);
  const best = new Map<Selection, { score: number; kept: Kept }>();
  let x: Held = held(clean.x);
  for (let iteration = 1; iteration <= t.iterations; iteration++) {
    const references = surrogateMap
      ? dissimilarity!.surrogate!(surrogateMap, height, width, iteration - 1)
      : reported;
    const before = x;
    const { next, map } = await director.step({ ...common, x, references });
    before.release();
    map?.release();
    x = next;
    t.onStep?.(iteration);
    if (iteration % t.every !== 0 && iteration !== t.iterations) continue;

    const evaluation = await t.evaluator.evaluate(x, clean.target, clean.draws);
    const labelKept = argmax(evaluation.scores) === clean.label;
    const d = await t.judge?.(reported, evaluation.map);
    t.onObserved?.({ iteration, dissimilarity: d, labelKept, evaluation });
    if (!labelKept) continue;
    for (const selection of t.selections) {
      const value = score[selection](evaluation.map, d);
      const before = best.get(selection)?.score ?? -Infinity;
      const better = value !== undefined && (t.ties === 'last' ? value >= before : value > before);
      if (better)
        best.set(selection, { score: value, kept: { iteration, x: await x.read(), evaluation } });
    }
  }
  x.release();
  return new Map([...best].map(([selection, { kept }]) => [selection, kept]));
}
