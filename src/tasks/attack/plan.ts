// The plan of a run: the cells to compute, in the order in which they are computed and finally
// written. A cell is one image under one method, attack and ε; it gives one row per selection rule.

import type { Keep, Selection } from '../../attack/index.js';
import { keyedRandom, permutation } from '../../random.js';
import type { AttackItem, CommonConfig, Config, ResolvedConfig } from './config.js';
import type { ResultRow } from './results.js';

/** One unit of work; the numbers index the lists of the config and the entries of the data set. */
export interface Cell {
  readonly image: number;
  readonly method: number;
  readonly attack: number;
  /** Undefined where pixels may change by any amount. */
  readonly epsilon?: number | undefined;
}

/** What is attacked how: methods, then attacks, so that a process changes programs rarely. */
export const pairingsOf = ({
  explain,
  attack,
}: ResolvedConfig): Pick<Cell, 'method' | 'attack'>[] =>
  explain.flatMap(({ id }, method) =>
    [...attack.keys()]
      .filter((at) => attack[at]!.explain?.includes(id) ?? true)
      .map((at) => ({ method, attack: at })),
  );

/** Cells of one image, in the order of their pairings, then of ε. */
export const cellsOf = (config: ResolvedConfig, image: number): Cell[] =>
  pairingsOf(config).flatMap((pairing) =>
    epsilonsOf(config, pairing.attack).map((epsilon) => ({ image, ...pairing, epsilon })),
  );

/** The bounds an attack is made with, each by itself; none for match-target, unless it has one. */
export const epsilonsOf = (
  { attack, epsilon }: ResolvedConfig,
  index: number,
): readonly (number | undefined)[] => {
  const item = attack[index]!;
  return item.name === 'match-target' ? [item.epsilon] : epsilon;
};

/** The rules by which an attack keeps iterates, a row for each; an attack that selects nothing has one row too. */
export const selectionsOf = (item: AttackItem): readonly (Selection | Keep | undefined)[] =>
  'select' in item ? item.select : 'keep' in item ? [item.keep] : [undefined];

/** What identifies a cell in results.csv. */
export const cellKey = ({
  image,
  method,
  attack,
  epsilon,
}: Pick<ResultRow, 'image' | 'method' | 'attack' | 'epsilon'>): string =>
  JSON.stringify([image, method, attack, epsilon]);

/** Rows a cell gives. */
export const rowsPerCell = (config: ResolvedConfig, attack: number): number =>
  selectionsOf(config.attack[attack]!).length;

/** Steps a cell takes: the measure of work that progress and time left are given in. */
export const stepsOf = (config: ResolvedConfig, attack: number): number => {
  const item = config.attack[attack]!;
  return 'iterations' in item ? item.iterations : 1;
};

/** Images a run can use at most. */
export const imagesAtMost = (
  { data }: CommonConfig,
  { entries }: { readonly entries: readonly unknown[] },
): number => (data.count === 'max' ? entries.length : Math.min(data.count, entries.length));

/** The most cells that can run together: those of one method and attack, on all images at every ε. */
export const largestGroup = (
  config: Config,
  dataset: { readonly entries: readonly unknown[] },
): number =>
  imagesAtMost(config, dataset) *
  (config.task === 'attack' ? Math.max(1, config.epsilon.length) : 1);

/** The order in which images are tried: a permutation by the seed, the same for every model, method and attack. */
export const candidateOrder = (config: CommonConfig, images: number): number[] => [
  ...permutation(images, keyedRandom(config.seed, config.data.name, 'image choice')),
];
