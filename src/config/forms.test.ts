// What forms refuse everywhere: unknown keys, names and ids that may not be, numbers out of range.
import { describe, it } from 'vitest';
import { config, type Mistake, useConfigFiles } from '../tasks/testing/config-files.js';

const { expectMistake } = useConfigFiles();

describe('an unknown key', () => {
  it.each<Mistake>([
    [
      'that is misspelled',
      config({}, 'sede: 2'),
      'c.yaml:7: sede: unknown key (did you mean seed?), expected one of name, task, seed, ',
    ],
    [
      'that is a required one misspelled',
      config({ epsilon: 'epsilom: 8' }),
      'c.yaml:6: epsilom: unknown key (did you mean epsilon?), expected one of ',
    ],
    ['like no other', config({}, 'color: red'), 'c.yaml:7: color: unknown key, expected one of '],
    [
      'that is one of an item misspelled',
      config({ attack: 'attack:\n  - random-sign\n  - name: top-k\n    iteration: 60' }),
      'c.yaml:8: attack.1.iteration: unknown key (did you mean iterations?), expected one of name, id, explain, quantise, iterations, step, evaluate, select, k',
    ],
    [
      'of another attack',
      config({ attack: 'attack: { name: random-sign, k: 3 }' }),
      'c.yaml:5: attack.0.k: unknown key, expected one of name, id, explain, quantise, iterations, step, evaluate, select',
    ],
    [
      'of another method',
      config({ explain: 'explain: { name: lrp, relevanceBeta: 10 }' }),
      'c.yaml:4: explain.0.relevanceBeta: unknown key, expected one of name, id, smooth, surrogate',
    ],
    [
      'of another model',
      config({ model: 'model: { name: cifar-cnn, pool: ceil }' }),
      'c.yaml:2: model.pool: unknown key',
    ],
    ['with a line break', config({}, '"a\\nb": 1'), 'c.yaml:7: a\\nb: unknown key'],
    [
      'that objects have anyway',
      config({}, '__proto__: { a: 1 }'),
      'c.yaml:7: __proto__: unknown key',
    ],
    ['that is a number', config({}, '5: x'), ': 5: unknown key'],
  ])('%s is a mistake', (...of) => expectMistake(of));
});

describe('a name or id', () => {
  it.each<Mistake>([
    [
      'with a space',
      config({ name: 'name: a b' }),
      'c.yaml:1: name: "a b", expected letters, digits, dots, dashes and underscores',
    ],
    [
      'that leaves the folder',
      config({ name: 'name: ../a' }),
      'c.yaml:1: name: "../a", expected letters',
    ],
    [
      'of a folder, of no letters',
      config({}, 'output: ""'),
      'c.yaml:7: output: "", expected the name of a file or folder',
    ],
    [
      'of two lines',
      config({ attack: 'attack: { name: top-k, id: "a\\nb" }' }),
      'c.yaml:5: attack.0.id: "a\\nb", expected no line breaks',
    ],
    [
      'of no letters',
      config({ attack: 'attack: { name: top-k, id: "" }' }),
      'c.yaml:5: attack.0.id: "", expected at least one character',
    ],
  ])('%s is a mistake', (...of) => expectMistake(of));
});

describe('a seed', () => {
  it.each<Mistake>([
    ['below 0', config({}, 'seed: -1'), 'c.yaml:7: seed: -1, expected at least 0'],
    [
      'of more than 32 bits',
      config({}, 'seed: 4294967296'),
      'c.yaml:7: seed: 4294967296, expected at most 4294967295',
    ],
    ['that is broken', config({}, 'seed: 1.5'), 'c.yaml:7: seed: 1.5, expected a whole number'],
  ])('%s is a mistake', (...of) => expectMistake(of));
});

describe('an ε', () => {
  it.each<Mistake>([
    [
      'of 0',
      config({ epsilon: 'epsilon: [8, 0]' }),
      'c.yaml:6: epsilon.1: 0, expected a number above 0',
    ],
    [
      'above 255',
      config({ epsilon: 'epsilon: 256' }),
      'c.yaml:6: epsilon.0: 256, expected at most 255',
    ],
    [
      'without end',
      config({ epsilon: 'epsilon: .inf' }),
      'c.yaml:6: epsilon.0: Infinity, expected a number',
    ],
    [
      'that is no number',
      config({ epsilon: 'epsilon: .nan' }),
      'c.yaml:6: epsilon.0: NaN, expected a number',
    ],
    [
      'that is a word',
      config({ epsilon: 'epsilon: small' }),
      'c.yaml:6: epsilon: "small", expected a number or a list of numbers',
    ],
    [
      'that is there twice',
      config({ epsilon: 'epsilon: [8, 4, 8]' }),
      'c.yaml:6: epsilon: [8,4,8], expected each ε once',
    ],
  ])('%s is a mistake', (...of) => expectMistake(of));
});
