// The compiled evaluators of a config's methods: for the reported maps, and for the maps of surrogates, whose centers
// are the start of shifts with `center: truncated`.
import { isDeepStrictEqual } from 'node:util';
import type { Engine } from '../engine/engine.js';
import { compileEvaluator, type Evaluator } from '../explain/index.js';
import type { Activation } from '../model/index.js';
import { Slot } from './slot.js';
import type { Explaining } from './subject.js';
import { directionActivation, explainedActivation } from './surrogates.js';

/**
 * Whether an array is a saliency map: its sum is finite and above zero. A gradient that is zero everywhere is no map.
 */
export const isMap = (map: Float32Array): boolean => {
  const total = map.reduce((a, b) => a + b, 0);
  return Number.isFinite(total) && total > 0;
};

/** The evaluators of methods. Each is compiled when it is needed; the latest is kept. */
export class Evaluators {
  private readonly reporting = new Slot<Evaluator>();
  private readonly surrogates = new Slot<Evaluator>();
  private readonly sweeping = new Slot<Evaluator>();
  private readonly unsmoothed = new Slot<Evaluator>();

  constructor(
    private readonly explaining: Omit<Explaining, 'dataset'>,
    private readonly engine: Engine,
  ) {}

  /** The nonlinearity of a method's reported maps. */
  private explained(method: number): Activation {
    const { config, network } = this.explaining;
    return explainedActivation(
      config.explain[method]!,
      network.network.activation,
      config.semantics,
    );
  }

  /** The evaluator of a method's reported map. */
  reported(method: number): Promise<Evaluator> {
    const { network, methods } = this.explaining;
    return this.reporting.get(String(method), () =>
      compileEvaluator(this.engine, network, methods[method]!, this.explained(method)),
    );
  }

  /** The evaluator of the surrogate's map; of a method without a surrogate, the evaluator of the reported map. */
  surrogate(method: number): Promise<Evaluator> {
    const { config, network, methods } = this.explaining;
    const activation = directionActivation(
      config.explain[method]!,
      network.network.activation,
      config.semantics,
    );
    return isDeepStrictEqual(activation, this.explained(method))
      ? this.reported(method)
      : this.surrogates.get(String(method), () =>
          compileEvaluator(this.engine, network, methods[method]!, activation),
        );
  }

  /** The evaluator of a method's map on the network with softplus, whose β is given at each map. */
  sweep(method: number): Promise<Evaluator> {
    const { network, methods } = this.explaining;
    return this.sweeping.get(String(method), () =>
      compileEvaluator(this.engine, network, methods[method]!, { softplus: 'given' }),
    );
  }

  /** The evaluator of a method's map without smoothing, by softplus or by SmoothGrad. */
  plain(method: number): Promise<Evaluator> {
    const { config, network, methods } = this.explaining;
    const item = config.explain[method]!;
    const { averages } = methods[method]!;
    if (item.smooth === undefined && averages === undefined) return this.reported(method);
    const activation = explainedActivation({}, network.network.activation, config.semantics);
    return this.unsmoothed.get(String(method), () =>
      compileEvaluator(this.engine, network, averages ?? methods[method]!, activation),
    );
  }

  async clear(): Promise<void> {
    await this.unsmoothed.clear();
    await this.sweeping.clear();
    await this.reporting.clear();
    await this.surrogates.clear();
  }
}
