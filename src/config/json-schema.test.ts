import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { attackFields } from '../tasks/attack/fields.js';
import { configSchema, jsonSchema } from './json-schema.js';

type Json = { readonly [key: string]: Json } & readonly Json[] & string;

describe('jsonSchema', () => {
  const whole = jsonSchema() as unknown as Json;
  const schema = whole.anyOf![0]!;

  it('is the one that configs name', async () => {
    const file = new URL('../../fixtures/config.schema.json', import.meta.url);
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(whole);
  });

  it('describes every field, requires those without a default, and allows no others', () => {
    expect(Object.keys(schema.properties!)).toEqual(Object.keys(configSchema.shape));
    expect(schema.required).toEqual(['name', 'model', 'data', 'explain', 'attack']);
    expect(schema.additionalProperties).toBe(false);
  });

  it('offers plain words, single items and lists', () => {
    const { model, attack, epsilon } = schema.properties!;
    expect(model!.anyOf![0]!.enum).toContain('squeezenet1_1');
    const [single, list] = attack!.anyOf!;
    expect(single!.anyOf![0]!.enum).toEqual(Object.keys(attackFields));
    expect(list).toMatchObject({ type: 'array', items: single });
    expect(epsilon!.anyOf!.map(({ type }) => type)).toEqual(['number', 'array']);
  });
});
