// The plan of an attack: the cells of an image, in the order in which they are computed and finally written. A cell is
// one image under one method, attack and ε; it gives one row for each selection rule.
import type { Keep, Selection } from '../../attack/index.js';
import type { Bound } from '../../record/bound.js';
import type { AttackConfig } from './config.js';
import type { AttackItem } from './items.js';
import type { ResultRow } from './results.js';

/** One cell; the numbers index the lists of the config and the entries of the data set. */
export interface Cell {
  readonly image: number;
  /** The class that the network predicts for the clean image. */
  readonly label: number;
  readonly method: number;
  readonly attack: number;
  readonly epsilon?: Bound;
}

/** The attacks on each method: methods first, so that a process changes programs rarely. */
const pairingsOf = ({ explain, attack }: AttackConfig): Pick<Cell, 'method' | 'attack'>[] =>
  explain.flatMap(({ id }, method) =>
    [...attack.keys()]
      .filter((at) => attack[at]!.explain?.includes(id) ?? true)
      .map((at) => ({ method, attack: at })),
  );

/** The bounds of an attack, one cell for each. match-target has one bound of its own, or none. */
const boundsOf = ({ attack, epsilon = [] }: AttackConfig, index: number): readonly Bound[] => {
  const item = attack[index]!;
  return item.name === 'match-target' ? [item.epsilon] : epsilon;
};

/** Cells of one image, in the order of their pairings, then of ε. */
export const cellsOf = (config: AttackConfig, image: number, label: number): Cell[] =>
  pairingsOf(config).flatMap((pairing) =>
    boundsOf(config, pairing.attack).map((epsilon) => ({ image, label, ...pairing, epsilon })),
  );

/** The selection rules of an attack, a row for each. An attack without rules has one row too. */
export const selectionsOf = (item: AttackItem): readonly (Selection | Keep | undefined)[] =>
  'select' in item ? item.select : 'keep' in item ? [item.keep] : [undefined];

/** The key of a cell in results.csv. */
export const cellKey = ({
  image,
  method,
  attack,
  epsilon,
}: Pick<ResultRow, 'image' | 'method' | 'attack' | 'epsilon'>): string =>
  JSON.stringify([image, method, attack, epsilon]);

/** How many rows a cell has. */
export const rowsPerCell = (config: AttackConfig, attack: number): number =>
  selectionsOf(config.attack[attack]!).length;

/** How many steps a cell takes. */
export const stepsOf = (config: AttackConfig, attack: number): number => {
  const item = config.attack[attack]!;
  return 'iterations' in item ? item.iterations : 1;
};
