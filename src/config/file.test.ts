// Reading config files: YAML to values, plain words and single items, changes from the command line, and mistakes in one
// line. The configs are of attacks.
import { mkdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { attackNames } from '../tasks/attack/items.js';
import { loadConfig, tasks } from '../tasks/index.js';
import { config, type Mistake, useConfigFiles } from '../tasks/testing/config-files.js';
import { withWeights } from './model.js';

const { at, load, mistake, mistakeIn, expectMistake } = useConfigFiles();

describe('a config', () => {
  it('means the same with plain words and spelled out, with single items and lists', async () => {
    const long = config(
      {
        model: 'model: { name: squeezenet1_1 }',
        data: 'data: { name: embedded }',
        explain: 'explain: [{ name: gradient }]',
        attack: 'attack: [{ name: top-k }]',
        epsilon: 'epsilon: [8]',
      },
      'select: [dissimilarity]',
      'engine: { name: auto }',
    );
    expect(await load(config({}, 'select: dissimilarity', 'engine: auto'))).toEqual(
      await load(long),
    );
  });

  it('changes by --set, in their order, with values in YAML', async () => {
    const { attack, epsilon, save, data, model, engine } = await load(
      config({ attack: 'attack: [random-sign, top-k]' }),
      'attack.1.iterations=60',
      'attack.2=mass-center',
      'epsilon=[1, 2]',
      'save.trace=true',
      'data.count=4',
      'data.count=5',
      'model=cifar-cnn',
      'engine={name: onnx, workers: 2}',
    );
    expect(attack.map(({ id }) => id)).toEqual(['random-sign', 'top-k', 'mass-center']);
    expect(attack[1]).toMatchObject({ iterations: 60 });
    expect([epsilon, save.trace, data.count, model.name]).toEqual([[1, 2], true, 5, 'cifar-cnn']);
    expect(engine).toEqual({ name: 'onnx', workers: 2 });
  });
});

describe('a mistake in a config', () => {
  const models = Object.keys(withWeights).join(', ');
  const attacks = attackNames.join(', ');

  it.each<Mistake>([
    // what is missing, and what is of another kind
    ['a missing field', 'name: t\n', `: model: missing, expected one of ${models}`],
    [
      'an item without a name',
      config({ attack: 'attack: [{ k: 3 }]' }),
      `c.yaml:5: attack.0.name: missing, expected one of ${attacks}`,
    ],
    [
      'an item that is a number',
      config({ attack: 'attack: [3]' }),
      `c.yaml:5: attack.0: 3, expected one of ${attacks}`,
    ],
    [
      'an item that is not there',
      config({ attack: 'attack:' }),
      `c.yaml:5: attack.0: null, expected one of ${attacks}`,
    ],
    [
      'no items',
      config({ explain: 'explain: []' }),
      'c.yaml:4: explain: [], expected at least one',
    ],
    [
      'a number for a group of fields',
      config({}, 'save: 3'),
      'c.yaml:7: save: 3, expected fields: images, trace',
    ],
    [
      'a word for a truth value',
      config({ data: 'data: { name: embedded, correct: yes }' }),
      'c.yaml:3: data.correct: "yes", expected true or false',
    ],
    ['a number for a name', config({ name: 'name: 3' }), 'c.yaml:1: name: 3, expected text'],
    // no YAML, or none of a config
    ['a key twice', config({}, 'name: u'), 'c.yaml:7: name: given twice, expected each key once'],
    ['an open bracket', config({}, 'select: [center'), 'not YAML: '],
    ['a tab', config({}, 'save:\n\timages: 1'), 'c.yaml:8: not YAML: '],
    [
      'two documents',
      `${config()}---\n${config()}`,
      'c.yaml:7: a second document, expected one config in a file',
    ],
    [
      'an alias of nothing',
      config({ name: 'name: *x' }),
      'c.yaml:1: not YAML: *x is an alias of nothing',
    ],
    [
      'an alias inside what it stands for',
      config({ data: 'data: &x { name: *x }' }),
      'c.yaml:3: not YAML: *x is an alias inside its own anchor',
    ],
    [
      'aliases of aliases of aliases',
      `a: &a [1, 1, 1]\n${[...'bcdefgh'].map((b, i) => `${b}: &${b} [${`*${'abcdefgh'[i]},`.repeat(9)}]\n`).join('')}`,
      'c.yaml: not YAML: ',
    ],
    ['nothing', '', 'c.yaml: expected a config: fields such as name'],
    ['a comment', '# later\n', 'c.yaml: expected a config: fields such as name'],
    ['a list', '- name: t\n', 'c.yaml: expected a config: fields such as name'],
    ['a sentence', 'hello there\n', 'c.yaml: expected a config: fields such as name'],
  ])('%s', (...of) => expectMistake(of));

  it('is one line without control characters', async () => {
    expect(await mistake(config({ name: 'name: ["\\u009b"]' }))).toBe(
      'c.yaml:1: name: ["\\u009b"], expected text',
    );
  });

  it('is a short line, however long the value', async () => {
    expect(await mistake(config({}, `task: ${'x'.repeat(5000)}`))).toBe(
      `c.yaml:7: task: "${'x'.repeat(56)}..., expected one of ${tasks.map(({ name }) => name).join(', ')}`,
    );
  });

  it.each([
    ['a picture', Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 16), 'c.yaml: not text'],
    ['text with zeros', Uint8Array.of(97, 58, 32, 0, 10), 'c.yaml: not text'],
  ])('%s', async (_, bytes, expected) => {
    expect(await mistake(bytes)).toContain(expected);
  });

  it('a file that is not there, a folder, a folder that is a file', async () => {
    await load(config());
    expect(await mistakeIn(loadConfig(at('absent.yaml')))).toBe(
      'absent.yaml: no such file; expected a config in YAML',
    );
    await mkdir(at('sub'));
    expect(await mistakeIn(loadConfig(at('sub')))).toBe(
      'sub: not a file; expected a config in YAML',
    );
    expect(await mistakeIn(loadConfig(at('c.yaml', 'c.yaml')))).toContain('no such file');
  });
});

