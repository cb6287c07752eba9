// The ids of a config's items, by which the tables name them.
import { isRecord, type Origin, type Raw } from './file.js';

/**
 * Gives every item an id, by default its name. Throws a UserError for two items of one id; its message proposes others.
 */
export function withIds<T extends { name: string; id?: unknown }>(
  items: readonly T[],
  field: string,
  origin: Origin,
): (T & { id: string })[] {
  const named = items.map((item) => ({
    ...item,
    id: typeof item.id === 'string' ? item.id : item.name,
  }));
  named.forEach(({ id }, i) => {
    const first = named.findIndex((other) => other.id === id);
    if (first === i) return;
    const proposals = [first, i].map((n) => {
      const other = items[n === first ? i : first]! as Raw;
      const own = items[n]! as Raw;
      const different = Object.keys(own).filter(
        (key) =>
          key !== 'name' && key !== 'id' && JSON.stringify(own[key]) !== JSON.stringify(other[key]),
      );
      const suffix = different
        .map((key) => {
          // an object is told by its own fields, so its name is left out
          const value = JSON.stringify(own[key]).replace(/[^A-Za-z0-9.]+/g, '');
          return `-${isRecord(own[key]) ? '' : key}${value}`;
        })
        .join('');
      return `${own.name}${suffix || `-${n + 1}`}`;
    });
    throw origin.mistake(
      [field, i],
      `two items have the id ${id}, expected ids such as ${proposals.join(' and ')}`,
    );
  });
  return named;
}
