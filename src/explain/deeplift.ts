// DeepLIFT with the Rescale rule (Shrikumar et al. 2017): differences from a reference image, carried back
// through multipliers. A nonlinearity's multiplier is the slope of its secant between the reference's
// value and the image's; everything else is linear or a max-pool, whose current winner takes all.
import {
  abs,
  add,
  broadcast,
  div,
  greater,
  mul,
  neg,
  relu,
  sigmoid,
  sub,
  type Tensor,
  where,
} from '../graph/index.js';
import {
  isSmooth,
  type Nonlinearity,
  type Trace,
  trace,
  unscaled,
  zeroOf,
} from '../model/index.js';
import type { Method } from './method.js';
import {
  between,
  chainRule,
  propagate,
  type Rule,
  type Step,
  throughDerivative,
  winnerOf,
} from './propagate.js';

/** Secants shorter than this, in units of softplus' argument, are taken for tangents: float32 has no slope there. */
const SHORT = 0.05;
/** The same for ReLU. */
const SHORT_RELU = 1e-6;
/** The same for other functions. */
const SHORT_FUNCTION = 1e-3;
/** What a plain quotient adds to its denominator. */
const STABILISER = 1e-20;

/**
 * The slope of the ReLU's secant between a₀ and a, without a difference of nearly equal numbers: with
 * q = relu(±a), the part of a on the other side of zero than a₀, it is |a₀|/(|a₀|+q) where a₀ > 0 and
 * q/(|a₀|+q) elsewhere. Where |a₀|+q vanishes a and a₀ are either on one side or close: the gradient at a.
 */
function secantOfRelu(a: Tensor, a0: Tensor): Tensor {
  const open = greater(a0, 0);
  const size = abs(a0);
  const across = relu(where(open, neg(a), a));
  const whole = add(size, across);
  const long = greater(whole, SHORT_RELU);
  const slope = div(where(open, size, across), where(long, whole, 1));
  return where(long, slope, where(greater(a, 0), 1, 0));
}

/** The slope of softplus' secant between u₀ and u; for short ones the derivative in their middle. */
function secantOfSoftplus(u: Tensor, u0: Tensor, y: Tensor, y0: Tensor): Tensor {
  const difference = sub(u, u0);
  const long = greater(abs(difference), SHORT);
  const slope = div(sub(y, y0), where(long, difference, 1));
  return where(long, slope, sigmoid(mul(add(u, u0), 0.5)));
}

/** Relevance times the slope of a function's secant between u₀ and u; for short ones its derivative in their middle. */
function secantOfFunction(step: Step, u0: Tensor, y0: Tensor): Tensor[] {
  const { inputs, output, relevance } = step;
  const u = inputs[0]!;
  const difference = sub(u, u0);
  const long = greater(abs(difference), SHORT_FUNCTION);
  const secant = mul(relevance, div(sub(output, y0), where(long, difference, 1)));
  const [tangent] = throughDerivative(step, relevance, [between(u, u0)]);
  return [where(long, secant, tangent!)];
}

/** A product of two computed values: half of its difference each way, which sums exactly. */
const halves =
  (reference: Trace): Rule =>
  (step) =>
    throughDerivative(
      step,
      step.relevance,
      step.inputs.map((x, i) => between(x, reference.values.get(step.layer.from[i]!)!)),
    );

const rescale =
  (activation: Nonlinearity, quotient: boolean, reference: Trace): Rule =>
  (step) => {
    const { layer, inputs, output, relevance, trace } = step;
    const u = inputs[0]!;
    const u0 = reference.values.get(layer.from[0]!)!;
    const y0 = reference.values.get(layer.name)!;
    if (!quotient && layer.kind === 'activation' && layer.function !== undefined)
      return secantOfFunction(step, u0, y0);
    if (quotient) {
      const slope = div(sub(output, y0), add(sub(u, u0), mul(trace.scale, STABILISER)));
      return [mul(relevance, slope)];
    }
    const slope = isSmooth(activation) ? secantOfSoftplus(u, u0, output, y0) : secantOfRelu(u, u0);
    return [mul(relevance, slope)];
  };

/**
 * Multiplier ⊙ (x − x₀), with x₀ the image that preprocessing maps to zero. Contributions add up to
 * S_l(x) − S_l(x₀), but for what max-pools give to a winner that was not the reference's.
 * @param quotient takes for a nonlinearity's multiplier Δy/(Δa + 1e-20) however small Δa is, and so 0 where it is 0, in place of the gradient there (default false)
 * @param multiplier gives the multipliers themselves, without the factor x − x₀ (default false)
 */
export const deeplift = ({
  quotient = false,
  multiplier = false,
}: {
  quotient?: boolean | undefined;
  multiplier?: boolean | undefined;
} = {}): Method => ({
  name: 'deeplift',
  contribution({ network, activation, x, target }) {
    const zero = zeroOf(network);
    const forward = trace(network, x, activation, target);
    const image = broadcast(zero, [1, ...x.shape.slice(1)]);
    const reference = trace(network, image, activation, target);
    const rules = {
      ...chainRule,
      activation: rescale(activation, quotient, reference),
      multiply: halves(reference),
      maxPool: winnerOf(activation),
    };
    const multipliers = propagate('deeplift', rules, forward, network.network.classLayer);
    const ofScore = unscaled(multipliers, forward.scale);
    return multiplier ? ofScore : mul(ofScore, sub(x, zero));
  },
});