describe('a mistake in --set', () => {
  it.each<[string, string, string]>([
    ['no value', 'name', 'expected field=value'],
    ['no field', '=1', 'expected field=value'],
    ['a value that is not YAML', 'epsilon=[1', 'not a YAML value: '],
    [
      'an alias inside what it stands for',
      'name=&x [*x]',
      'not a YAML value: *x is an alias inside',
    ],
    ['a value that may not be', 'model=vgg', 'model.name: "vgg", expected one of squeezenet1_0'],
    ['a value that does not fit', 'metrics.k=60000', 'metrics.k: 60000, expected at most 51529'],
    ['a misspelled key', 'attack.0.kk=6', 'attack.0.kk: unknown key'],
    ['a misspelled key outside', 'metric.k=6', 'metric: unknown key (did you mean metrics?)'],
    [
      'a group without its name',
      'engine.workers=2',
      'engine.name: missing, expected one of auto, onnx',
    ],
    ['an empty value', 'data.count=', 'data.count: null, expected a whole number from 1, or max'],
    [
      'an item that is not there',
      'attack.7.k=6',
      'attack.7: expected the number of an item, 0 to 0, or 1 to add one',
    ],
    ['a word for an item', 'attack.k=6', 'attack.k: expected the number of an item'],
    ['a field inside a word', 'name.x=6', 'name.x: name is "t", expected fields or a list there'],
    ['a key that objects have anyway', '__proto__.x=6', '__proto__: unknown key'],
  ])('%s', async (_, change, expected) => {
    const message = await mistake(config(), change);
    expect(message.startsWith(`--set ${change}: ${expected}`), message).toBe(true);
  });

  it('is one line even when the change is not', async () => {
    expect(await mistake(config(), 'seed=a\nb')).toContain('--set seed=a\\nb: seed: "a b"');
  });

  it('names the last change of a field, and the file for what it did not change', async () => {
    expect(await mistake(config(), 'seed=1', 'seed=-2')).toMatch(/^--set seed=-2: seed: -2,/);
    expect(await mistake(config({ model: 'model: vgg' }), 'seed=1')).toMatch(/^c\.yaml:2: model/);
    expect(await mistake(config({ attack: 'attack: fgsm' }), 'attack.0.k=5')).toMatch(
      /^c\.yaml:5: attack\.0\.name: "fgsm"/,
    );
  });
});
