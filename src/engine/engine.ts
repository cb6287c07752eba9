// What every engine offers: it compiles a program once and runs it many times on given inputs.
import type { Program } from '../graph/program.js';

/** Numbers by the names of a program's inputs or outputs, row-major. */
export type Values = Readonly<Record<string, Float32Array>>;

export interface Executable {
  /** Runs the program once. Inputs must have the sizes the program was built for. */
  run(inputs: Values): Promise<Values>;
  /** Frees what the engine holds for it. */
  release(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  readonly version: string;
  readonly device: string;
  compile(program: Program): Promise<Executable>;
}
