// What every engine offers: it compiles a program once and runs it many times on given inputs. Results can
// be left where they were computed, so that what one run gives the next need not travel.
import type { Program } from '../graph/program.js';

/** Numbers by the names of a program's inputs or outputs, row-major. */
export type Values = Readonly<Record<string, Float32Array>>;

/** Numbers that stay where an engine computes, such as in a GPU's memory, until they are released. */
export interface Held {
  /** A copy, row-major. */
  read(): Promise<Float32Array>;
  release(): void;
}

/** What a run is given by name: numbers, or what a run of the same engine has held. */
export type Inputs = Readonly<Record<string, Float32Array | Held>>;

export interface Executable {
  /** Runs the program once. Inputs must have the sizes the program was built for. */
  run(inputs: Inputs): Promise<Values>;
  /** The same with every output left where it was computed. */
  hold(inputs: Inputs): Promise<Readonly<Record<string, Held>>>;
  /** Frees what the engine holds for it. */
  release(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  readonly version: string;
  readonly device: string;
  compile(program: Program): Promise<Executable>;
}
