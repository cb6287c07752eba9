// Guided backpropagation (Springenberg et al. 2014): the gradient with, at every nonlinearity on the way back,
// only what is positive let through.
import {
  add,
  detach,
  div,
  gate,
  mean,
  mul,
  relu,
  sign,
  softplus,
  sqrt,
  type Tensor,
} from '../graph/index.js';
import { isRectifier, isSmooth, type Nonlinearity, trace } from '../model/index.js';
import type { Method } from './method.js';
import {
  chainRule,
  propagate,
  type Rule,
  type Step,
  throughDerivative,
  throughOpen,
  winnerBeforeActivation,
} from './propagate.js';

/** The root mean square of each image's values, [N,1,1,1]; never zero. */
const sizeOf = (r: Tensor): Tensor => add(sqrt(mean(mul(r, r), [1, 2, 3])), 1e-30);

/** How sharply a smooth network's relevance is rectified: softplus_γ in units of its root mean square, or softplus_β as it is. */
type Rectifier = { readonly relevanceBeta: number } | 'plain';

/**
 * R ← relu(R)·1[a>0]; no rectification where classes are kept apart, only the gate.
 *
 * With softplus R ← softplus_γ(R)·σ(βa). Softplus is not homogeneous, so R is measured in its own root
 * mean square over image and layer, a constant in derivatives. Plainly it is R ← softplus_β(R)·σ(βa), β being
 * the network's own.
 */
function guide(activation: Nonlinearity, rectifier: Rectifier): Rule {
  const positivePart = ({ relevance, trace }: Step): Tensor => {
    if (!isSmooth(activation)) return relu(relevance);
    const unit =
      rectifier === 'plain'
        ? div(1, trace.scale)
        : mul(detach(sizeOf(relevance)), 1 / rectifier.relevanceBeta);
    return mul(softplus(div(relevance, unit)), unit);
  };
  return (step) => {
    const { layer, inputs, relevance, ofClasses } = step;
    const u = inputs[0]!;
    if (layer.kind === 'activation' && layer.function !== undefined) {
      // what is no rectifier gets no guidance
      const guided = ofClasses || !isRectifier(layer.function) ? relevance : positivePart(step);
      return throughDerivative(step, guided, inputs);
    }
    if (!isSmooth(activation))
      return [throughOpen(step, ofClasses ? relevance : relu(relevance), activation)];
    if (ofClasses) return [gate(relevance, u)];
    return [gate(positivePart(step), u)];
  };
}

/**
 * Guided backpropagation from R = S_l·e_l, of which only the sign of S_l matters to the map unless relevance is
 * taken as it is.
 * @param relevanceBeta β of the softplus that rectifies relevance of unit root mean square, on smooth networks (default 10)
 * @param plain on smooth networks rectifies relevance as it is, by softplus_β with the network's own β (Dombrowski et al. 2019, appendix A); default false
 */
export const guidedBackprop = ({
  relevanceBeta = 10,
  plain = false,
}: {
  relevanceBeta?: number | undefined;
  plain?: boolean | undefined;
} = {}): Method => ({
  name: 'guided-backprop',
  contribution({ network, activation, x, target }) {
    const forward = trace(network, x, activation, target);
    const score = forward.values.get(forward.layers.at(-1)!.name)!;
    const rules = {
      ...chainRule,
      activation: guide(activation, plain ? 'plain' : { relevanceBeta }),
      maxPool: winnerBeforeActivation,
    };
    const start = mul(forward.explained, plain ? div(score, forward.scale) : sign(score));
    return propagate('guided-backprop', rules, forward, network.network.classLayer, start);
  },
});
