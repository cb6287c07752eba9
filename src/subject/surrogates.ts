// The nonlinearities of the networks of an experiment: of the reported maps, and of the surrogate, the copy of the
// network on which directions are computed.
import type { ExplainItem, Smoothing, Surrogate } from '../config/explanations.js';
import type { Semantics } from '../config/semantics.js';
import { type Activation, isSmooth } from '../model/index.js';

/** A network's own nonlinearity in explanations. With `reluAtZero: 1` the derivative of ReLU at 0 is 1. */
const explaining = (own: Activation, { reluAtZero }: Semantics): Activation =>
  reluAtZero === 1 && !isSmooth(own) ? 'open-relu' : own;

const softened = ({ beta, ...pools }: Smoothing): Activation => ({ softplus: beta, ...pools });

/** The nonlinearity of reported maps: softplus for a smoothed explanation, else the network's own. */
export const explainedActivation = (
  { smooth }: Pick<ExplainItem, 'smooth'>,
  own: Activation,
  semantics: Semantics,
): Activation => (smooth === undefined ? explaining(own, semantics) : softened(smooth));

/** The nonlinearity of a surrogate. */
export const surrogateActivation = (
  surrogate: Surrogate,
  own: Activation,
  semantics: Semantics,
): Activation => (surrogate === 'none' ? explaining(own, semantics) : softened(surrogate));

/** The nonlinearity of directions on an explanation: the surrogate's, or the softplus of a smoothed explanation. */
export const directionActivation = (
  item: Pick<ExplainItem, 'smooth' | 'surrogate'>,
  own: Activation,
  semantics: Semantics,
): Activation => surrogateActivation((item.smooth ?? item.surrogate) as Surrogate, own, semantics);
