// A plan is what a program becomes here: TensorFlow.js calls in the order in which they are made, on
// numbered places for tensors. A call whose operands are all known is made at once, so that whatever
// depends on weights alone is computed when a program is compiled. When a plan is closed, each place
// learns which call is the last to need it.
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '../../graph/shape.js';

/** A tensor of a plan, with the shape in which it lies in memory. */
export interface Slot {
  readonly place: number;
  readonly shape: Shape;
}

interface Step {
  readonly operands: readonly number[];
  readonly result: number;
  readonly compute: (...operands: tf.Tensor[]) => tf.Tensor;
}

export class Plan {
  private readonly steps: Step[] = [];
  private readonly known: (tf.Tensor | undefined)[] = [];
  private readonly inputs: number[] = [];
  private readonly memo = new Map<string, Slot>();

  private slot(shape: Shape, known?: tf.Tensor): Slot {
    this.known.push(known);
    return { place: this.known.length - 1, shape };
  }

  /** A tensor that is given when the plan is carried out. */
  input(shape: Shape): Slot {
    const slot = this.slot(shape);
    this.inputs.push(slot.place);
    return slot;
  }

  constant(tensor: tf.Tensor): Slot {
    return this.slot(tensor.shape, tensor);
  }

  /** Adds a call that makes a tensor of the given shape, or makes it now if its operands are known. */
  step(operands: readonly Slot[], shape: Shape, compute: Step['compute']): Slot {
    const known = operands.flatMap(({ place }) => this.known[place] ?? []);
    if (known.length === operands.length) return this.constant(compute(...known));
    const result = this.slot(shape);
    this.steps.push({
      operands: operands.map(({ place }) => place),
      result: result.place,
      compute,
    });
    return result;
  }

  /** Builds something once per key. */
  once(key: string, build: () => Slot): Slot {
    let slot = this.memo.get(key);
    if (slot === undefined) {
      slot = build();
      this.memo.set(key, slot);
    }
    return slot;
  }

  /** Keeps the known tensors that the calls and the outputs need beyond the scope in which the plan was made. */
  close(outputs: readonly Slot[]): ClosedPlan {
    const last = new Map<number, Step>();
    for (const step of this.steps) for (const place of step.operands) last.set(place, step);
    const needed = new Set([...last.keys(), ...outputs.map(({ place }) => place)]);
    const known = this.known.map((tensor, place) =>
      tensor !== undefined && needed.has(place) ? tf.keep(tensor) : undefined,
    );
    for (const { place } of outputs) last.delete(place);
    const finished = new Map<Step, number[]>();
    for (const [place, step] of last)
      if (known[place] === undefined) finished.set(step, [...(finished.get(step) ?? []), place]);
    return {
      carryOut: (given) => {
        const tensors = [...known];
        this.inputs.forEach((place, i) => {
          tensors[place] = given[i];
        });
        for (const step of this.steps) {
          tensors[step.result] = step.compute(...step.operands.map((place) => tensors[place]!));
          for (const place of finished.get(step) ?? []) {
            tensors[place]!.dispose();
            tensors[place] = undefined;
          }
        }
        // an output may be a constant, an input, or another output
        return outputs.map(({ place }) => tensors[place]!.clone());
      },
      release: () => tf.dispose(known),
    };
  }
}

export interface ClosedPlan {
  /**
   * Makes the calls. Within `tf.tidy`: what is left over, also after an error, is freed at its end.
   * @param inputs tensors in the order in which the plan's inputs were made; they are used up
   */
  carryOut(inputs: readonly tf.Tensor[]): tf.Tensor[];
  release(): void;
}
