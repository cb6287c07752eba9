// Means over ε: curves, or points if there is only one ε.
import type { SummaryRow } from '../../record/summary.js';
import type { Figure } from '../figure.js';
import { curves } from './curves.js';
import type { Means } from './means.js';
import { points } from './points.js';

/** The note below figures of means. */
export const MEANS = 'means and 95 % intervals over the images that kept their label';

/** Curves against ε, or points if there is only one ε. */
export const overEpsilon = (means: Means): Figure =>
  (new Set(means.rows.map(({ epsilon }) => epsilon)).size > 1 ? curves : points)(means);

/** The words `under ATTACK` for the title of a figure with one attack, which has no legend; else empty. */
export const underOf = (rows: readonly SummaryRow[]): string => {
  const [attack, ...others] = new Set(rows.map((row) => String(row.attack)));
  return others.length === 0 ? ` under ${attack}` : '';
};
