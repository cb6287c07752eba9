// Influence functions (Koh & Liang 2017) of a head on frozen features, as Ghorbani et al. 2019 attack them: how much
// each training example matters for a test example, in closed form, and how that changes with the features.
import { type LinearSystem, linearSystem, outerSum } from './linear-system.js';
import { type Examples, type Loss, type LossName, losses, sigmoid, withOne } from './logistic.js';
import { dot } from './vectors.js';

export interface InfluenceOptions {
  readonly loss: LossName;
  /** λ of H + λI, H the mean Hessian of the loss. */
  readonly damping: number;
  /**
   * `helpfulness` is J(z_i, z_t) = ∇L(z_t)ᵀ(H+λI)⁻¹∇L(z_i): how much the loss of the test example would rise
   * without the training example; `paper` is the formula of Ghorbani et al. to the letter, −J, whose largest values are
   * those of harmful examples.
   */
  readonly sign: 'helpfulness' | 'paper';
  /** `unit` divides the influences of all training examples by their length. */
  readonly normalise: 'none' | 'unit';
}

/** How far each of the steps of `sequential` goes in every feature. */
const FEATURE_STEP = 0.01;

export class Influence {
  /** By what H + λI was solved, and of which rank it is. */
  readonly system: LinearSystem;
  private readonly loss: Loss;
  private readonly slopes: readonly number[];
  private readonly sign: 1 | -1;

  /** @param theta weights of the head, its bias behind them */
  constructor(
    readonly theta: Float64Array,
    private readonly examples: Examples,
    private readonly options: InfluenceOptions,
  ) {
    const { rows, labels } = examples;
    this.loss = losses[options.loss];
    this.sign = options.sign === 'paper' ? -1 : 1;
    const logits = rows.map((row) => dot(row, theta));
    this.slopes = logits.map((z, i) => this.loss.slope(z, labels[i]!));
    const curvatures = logits.map((z, i) => this.loss.curvature(z, labels[i]!) / rows.length);
    this.system = linearSystem(
      outerSum(rows, curvatures, new Float64Array(theta.length).fill(options.damping)),
    );
  }

  /** The score of class 1 less that of class 0 for features [d]. */
  logit(features: ArrayLike<number>): number {
    return dot(this.theta, withOne(features));
  }

  /** The probability of class 1. */
  probability(features: ArrayLike<number>): number {
    return sigmoid(this.logit(features));
  }

  /** The class, 0 or 1; at equal probabilities 0. */
  predict(features: ArrayLike<number>): number {
    return this.logit(features) > 0 ? 1 : 0;
  }

  /** Influences of all training examples on features [d] with a label. */
  of(features: ArrayLike<number>, label: number): Float64Array {
    const row = withOne(features);
    const test = this.sign * this.loss.slope(dot(row, this.theta), label);
    const solved = this.system.solve(row);
    const influences = Float64Array.from(
      this.examples.rows,
      (each, i) => test * this.slopes[i]! * dot(each, solved),
    );
    if (this.options.normalise === 'none') return influences;
    const length = Math.sqrt(dot(influences, influences));
    return influences.map((v) => v / length);
  }

  /** ∂/∂f of the sum of some training examples' influences, before any normalizing, [d]. */
  gradient(features: ArrayLike<number>, label: number, some: Iterable<number>): Float64Array {
    const total = new Float64Array(this.theta.length);
    for (const i of some) {
      const by = this.sign * this.slopes[i]!;
      for (const [j, v] of this.examples.rows[i]!.entries()) total[j]! += by * v;
    }
    const solved = this.system.solve(total);
    const row = withOne(features);
    const z = dot(row, this.theta);
    const [slope, turn] = [
      this.loss.slope(z, label),
      this.loss.curvature(z, label) * dot(row, solved),
    ];
    return Float64Array.from(features, (_, j) => slope * solved[j]! + turn * this.theta[j]!);
  }

  /**
   * A change of the features [d] that lowers the influence of some training examples as the authors' program does:
   * for one after the other a step of 0.01 against the sign of its gradient, taken where the step before has led.
   */
  sequential(features: ArrayLike<number>, label: number, some: Iterable<number>): Float64Array {
    const moved = Float64Array.from(features);
    for (const i of some) {
      const gradient = this.gradient(moved, label, [i]);
      for (const [j, v] of gradient.entries()) moved[j]! -= FEATURE_STEP * Math.sign(v);
    }
    return moved.map((v, j) => v - features[j]!);
  }
}
