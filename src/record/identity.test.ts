// What makes two configs the same as far as rows depend on them: the hash of a config and versions, and the fields in
// which configs differ.
import { describe, expect, it } from 'vitest';
import { attackConfigVersions } from '../tasks/attack/versions.js';
import { config, useConfigFiles } from '../tasks/testing/config-files.js';
import { canonical, differences, identityHash } from './identity.js';

const { load } = useConfigFiles();

describe('the hash of a config', () => {
  const hash = async (text: string, ...changes: readonly string[]) => {
    const resolved = await load(text, ...changes);
    return identityHash(resolved, attackConfigVersions(resolved));
  };

  it('is a SHA-256 of meaning, not of spelling', async () => {
    const plain = await hash(config());
    expect(plain).toMatch(/^[0-9a-f]{64}$/);
    expect(await hash(config({ attack: 'attack: [{ k: 1000, name: top-k }]' }, 'seed: 1'))).toBe(
      plain,
    );
    expect(await hash(`# a comment\n${config().split('\n').reverse().join('\n')}`)).toBe(plain);
  });

  it.each(['output=elsewhere', 'engine={name: auto, workers: 3}', 'data.count=2'])(
    'stays with %s, which changes no row',
    async (change) => {
      expect(await hash(config(), change)).toBe(await hash(config()));
      expect(differences(await load(config()), await load(config(), change))).toEqual([]);
    },
  );

  it.each([
    ...['seed=2', 'name=u', 'epsilon=[4]', 'attack.0.k=7', 'attack.0.id=a', 'select=center'],
    ...[
      'evaluate.every=2',
      'metrics.k=7',
      'surrogate.beta=3',
      'data.correct=false',
      'model.pool=floor',
    ],
    ...['explain=[gradient-x-input]', 'attack.1=random-sign'],
    ...['engine=tfjs', 'engine={name: auto, batch: 3}', 'data.resize=300', 'data.crop=200'],
    ...['save.images=1', 'semantics=authors'],
  ])('changes with %s', async (change) => {
    expect(await hash(config(), change)).not.toBe(await hash(config()));
    expect(differences(await load(config()), await load(config(), change))).not.toEqual([]);
  });

  it.each([
    ['a version that is raised', { 'method lrp': 2 }],
    ['a version of something else', { 'method deeplift': 1 }],
    ['one version more', { 'method lrp': 1, 'attack top-k': 1 }],
    ['no versions', {}],
  ])('changes with %s', async (_, versions) => {
    const resolved = await load(config());
    expect(identityHash(resolved, versions)).not.toBe(identityHash(resolved, { 'method lrp': 1 }));
  });

  it('stays with the same versions in another order', async () => {
    const resolved = await load(config());
    expect(identityHash(resolved, { a: 1, b: 2 })).toBe(identityHash(resolved, { b: 2, a: 1 }));
  });

  it.each([
    ['a field', ['epochs'], { epochs: 3, rate: 1 }, true],
    ['a field that is there once', ['stopAt'], { epochs: 2, rate: 1, stopAt: 5 }, true],
    ['a field with others inside', ['stopAt'], { epochs: 2, rate: 1, stopAt: { at: 5 } }, true],
    ['a field inside another', ['of.it'], { epochs: 2, rate: 1, of: { it: 5 } }, false],
    ['another field', ['epochs'], { epochs: 2, rate: 9 }, false],
    ['no field', [], { epochs: 3, rate: 1 }, false],
  ])('leaves out the fields that a task says, and those alone: %s', (_, free, other, same) => {
    const before = { epochs: 2, rate: 1 };
    expect(identityHash(before, {}, free) === identityHash(other, {}, free)).toBe(same);
  });

  it('leaves out a field inside another, and that alone', () => {
    const [a, b] = [{ of: { it: 5, kept: 1 } }, { of: { it: 6, kept: 1 } }];
    expect(identityHash(a, {}, ['of.it'])).toBe(identityHash(b, {}, ['of.it']));
    expect(differences(a, b, ['of.it'])).toEqual([]);
    const other = { of: { it: 5, kept: 2 } };
    expect(identityHash(a, {}, ['of.it'])).not.toBe(identityHash(other, {}, ['of.it']));
    expect(differences(a, other, ['of.it'])).toEqual([{ field: 'of.kept', before: '1', now: '2' }]);
  });
});

