// Explanations and their counterparts without smoothing.
import type { ExplainItem } from '../../config/explanations.js';
import type { AttackedSmoothingConfig } from './config.js';
import type { AttackedRow } from './results.js';

const isSmoothed = ({ name, smooth }: ExplainItem): boolean =>
  smooth !== undefined || name === 'smoothgrad';

/** The fields of the method that an explanation smooths, or of the explanation itself. */
function unsmoothed(item: ExplainItem): string {
  const { id: _, smooth: __, surrogate: ___, ...method } = item;
  return JSON.stringify(method.name === 'smoothgrad' ? method.of : method);
}

/** The explanation of a config without the smoothing of another one; undefined if it has none, or for itself. */
export const plainOf = (
  explain: readonly ExplainItem[],
  item: ExplainItem,
): ExplainItem | undefined =>
  isSmoothed(item)
    ? explain.find((other) => !isSmoothed(other) && unsmoothed(other) === unsmoothed(item))
    : undefined;

/** An attacked pair under an explanation with smoothing and without it. */
export interface Counterparts {
  /** The id of the explanation without smoothing. */
  readonly of: string;
  readonly smoothed: AttackedRow;
  readonly plain: AttackedRow;
}

/**
 * The rows under smoothing, each beside that of the same pair without it, where both have come to an end with their
 * label. They are of the same attack; where it is not on the explanation without smoothing, of the only one on that.
 */
export function counterparts(
  { explain }: Pick<AttackedSmoothingConfig, 'explain'>,
  rows: readonly AttackedRow[],
): Counterparts[] {
  const ok = rows.filter(({ pcc_target }) => pcc_target !== undefined);
  return explain.flatMap((item) => {
    const plain = plainOf(explain, item);
    if (plain === undefined) return [];
    const ofPlain = ok.filter(({ method }) => method === plain.id);
    const attacks = [...new Set(ofPlain.map(({ attack }) => attack))];
    const beside = (attack: string) =>
      attacks.includes(attack) ? attack : attacks.length === 1 ? attacks[0] : undefined;
    return ok
      .filter(({ method }) => method === item.id)
      .flatMap((smoothed) => {
        const attack = beside(smoothed.attack);
        const other = ofPlain.find((row) => row.image === smoothed.image && row.attack === attack);
        return other === undefined ? [] : [{ of: plain.id, smoothed, plain: other }];
      });
  });
}
