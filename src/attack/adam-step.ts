// One step of Adam (Kingma & Ba 2015) on an image, as Dombrowski et al. 2019 optimize theirs: in units of
// (x/255 − μ)/σ, the colors of ImageNet, whatever the network's own preprocessing is.
import { add, constant, div, mul, sqrt } from '../graph/index.js';
import { imagenetColors } from '../model/index.js';
import { finite, project, type StepRule } from './step-rule.js';

const DECAY_FIRST = 0.9;
const DECAY_SECOND = 0.999;
const STABILISER = 1e-8;

/** Gray levels of one unit, by channel. */
const units = imagenetColors.std.map((s) => s * imagenetColors.scale);

/**
 * u ← u + r·m̂/(√v̂ + 1e-8) with the running means m and v of ∂D/∂u and its square, without their bias towards
 * the zeros they begin with. The step size r is in units of u, so a step is about 255·σ·r gray levels. Where
 * an image is brought back to its bounds the means know nothing of it.
 */
export const adamSteps: StepRule = {
  carried: ['first', 'second'],
  numbers: (iteration) => ({
    'first unbiased': 1 / (1 - DECAY_FIRST ** iteration),
    'second unbiased': 1 / (1 - DECAY_SECOND ** iteration),
  }),
  advance(x, slope, inputs, numbers, carried) {
    const unit = constant(Float32Array.from(units), [1, 3, 1, 1], 'unit');
    const ascent = mul(finite(slope), unit);
    const first = add(mul(carried.first!, DECAY_FIRST), mul(ascent, 1 - DECAY_FIRST));
    const second = add(
      mul(carried.second!, DECAY_SECOND),
      mul(mul(ascent, ascent), 1 - DECAY_SECOND),
    );
    const size = add(sqrt(mul(second, numbers['second unbiased']!)), STABILISER);
    const change = div(mul(first, numbers['first unbiased']!), size);
    const next = project(add(x, mul(change, mul(unit, inputs.step))), inputs);
    return { next, carried: { first, second } };
  },
};