describe('differences', () => {
  it.each<[string, object, object, object[]]>([
    ['none', { a: 1, b: { c: [1, 2] } }, { b: { c: [1, 2] }, a: 1 }, []],
    ['a number', { a: 1 }, { a: 2 }, [{ field: 'a', before: '1', now: '2' }]],
    ['a word', { a: 'x' }, { a: 'y' }, [{ field: 'a', before: 'x', now: 'y' }]],
    [
      'a field inside others',
      { a: { b: { c: true, d: 1 } } },
      { a: { b: { c: false, d: 1 } } },
      [{ field: 'a.b.c', before: 'true', now: 'false' }],
    ],
    [
      'a number of a list',
      { epsilon: [1, 2, 4] },
      { epsilon: [1, 3, 4] },
      [{ field: 'epsilon.1', before: '2', now: '3' }],
    ],
    [
      'a field of an item',
      { attack: [{ name: 'a' }, { name: 'top-k', k: 3 }] },
      { attack: [{ name: 'a' }, { name: 'top-k', k: 4 }] },
      [{ field: 'attack.1.k', before: '3', now: '4' }],
    ],
    [
      'an item more',
      { attack: [{ name: 'a' }] },
      { attack: [{ name: 'a' }, { name: 'b' }] },
      [{ field: 'attack.1.name', before: undefined, now: 'b' }],
    ],
    [
      'an item less',
      { epsilon: [1, 2] },
      { epsilon: [1] },
      [{ field: 'epsilon.1', before: '2', now: undefined }],
    ],
    [
      'a field that was not there',
      { x: 1 },
      { a: { b: 1 }, x: 1 },
      [{ field: 'a.b', before: undefined, now: '1' }],
    ],
    [
      'a field that is gone',
      { a: { b: 1 }, x: 1 },
      { x: 1 },
      [{ field: 'a.b', before: '1', now: undefined }],
    ],
    ['a field that is undefined on one side', { a: undefined, b: 1 }, { b: 1 }, []],
    [
      'an empty list',
      { a: [] },
      { a: [1] },
      [
        { field: 'a.0', before: undefined, now: '1' },
        { field: 'a', before: '[]', now: undefined },
      ],
    ],
    [
      'a value for fields',
      { a: 'none' },
      { a: { beta: 3 } },
      [
        { field: 'a.beta', before: undefined, now: '3' },
        { field: 'a', before: 'none', now: undefined },
      ],
    ],
    ['nothing for a value', { a: null }, { a: 0 }, [{ field: 'a', before: 'null', now: '0' }]],
    [
      'several, in the order of the second, then of the first',
      { x: 1, a: 1, b: 1 },
      { b: 2, a: 2, y: 1 },
      [
        { field: 'b', before: '1', now: '2' },
        { field: 'a', before: '1', now: '2' },
        { field: 'y', before: undefined, now: '1' },
        { field: 'x', before: '1', now: undefined },
      ],
    ],
  ])('are named by their fields: %s', (_, before, now, expected) => {
    expect(differences(before, now)).toEqual(expected);
    expect(identityHash(before, {}) === identityHash(now, {})).toBe(expected.length === 0);
  });

  it.each([
    ['output', { output: 'a' }, { output: 'b' }],
    ['engine.workers', { engine: { name: 'x', workers: 1 } }, { engine: { name: 'x' } }],
    ['data.count', { data: { name: 'x', count: 'max' } }, { data: { name: 'x', count: 3 } }],
  ])('leave out what no row depends on: %s', (_, before, now) => {
    expect(differences(before, now)).toEqual([]);
    expect(identityHash(before, {})).toBe(identityHash(now, {}));
  });

  it.each([
    ['training.count', { training: { count: 1 } }, { training: { count: 2 } }],
    ['engine.name', { engine: { name: 'x', workers: 1 } }, { engine: { name: 'y' } }],
    ['outputs', { outputs: 'a' }, { outputs: 'b' }],
    ['attack.0.output', { attack: [{ output: 'a' }] }, { attack: [{ output: 'b' }] }],
  ])('keep fields of like names: %s', (field, before, now) => {
    expect(differences(before, now)).toMatchObject([{ field }]);
    expect(identityHash(before, {})).not.toBe(identityHash(now, {}));
  });

  it('leave out the further fields that they are told, and what is inside them', () => {
    const before = { epochs: 3, stopAt: { accuracy: 0.5 }, rate: 1 };
    const now = { epochs: 4, rate: 2 };
    expect(differences(before, now, ['epochs', 'stopAt'])).toEqual([
      { field: 'rate', before: '1', now: '2' },
    ]);
  });
});

it('canonical JSON has the keys of every object in order, and lists as they are', () => {
  expect(canonical({ b: [{ d: 1, c: 2 }, 1], a: 'x' })).toBe('{"a":"x","b":[{"c":2,"d":1},1]}');
  expect(canonical({ b: undefined, 10: 1, 9: 2 })).toBe(canonical({ 9: 2, 10: 1 }));
});
