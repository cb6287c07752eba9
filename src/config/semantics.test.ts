// Presets of semantics and their fields, as a config gives them and as its record has them.
import { describe, expect, it } from 'vitest';
import { configHash, resolveConfig } from '../tasks/attack/config.js';
import { departures, paperSemantics, type Semantics, semanticsFields } from './semantics.js';

const configOf = (semantics?: unknown, change: Record<string, unknown> = {}) =>
  resolveConfig({
    name: 't',
    model: 'squeezenet1_1',
    data: 'embedded',
    explain: 'gradient',
    attack: ['random-sign', 'top-k'],
    epsilon: 8,
    ...(semantics === undefined ? {} : { semantics }),
    ...change,
  });

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
};

describe('a preset', () => {
  it('is all of its fields, the papers’ by default', () => {
    expect(configOf().semantics).toEqual(paperSemantics);
    expect(configOf('paper').semantics).toEqual(paperSemantics);
    expect(configOf('authors').semantics).toEqual(authors);
    expect(Object.keys(authors)).toEqual(Object.keys(semanticsFields));
  });

  it('may have fields changed', () => {
    expect(configOf({ name: 'authors', random: 'draw', reluAtZero: 0 }).semantics).toEqual({
      ...authors,
      random: 'draw',
      reluAtZero: 0,
    });
  });
});

describe.each(Object.keys(semanticsFields) as (keyof Semantics)[])('the field %s', (field) => {
  const { values, paper } = semanticsFields[field];

  it('can be set alone, to each of its values', () => {
    for (const value of values) {
      const given = Array.isArray(paper) ? [value] : value;
      expect(configOf({ [field]: given }).semantics).toEqual({ ...paperSemantics, [field]: given });
    }
  });

  it('has no others', () => {
    expect(() => configOf({ [field]: Array.isArray(paper) ? ['other'] : 'other' })).toThrow(
      `"other", expected one of ${values.join(', ')}`,
    );
  });

  it('sets results apart where it departs from the paper', () => {
    for (const value of values) {
      const given = Array.isArray(paper) ? [value] : value;
      const same = value === paper;
      const { semantics } = configOf({ [field]: given });
      expect(departures(semantics)).toEqual(same ? {} : { [field]: given });
      expect(configHash(configOf({ [field]: given })) === configHash(configOf())).toBe(same);
    }
  });
});

it.each([
  ['paper, a rule of the config’s own', { select: 'center' }, 'paper', ['center']],
  ['authors', {}, 'authors', ['intersection']],
  ['authors, a rule of the config’s own', { select: ['center'] }, 'authors', ['center']],
  ['one field', {}, { select: 'correlation' }, ['correlation']],
])(
  'attacks keep iterates by the rule of the semantics unless told: %s',
  (_, change, semantics, rules) => {
    expect(configOf(semantics, change).attack[1]).toMatchObject({ select: rules });
  },
);

describe('a SqueezeNet', () => {
  const pool = (semantics: unknown, model: unknown) => configOf(semantics, { model }).model.pool;

  it('has its pools cut as the semantics say unless told', () => {
    expect(pool('authors', 'squeezenet1_1')).toBe('floor');
    expect(pool({ pool: 'floor' }, 'squeezenet1_0')).toBe('floor');
    expect(pool('authors', { name: 'squeezenet1_1', pool: 'ceil' })).toBe('ceil');
    expect(pool('paper', 'squeezenet1_1')).toBeUndefined();
  });

  it('is the only network it concerns', () => {
    expect(configOf('authors', { model: 'cifar-cnn' }).model).toEqual({ name: 'cifar-cnn' });
  });
});

describe('random signs', () => {
  const first = (semantics: unknown, item: unknown = 'random-sign', change = {}) =>
    configOf(semantics, { attack: item, ...change }).attack[0];

  it('are one draw in the papers’ semantics', () => {
    expect(first('paper')).toEqual({ name: 'random-sign', id: 'random-sign', quantise: false });
  });

  it('walk as long as an attack in the authors’', () => {
    expect(first('authors')).toEqual({
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
    expect(first({ random: 'walk' }, item)).toMatchObject(item);
  });

  it('that walk are selected by what they have: no dissimilarity', () => {
    expect(first({ random: 'walk' })).toMatchObject({ select: ['intersection'] });
    expect(
      first({ random: 'walk' }, 'random-sign', { select: ['dissimilarity', 'center'] }),
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
])('%s is a mistake', (_, semantics, change, message) => {
  expect(() => configOf(semantics, change)).toThrow(message);
});
