// Building blocks of the forms of configs: objects without unknown keys, items told apart by name, files, ids.
import { z } from 'zod';
import { nearest } from '../nearest.js';

/** An object with the keys of its shape and no others; the message for an unknown key proposes the nearest. */
export const strict = <S extends z.ZodRawShape>(shape: S) =>
  z.strictObject(shape, {
    error: (issue) => {
      const keys = Object.keys(shape);
      if (issue.code === 'invalid_type') return `expected fields: ${keys.join(', ')}`;
      if (issue.code !== 'unrecognized_keys') return undefined;
      const meant = nearest(issue.keys[0]!, keys);
      const hint = meant === undefined ? '' : ` (did you mean ${meant}?)`;
      return `unknown key${hint}, expected one of ${keys.join(', ')}`;
    },
  });

export const whole = (least: number) => z.int().min(least);

export const file = z.string().min(1, { error: 'expected the name of a file or folder' });

/** The name of an item in the tables. It must not break the line of its row. */
export const id = z
  .string()
  .min(1, { error: 'expected at least one character' })
  .refine((v) => !/\p{Cc}/u.test(v), { error: 'expected no line breaks or control characters' });

/** The name of an experiment. */
export const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
  error: 'expected letters, digits, dots, dashes and underscores',
});

export const seed = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
  .optional();

/** Bounds ε in gray levels, each once. */
export const epsilons = z
  .array(z.number().positive().max(255), {
    error: (issue) =>
      issue.code === 'invalid_type' ? 'expected a number or a list of numbers' : undefined,
  })
  .min(1)
  .refine((v) => new Set(v).size === v.length, { error: 'expected each ε once' });

/** The fields of items by their names. */
export type Fields = Readonly<Record<string, z.ZodRawShape>>;

/** Items of one kind, told apart by their names. */
export function named<F extends Fields>(table: F) {
  const names = Object.keys(table);
  const options = names.map((name) => strict({ name: z.literal(name), ...table[name] }));
  return z.discriminatedUnion('name', options as [(typeof options)[number]], {
    error: (issue) =>
      issue.code === 'invalid_union' || issue.code === 'invalid_type'
        ? `expected one of ${names.join(', ')}`
        : undefined,
  });
}

/** The fields of a table of items, without some of them. */
export const without = (table: Fields, ...left: readonly string[]): Fields =>
  Object.fromEntries(
    Object.entries(table).map(([name, shape]) => [
      name,
      Object.fromEntries(Object.entries(shape).filter(([field]) => !left.includes(field))),
    ]),
  );

/** A value, or a list of values, as a list. */
export const listOf = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];
