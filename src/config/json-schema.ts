// The JSON Schema of configs as people write them, for completion in editors. Items may be plain words, and lists
// single items.
import { z } from 'zod';
import type { Form } from './file.js';

function asWritten({ schema, words, lists }: Form): object {
  const made = z.toJSONSchema(schema, { io: 'input' }) as { properties: Record<string, object> };
  const { $schema: _, ...rest } = made as typeof made & { $schema?: string };
  const properties = { ...made.properties };
  for (const [field, { names, list }] of Object.entries(words)) {
    const long = properties[field] as { items?: object } | undefined;
    if (long === undefined) continue;
    const item = { anyOf: [{ enum: names }, list ? long.items! : long] };
    properties[field] = list ? { anyOf: [item, { ...long, items: item }] } : item;
  }
  for (const field of lists) {
    const long = properties[field] as { items?: object } | undefined;
    if (long !== undefined) properties[field] = { anyOf: [long.items!, long] };
  }
  return { ...rest, properties };
}

/** The JSON Schema of configs of any of several forms. */
export const jsonSchema = (forms: readonly Form[]): object => ({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'fragile experiment or training',
  anyOf: forms.map(asWritten),
});
