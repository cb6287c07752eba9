// The items of `attack` with every default filled in, and what must hold between their fields.
import type { Selection } from '../../attack/index.js';
import type { Path, Raw } from '../../config/file.js';
import type { Semantics } from '../../config/semantics.js';
import type { AttackItem, Superpixel } from './config.js';
import { type MatchTarget, matchTargetDefaults } from './match-target.js';

/** What an item depends on besides itself. */
interface Surroundings {
  /** Of the network's input. */
  readonly height: number;
  readonly width: number;
  readonly semantics: Semantics;
  /** The rules of items that have none of their own. */
  readonly select: readonly Selection[];
  readonly evaluate: { readonly every: number } | undefined;
  /** Pixels of top-k where an item does not say, and what gives back a number that a map has pixels for. */
  readonly k: number;
  checkK(k: number, path: Path): number;
  /** What is to be thrown for a field. */
  wrong(path: Path, why: string): Error;
}

/** An item as it is written. */
type Given = { readonly name: string; readonly id: string } & Raw & {
    readonly k?: number;
    readonly select?: Selection | readonly Selection[];
    readonly box?: readonly [number, number, number, number];
    readonly mask?: string;
    readonly slic?: Partial<Superpixel> & Pick<Superpixel, 'segments'>;
  };

/** What only a walk of random signs has. */
const ofWalks = ['iterations', 'step', 'evaluate', 'select'] as const;

export const listOf = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** The rules by which a walk keeps iterates: it has no dissimilarity of its own. */
function rulesOfWalk({ select }: Given, at: number, { select: all, wrong }: Surroundings) {
  if (listOf(select ?? []).includes('dissimilarity'))
    throw wrong(
      ['attack', at, 'select'],
      'dissimilarity, expected intersection, correlation or center, as random signs have no dissimilarity',
    );
  const measured = all.filter((rule) => rule !== 'dissimilarity');
  return measured.length > 0 ? measured : (['intersection'] as const);
}

function checkRegion({ box, mask, slic }: Given, at: number, around: Surroundings): void {
  const { height, width, wrong } = around;
  if ([box, mask, slic].filter((v) => v !== undefined).length !== 1)
    throw wrong(['attack', at], 'target-region: expected exactly one of box, mask and slic');
  if (box !== undefined) {
    const [top, left, bottom, right] = box;
    if (top >= bottom || left >= right || bottom > height || right > width)
      throw wrong(
        ['attack', at, 'box'],
        `[${box.join(', ')}], expected top < bottom ≤ ${height} and left < right ≤ ${width}`,
      );
  }
  if (slic !== undefined && slic.segments > height * width)
    throw wrong(
      ['attack', at, 'slic', 'segments'],
      `${slic.segments}, expected at most ${height * width}, the pixels of the network's input`,
    );
}

/** The ids of all explanations, and what is to be thrown for a field. */
type Explained = Pick<Surroundings, 'wrong'> & { readonly explanations: readonly string[] };

/**
 * The explanations an item names, as a list; nothing for an item that is on all.
 * @param at its place in the list
 * Throws what `wrong` gives for an id that no explanation has.
 */
export function aimsOf(
  { explain }: { readonly id: string; readonly explain?: string | readonly string[] },
  at: number,
  { explanations, wrong }: Explained,
): Pick<AttackItem, 'explain'> {
  if (explain === undefined) return {};
  const unknown = listOf(explain).find((id) => !explanations.includes(id));
  if (unknown !== undefined)
    throw wrong(
      ['attack', at, 'explain'],
      `${unknown}, expected one of ${explanations.join(', ')}`,
    );
  return { explain: listOf(explain) };
}

/** Throws what `wrong` gives for an explanation that no attack is on. */
export function checkAimed(
  attack: readonly AttackItem[],
  { explanations, wrong }: Explained,
): void {
  const spared = explanations.findIndex((id) =>
    attack.every(({ explain }) => explain?.includes(id) === false),
  );
  if (spared >= 0)
    throw wrong(
      ['explain', spared],
      `${explanations[spared]}, expected only explanations that an attack is on`,
    );
}

/**
 * An item with every default filled in.
 * @param at its place in the list
 * Throws what `wrong` gives for the first mistake.
 */
export function attackItem(
  item: { readonly name: string; readonly id: string },
  at: number,
  around: Surroundings,
): AttackItem {
  const given = item as Given;
  const { semantics, evaluate, wrong } = around;
  if (item.name === 'match-target')
    return {
      quantise: false,
      ...item,
      ...matchTargetDefaults(given as Partial<MatchTarget>, evaluate),
    };
  const walks = item.name === 'random-sign';
  if (walks && semantics.random === 'draw') {
    const field = ofWalks.find((name) => given[name] !== undefined);
    if (field !== undefined)
      throw wrong(
        ['attack', at, field],
        `${JSON.stringify(given[field])}, expected only with semantics of random: walk`,
      );
    return { quantise: false, ...item } as AttackItem;
  }
  const rules = walks ? rulesOfWalk(given, at, around) : around.select;
  if (item.name === 'target-region') checkRegion(given, at, around);
  const own = {
    ...(item.name === 'top-k'
      ? { k: around.checkK(given.k ?? around.k, ['attack', at, 'k']) }
      : {}),
    ...(given.slic === undefined ? {} : { slic: { compactness: 10, ...given.slic } }),
  };
  return {
    iterations: 300,
    step: 0.5,
    evaluate: { every: evaluate?.every ?? 1 },
    quantise: false,
    ...item,
    ...own,
    select: listOf(given.select ?? rules),
  } as unknown as AttackItem;
}
