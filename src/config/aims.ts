// The explanations that an attack of a config aims at: its field `explain`, a list of ids, or all of them.
import { z } from 'zod';
import type { Origin, Path } from './file.js';
import { id, listOf } from './forms.js';

/** The field of an attack. */
export const aimsField = z
  .union([id, z.array(id).min(1)], { error: 'expected an id of explain, or a list of them' })
  .optional();

interface Named {
  readonly id: string;
}

/**
 * The explanations that an attack aims at, as a list of ids; undefined for all.
 * @param path of the field
 * Throws a UserError for an id that no explanation has.
 */
export function aimsOf(
  aims: string | readonly string[] | undefined,
  explain: readonly Named[],
  path: Path,
  origin: Origin,
): readonly string[] | undefined {
  if (aims === undefined) return undefined;
  const ids = explain.map(({ id }) => id);
  const unknown = listOf(aims).find((id) => !ids.includes(id));
  if (unknown !== undefined)
    throw origin.mistake(path, `${unknown}, expected one of ${ids.join(', ')}`);
  return listOf(aims);
}

/** Whether an attack aims at an explanation. */
export const aimsAt = (
  { explain }: { readonly explain?: readonly string[] | undefined },
  { id }: Named,
): boolean => explain?.includes(id) ?? true;

/** Throws a UserError for an explanation that no attack aims at. */
export function checkAimed(
  attack: readonly { readonly explain?: readonly string[] }[],
  explain: readonly Named[],
  origin: Origin,
): void {
  const spared = explain.findIndex((one) => !attack.some((item) => aimsAt(item, one)));
  if (spared >= 0)
    throw origin.mistake(
      ['explain', spared],
      `${explain[spared]!.id}, expected an attack on every explanation`,
    );
}
