// Guided backpropagation (Springenberg et al. 2014): the gradient with, at every nonlinearity on the way back,
// only what is positive let through.
import {
  add,
  detach,
  div,
  gate,
  greater,
  mean,
  mul,
  relu,
  sign,
  softplus,
  sqrt,
  type Tensor,
  where,
} from '../graph/index.js';
import { trace } from '../model/index.js';
import type { Method } from './method.js';
import { chainRule, propagate, type Rule, winnerBeforeActivation } from './propagate.js';

/** The root mean square of each image's values, [N,1,1,1]; never zero. */
const sizeOf = (r: Tensor): Tensor => add(sqrt(mean(mul(r, r), [1, 2, 3])), 1e-30);

/**
 * R ← relu(R)·1[a>0]; no rectification where classes are kept apart, only the gate.
 *
 * With softplus R ← softplus_γ(R)·σ(βa). Softplus is not homogeneous, so R is measured in its own root
 * mean square over image and layer, a constant in derivatives.
 */
const guide =
  (smooth: boolean, relevanceBeta: number): Rule =>
  ({ inputs, output, relevance, ofClasses }) => {
    const u = inputs[0]!;
    if (!smooth) {
      const positive = ofClasses ? relevance : relu(relevance);
      return [where(greater(output, 0), positive, 0)];
    }
    if (ofClasses) return [gate(relevance, u)];
    const unit = mul(detach(sizeOf(relevance)), 1 / relevanceBeta);
    return [gate(mul(softplus(div(relevance, unit)), unit), u)];
  };

/**
 * Guided backpropagation from R = S_l·e_l, of which only the sign of S_l matters to the map.
 * @param relevanceBeta β of the softplus that rectifies relevance of unit root mean square, on smooth networks (default 10)
 */
export const guidedBackprop = ({
  relevanceBeta = 10,
}: {
  relevanceBeta?: number | undefined;
} = {}): Method => ({
  name: 'guided-backprop',
  contribution({ network, activation, x, target }) {
    const forward = trace(network, x, activation, target);
    const score = forward.values.get(forward.layers.at(-1)!.name)!;
    const rules = {
      ...chainRule,
      activation: guide(activation !== 'relu', relevanceBeta),
      maxPool: winnerBeforeActivation,
    };
    const start = mul(forward.explained, sign(score));
    return propagate('guided-backprop', rules, forward, network.network.classLayer, start);
  },
});
