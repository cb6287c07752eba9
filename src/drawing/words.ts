// Configs in words: values, and items with their fields.

/** A fact about a run: a term and its text. */
export type Fact = readonly [term: string, text: string];

/** An item of a config: a name, an id, and further fields. */
export type Item = Readonly<Record<string, unknown>> & {
  readonly name: string;
  readonly id?: string;
};

/** A value of a config as text, short: lists without brackets, fields as `name value`. */
export function worded(value: unknown): string {
  if (Array.isArray(value)) return value.map(worded).join(', ');
  if (typeof value === 'object' && value !== null)
    return Object.entries(value)
      .map(([key, of]) => `${key} ${typeof of === 'object' ? `(${worded(of)})` : worded(of)}`)
      .join(', ');
  // 1e11 instead of its zeros
  if (typeof value === 'number' && value >= 1e6) return value.toExponential().replace('+', '');
  return String(value);
}

/** An item of a config: its id, and in brackets its further fields. */
export function itemOf(item: object): string {
  const { name, id = name, ...rest } = item as Item;
  const more = [
    ...(id === name ? [] : [String(name)]),
    ...(Object.keys(rest).length > 0 ? [worded(rest)] : []),
  ];
  return more.length === 0 ? String(id) : `${id} (${more.join(', ')})`;
}

/** Items of a config in a row. */
export const itemsOf = (items: readonly object[]): string => items.map(itemOf).join('; ');
