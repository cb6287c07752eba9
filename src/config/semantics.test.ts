// Presets of semantics and their fields, as a config gives them and as its record has them.
import { describe, expect, it } from 'vitest';
import { identityHash } from '../record/identity.js';
import { attackConfig } from '../tasks/attack/testing/config.js';
import { attackConfigVersions } from '../tasks/attack/versions.js';
import { departures, paperSemantics, type Semantics, semanticsFields } from './semantics.js';

const configOf = (semantics?: unknown, change: Record<string, unknown> = {}) =>
  attackConfig({
    name: 't',
    model: 'squeezenet1_1',
    data: 'embedded',
    explain: 'gradient',
    attack: ['random-sign', 'top-k'],
    epsilon: 8,
    ...(semantics === undefined ? {} : { semantics }),
    ...change,
  });
const semanticsOf = async (semantics?: unknown) => (await configOf(semantics)).semantics;

const authors: Semantics = {
  softmaxOf: ['integrated-gradients'],
  center: 'truncated',
  select: 'intersection',
  ties: 'first',
  random: 'walk',
  guidedRelevance: 'plain',
  lrpBounds: 'scalar',
  deepliftSlope: 'quotient',
  deepliftMap: 'contribution',
  reluAtZero: 1,
  pool: 'floor',
  gradientsIn: 'input',
};

describe('a preset', () => {
  it.each([
    ['the papers’ by default', undefined, paperSemantics],
    ['the papers’', 'paper', paperSemantics],
    ['the authors’', 'authors', authors],
  ])('is all of its fields: %s', async (_, given, expected) => {
    expect(await semanticsOf(given)).toEqual(expected);
    const all = Object.keys(semanticsFields);
    expect(Object.keys(expected)).toEqual(
      // as in configs that are older than the field
      expected === authors ? all : all.filter((field) => field !== 'gradientsIn'),
    );
  });

  it('may leave out what it is to leave out', async () => {
    const { gradientsIn: _, ...rest } = authors;
    expect(await semanticsOf({ name: 'authors', gradientsIn: 'pixels' })).toEqual(rest);
  });

  it('may have fields changed', async () => {
    expect(await semanticsOf({ name: 'authors', random: 'draw', reluAtZero: 0 })).toEqual({
      ...authors,
      random: 'draw',
      reluAtZero: 0,
    });
  });

  it('is no other', async () => {
    await expect(configOf('author')).rejects.toThrow(
      '--semantics: semantics.name: "author", expected one of paper, authors',
    );
  });
});

describe.each(Object.keys(semanticsFields) as (keyof Semantics)[])('the field %s', (field) => {
  const { paper } = semanticsFields[field];
  const values: readonly (string | number)[] = semanticsFields[field].values;
  const isList = Array.isArray(paper);

  it.each(values)('can be set alone: %s', async (value) => {
    const given = isList ? [value] : value;
    const same = 'optional' in semanticsFields[field] && value === paper;
    expect(await semanticsOf({ [field]: given })).toEqual({
      ...paperSemantics,
      ...(same ? {} : { [field]: given }),
    });
  });

  it('has no other values', async () => {
    await expect(configOf({ [field]: isList ? ['other'] : 'other' })).rejects.toThrow(
      `"other", expected one of ${values.join(', ')}`,
    );
  });

  it.each(values)('sets results apart where it departs from the paper: %s', async (value) => {
    const given = isList ? [value] : value;
    const same = value === paper;
    const config = await configOf({ [field]: given });
    expect(departures(config.semantics)).toEqual(same ? {} : { [field]: given });
    const usual = await configOf();
    const hash = identityHash(usual, attackConfigVersions(usual));
    expect(identityHash(config, attackConfigVersions(config)) === hash).toBe(same);
  });
});

it.each([
  ['paper, a rule of the config’s own', { select: 'center' }, 'paper', ['center']],
  ['authors', {}, 'authors', ['intersection']],
  ['authors, a rule of the config’s own', { select: ['center'] }, 'authors', ['center']],
  ['one field', {}, { select: 'correlation' }, ['correlation']],
])(
  'attacks keep iterates by the rule of the semantics unless told: %s',
  async (_, change, semantics, rules) => {
    const { attack } = await configOf(semantics, change);
    expect(attack[1]).toMatchObject({ select: rules });
  },
);

describe('a SqueezeNet', () => {
  it.each([
    ['authors', 'squeezenet1_1', 'floor'],
    [{ pool: 'floor' }, 'squeezenet1_0', 'floor'],
    ['authors', { name: 'squeezenet1_1', pool: 'ceil' }, 'ceil'],
    ['paper', 'squeezenet1_1', 'ceil'],
    ['paper', { name: 'squeezenet1_1', pool: 'floor' }, 'floor'],
  ])(
    'has its pools cut as the semantics say unless told: %j, %j',
    async (semantics, model, pool) => {
      expect((await configOf(semantics, { model })).model.pool).toBe(pool);
    },
  );

  it('is the only network it concerns', async () => {
    const { model } = await configOf('authors', { model: 'cifar-cnn' });
    expect(model).toEqual((await configOf('paper', { model: 'cifar-cnn' })).model);
    expect(model).not.toHaveProperty('pool');
  });
});

describe('random signs', () => {
  const first = async (semantics: unknown, item: unknown = 'random-sign', change = {}) =>
    (await configOf(semantics, { attack: item, ...change })).attack[0];

  it('are one draw in the papers’ semantics', async () => {
    expect(await first('paper')).toEqual({
      name: 'random-sign',
      id: 'random-sign',
      quantise: false,
    });
  });

  it('walk as long as an attack in the authors’', async () => {
    expect(await first('authors')).toEqual({
      name: 'random-sign',
      id: 'random-sign',
      quantise: false,
      iterations: 300,
      step: 0.5,
      evaluate: { every: 1 },
      select: ['intersection'],
    });
    const item = {
      name: 'random-sign',
      iterations: 20,
      step: 2,
      select: ['center', 'correlation'],
    };
    expect(await first({ random: 'walk' }, item)).toMatchObject(item);
  });

  it('that walk are selected by what they have: no dissimilarity', async () => {
    expect(await first({ random: 'walk' })).toMatchObject({ select: ['intersection'] });
    expect(
      await first({ random: 'walk' }, 'random-sign', { select: ['dissimilarity', 'center'] }),
    ).toMatchObject({ select: ['center'] });
  });
});

it.each([
  [
    'a walk’s field without a walk',
    'paper',
    { attack: { name: 'random-sign', step: 1 } },
    '--attack: attack.0.step: 1, expected only with semantics of random: walk',
  ],
  [
    'a walk selected by what it lacks',
    'authors',
    { attack: { name: 'random-sign', select: 'dissimilarity' } },
    '--attack: attack.0.select: dissimilarity, expected intersection, correlation or center',
  ],
  [
    'a sharpness that is not used',
    'authors',
    { explain: { name: 'guided-backprop', relevanceBeta: 5 } },
    '--explain: explain.0.relevanceBeta: 5, expected only with semantics of guidedRelevance: unit',
  ],
  [
    'the same inside smoothgrad',
    'authors',
    { explain: { name: 'smoothgrad', of: { name: 'guided-backprop', relevanceBeta: 5 } } },
    '--explain: explain.0.of.relevanceBeta: 5, expected only',
  ],
  [
    'an unknown field',
    { softmax: [] },
    {},
    '--semantics: semantics.softmax: unknown key (did you mean softmaxOf?), expected one of name, softmaxOf',
  ],
])('%s is a mistake', async (_, semantics, change, message) => {
  await expect(configOf(semantics, change)).rejects.toThrow(message);
});
