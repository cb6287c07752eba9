// The interface of engines. An engine compiles a program once and runs it many times on given inputs. Results can be
// left on the device, so that they need not be copied from one run to the next.
import type { Program } from '../graph/program.js';

/** Numbers by the names of a program's inputs or outputs, row-major. */
export type Values = Readonly<Record<string, Float32Array>>;

/**
 * Numbers that stay where an engine computes, such as in a GPU's memory, until they or the executable they are
 * results of are released.
 */
export interface Held {
  /** A copy, row-major. */
  read(): Promise<Float32Array>;
  release(): void;
}

/** Numbers that are here already. */
export const held = (numbers: Float32Array): Held => ({
  read: async () => numbers,
  release() {},
});

/** The inputs of a run by name: numbers, or held results. Results that the same engine holds are not copied. */
export type Inputs = Readonly<Record<string, Float32Array | Held>>;

/**
 * A device has too little memory for a program, or holds no tensor of such a size; fewer images at a time may fit.
 * A GPU's memory is usable again when all executables of its engine have been released.
 */
export class OutOfMemory extends Error {
  override readonly name = 'OutOfMemory';
}

export interface Executable {
  /** The operators that run on the CPU because the engine's device, another one, does not have them. */
  readonly fallenBack: readonly string[];
  /** Runs the program once. Inputs must have the sizes the program was built for. */
  run(inputs: Inputs): Promise<Values>;
  /** The same with every output left where it was computed. */
  hold(inputs: Inputs): Promise<Readonly<Record<string, Held>>>;
  /** Frees what the engine holds for it, and the results held. */
  release(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  readonly version: string;
  readonly device: string;
  /**
   * For how many images programs are to be built. A run is on one image's share of every input and output; shares that
   * are asked for at the same time form a batch.
   */
  readonly batch: number;
  compile(program: Program): Promise<Executable>;
}
