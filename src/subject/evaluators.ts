// What gives the maps of a config's methods: the reported ones, and the surrogates' that shifts are measured from.
import { isDeepStrictEqual } from 'node:util';
import type { Engine } from '../engine/engine.js';
import { compileEvaluator, type Evaluator, type Method } from '../explain/index.js';
import type { Activation, BoundNetwork } from '../model/index.js';
import type { ResolvedConfig } from '../tasks/attack/config.js';
import { explainedOf, surrogateOf } from './methods.js';
import { Slot } from './slot.js';

/** The evaluators of methods, each compiled when it is asked for; the latest is kept. */
export class Evaluators {
  private readonly reporting = new Slot<Evaluator>();
  private readonly surrogates = new Slot<Evaluator>();

  constructor(
    private readonly config: ResolvedConfig,
    private readonly network: BoundNetwork,
    private readonly engine: Engine,
    private readonly methods: readonly Method[],
  ) {}

  /** The nonlinearity of a method's reported maps. */
  private explained(method: number): Activation {
    const { config, network } = this;
    return explainedOf(config.explain[method]!, network.network.activation, config.semantics);
  }

  /** What gives a method's reported map. */
  reported(method: number): Promise<Evaluator> {
    return this.reporting.get(String(method), () =>
      compileEvaluator(this.engine, this.network, this.methods[method]!, this.explained(method)),
    );
  }

  /** What gives the surrogate's map: what gives the reported one where a method has no surrogate. */
  surrogate(method: number): Promise<Evaluator> {
    const { config, network, engine, methods } = this;
    const activation = surrogateOf(config, config.explain[method]!, network.network.activation);
    return isDeepStrictEqual(activation, this.explained(method))
      ? this.reported(method)
      : this.surrogates.get(String(method), () =>
          compileEvaluator(engine, network, methods[method]!, activation),
        );
  }

  async clear(): Promise<void> {
    await this.reporting.clear();
    await this.surrogates.clear();
  }
}
