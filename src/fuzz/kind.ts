// A kind of input that the program is tried with: how an input is made, and what is done with it.
import type { Random } from '../random.js';

/** One input, made. */
export interface Input {
  /** Words of which a refusal must have one, such as the name of the file. */
  readonly names: readonly string[];
  /** Does with the input what the program does. Throws what the program throws, or a WrongResult. */
  readonly act: () => Promise<void>;
  /** The arguments of a command on the same input, for kinds that have one. */
  readonly command?: readonly string[];
}

/**
 * Makes one input.
 * @param random draws of this input alone
 * @param folder an empty folder, the only place that may be written to
 */
export type Maker = (random: Random, folder: string) => Promise<Input>;

export interface Kind {
  /** Inputs of this kind in a whole campaign. */
  readonly count: number;
  /** Writes valid files into a folder, once for all processes. */
  readonly prepare?: (base: string) => Promise<void>;
  /** Kinds whose valid files it uses too; they are in folders of their names beside its own. */
  readonly uses?: readonly string[];
  /** Opens the kind in a process. `base` is the folder of the valid files. */
  readonly open: (base: string) => Promise<Maker>;
}

/** Kinds by their names. */
export type Kinds = Readonly<Record<string, Kind>>;

/** An input was taken, and what was made of it is wrong. */
export class WrongResult extends Error {
  override readonly name = 'WrongResult';
}

/** Throws a WrongResult unless something holds. */
export function holds(so: boolean, otherwise: string): void {
  if (!so) throw new WrongResult(otherwise);
}
