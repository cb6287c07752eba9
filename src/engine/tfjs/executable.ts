// Compiles programs for one backend of TensorFlow.js and runs them. Numbers are brought into the order
// of memory when they come in and back into row-major order when they are read; what is held stays as it lies.
import * as tf from '@tensorflow/tfjs-core';
import type { Program } from '../../graph/program.js';
import { type Shape, sameShape, sizeOf } from '../../graph/shape.js';
import type { Executable, Held, Inputs, Values } from '../engine.js';
import { rowMajorOrder, storageOrder } from './layout.js';
import type { ClosedPlan } from './plan.js';
import { planOf } from './rules.js';

/** Makes calls go to a backend that is ready, whichever was used before. */
function use(backend: string): void {
  // it is in use at once, before the promise is kept
  if (tf.getBackend() !== backend) void tf.setBackend(backend);
}

class HeldTensor implements Held {
  constructor(
    readonly tensor: tf.Tensor,
    readonly shape: Shape,
    private readonly backend: string,
  ) {}

  async read(): Promise<Float32Array> {
    const order = [...rowMajorOrder(this.shape.length)];
    use(this.backend);
    const rowMajor = tf.transpose(this.tensor, order);
    try {
      // some backends give away the memory of the tensor itself
      return Float32Array.from(await rowMajor.data());
    } finally {
      rowMajor.dispose();
    }
  }

  release(): void {
    this.tensor.dispose();
  }
}

/** The tensor of an input, in the order of memory. */
function placed(
  name: string,
  shape: Shape,
  given: Float32Array | HeldTensor | undefined,
): tf.Tensor {
  if (given instanceof HeldTensor) {
    if (!sameShape(given.shape, shape))
      throw new Error(
        `input ${name} needs a shape of [${shape}], what was held has [${given.shape}]`,
      );
    return given.tensor.clone();
  }
  if (given?.length !== sizeOf(shape))
    throw new Error(`input ${name} needs ${sizeOf(shape)} numbers, got ${given?.length ?? 'none'}`);
  // a copy, because some backends go on using the array
  return tf.transpose(tf.tensor(given.slice(), [...shape]), [...storageOrder(shape.length)]);
}

/** Plans a program; of the tensors made on the way only those it needs later are left. */
function planned(program: Program): ClosedPlan {
  const scopes = tf.engine();
  scopes.startScope();
  try {
    return planOf(program);
  } finally {
    scopes.endScope();
  }
}

/** Prepares a program for a backend that is ready. */
export function compileOn(backend: string, program: Program): Executable {
  use(backend);
  const plan = planned(program);
  const outputs = Object.entries(program.outputs);

  const start = async (inputs: Inputs): Promise<Record<string, HeldTensor>> => {
    const given = await Promise.all(
      program.inputs.map(async ({ attrs }) => {
        const one = inputs[attrs.name];
        return one === undefined || one instanceof HeldTensor || !('read' in one)
          ? one
          : one.read();
      }),
    );
    use(backend);
    const results = tf.tidy(() =>
      plan.carryOut(
        program.inputs.map(({ attrs, shape }, i) => placed(attrs.name, shape, given[i])),
      ),
    );
    return Object.fromEntries(
      outputs.map(([name, { shape }], i) => [name, new HeldTensor(results[i]!, shape, backend)]),
    );
  };
  return {
    fallenBack: [],
    async run(inputs: Inputs): Promise<Values> {
      const held = Object.entries(await start(inputs));
      try {
        return Object.fromEntries(
          await Promise.all(held.map(async ([name, one]) => [name, await one.read()] as const)),
        );
      } finally {
        for (const [, one] of held) one.release();
      }
    },
    hold: start,
    release: async () => plan.release(),
  };
}
