// The JSON Schema of configs, from which editors complete them.
import { describe, expect, it } from 'vitest';
import { attackForm } from '../tasks/attack/config.js';
import { attackNames } from '../tasks/attack/items.js';
import { jsonSchema } from './json-schema.js';
import { methodNames } from './methods.js';
import { withWeights } from './model.js';

type Json = { readonly [key: string]: Json } & readonly Json[] & string;

describe('jsonSchema', () => {
  const whole = jsonSchema([attackForm]) as Json;
  const schema = whole.anyOf![0]!;

  it('is of any of the forms it is given', () => {
    expect(jsonSchema([attackForm, attackForm])).toEqual({
      ...(whole as object),
      anyOf: [schema, schema],
    });
    expect(whole.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(schema).not.toHaveProperty('$schema');
  });

  it('describes every field, requires those without a default, and allows no others', () => {
    expect(Object.keys(schema.properties!)).toEqual(Object.keys(attackForm.schema.shape));
    expect(schema.required).toEqual(['name', 'model', 'data', 'explain', 'attack']);
    expect(schema.additionalProperties).toBe(false);
  });

  it('offers plain words, single items and lists', () => {
    const { model, explain, attack, epsilon } = schema.properties!;
    expect(model!.anyOf![0]!.enum).toEqual(Object.keys(withWeights));
    const [single, list] = attack!.anyOf!;
    expect(single!.anyOf![0]!.enum).toEqual(attackNames);
    expect(list).toMatchObject({ type: 'array', items: single });
    expect(explain!.anyOf![0]!.anyOf![0]!.enum).toEqual(methodNames);
    expect(epsilon!.anyOf!.map(({ type }) => type)).toEqual(['number', 'array']);
  });
});
