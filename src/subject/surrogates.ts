// The nonlinearities of the networks that an experiment works on: that of the reported maps, and that of the surrogate,
// the copy of the network on which attacks take their directions.
import type { ExplainItem, Surrogate } from '../config/explanations.js';
import type { Semantics } from '../config/semantics.js';
import { type Activation, isSmooth } from '../model/index.js';

/** A network's own nonlinearity in explanations, whose ReLU may have derivative 1 at 0. */
const explaining = (own: Activation, { reluAtZero }: Semantics): Activation =>
  reluAtZero === 1 && !isSmooth(own) ? 'open-relu' : own;

/**
 * The nonlinearity of the network that reported maps are of: softplus for a smoothed explanation, else the network's
 * own.
 */
export const explainedActivation = (
  { smooth }: Pick<ExplainItem, 'smooth'>,
  own: Activation,
  semantics: Semantics,
): Activation => (smooth === undefined ? explaining(own, semantics) : { softplus: smooth.beta });

/** The nonlinearity of a surrogate. */
export const surrogateActivation = (
  surrogate: Surrogate,
  own: Activation,
  semantics: Semantics,
): Activation => (surrogate === 'none' ? explaining(own, semantics) : { softplus: surrogate.beta });

/** The nonlinearity that directions on an explanation are taken with: of a smoothed one its own. */
export const directionActivation = (
  item: Pick<ExplainItem, 'smooth' | 'surrogate'>,
  own: Activation,
  semantics: Semantics,
): Activation => surrogateActivation((item.smooth ?? item.surrogate) as Surrogate, own, semantics);
