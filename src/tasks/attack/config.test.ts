import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { names } from '../../config/json-schema.js';
import { paperSemantics } from '../../config/semantics.js';
import { UserError } from '../../errors.js';
import { loadTrainingConfig } from '../train/config.js';
import { configHash, loadConfig, type ResolvedConfig, resolveConfig } from './config.js';

const lines = {
  name: 'name: t',
  model: 'model: squeezenet1_1',
  data: 'data: embedded',
  explain: 'explain: gradient',
  attack: 'attack: top-k',
  epsilon: 'epsilon: 8',
};
/** A config of six lines, some of them others, and lines behind them. */
const config = (change: Partial<typeof lines> = {}, ...more: readonly string[]) =>
  [...Object.values({ ...lines, ...change }), ...more, ''].join('\n');

let folder: string;
let file: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'config-'));
  file = path.join(folder, 'c.yaml');
});
afterAll(() => rm(folder, { recursive: true }));

async function load(text: string | Uint8Array, ...changes: readonly string[]) {
  await writeFile(file, text);
  return (await loadConfig(file, changes)) as ResolvedConfig;
}

/** The message of the UserError that loading ends in, with the file's folder left out. */
async function mistakeIn(loaded: Promise<unknown>): Promise<string> {
  const error: unknown = await loaded.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).not.toMatch(/\p{Cc}/u);
  return message.replaceAll(`${folder}/`, '');
}
const mistake = (text: string | Uint8Array, ...changes: readonly string[]) =>
  mistakeIn(load(text, ...changes));

describe('a config', () => {
  it('gets every default', async () => {
    expect(await load(config())).toEqual({
      name: 't',
      task: 'attack',
      seed: 1,
      model: { name: 'squeezenet1_1' },
      data: { name: 'embedded', count: 'max', correct: true },
      explain: [{ id: 'gradient', name: 'gradient' }],
      attack: [
        {
          id: 'top-k',
          name: 'top-k',
          k: 1000,
          iterations: 300,
          step: 0.5,
          quantise: false,
          evaluate: { every: 1 },
          select: ['dissimilarity'],
        },
      ],
      epsilon: [8],
      metrics: { k: 1000 },
      semantics: paperSemantics,
      save: { images: 0, trace: false },
      engine: { name: 'auto' },
      output: 'results/t',
    });
  });

  it('takes k from the model, from metrics and from the attack, the nearest first', async () => {
    const ks = async (text: string) => {
      const { metrics, attack } = await load(text);
      return [metrics.k, (attack[0] as { k?: number }).k];
    };
    expect(await ks(config({ model: 'model: cifar-cnn' }))).toEqual([100, 100]);
    expect(await ks(config({}, 'metrics: { k: 50 }'))).toEqual([50, 50]);
    expect(await ks(config({ attack: 'attack: { name: top-k, k: 7 }' }))).toEqual([1000, 7]);
  });

  it('hands select and evaluate down to the attacks that do not have their own', async () => {
    const { attack } = await load(
      config(
        {
          attack:
            'attack: [random-sign, top-k, { name: mass-center, select: center, evaluate: { every: 2 } }]',
        },
        'select: [intersection, correlation]',
        'evaluate: { every: 5 }',
      ),
    );
    expect(attack).toMatchObject([
      { name: 'random-sign', quantise: false },
      { select: ['intersection', 'correlation'], evaluate: { every: 5 } },
      { select: ['center'], evaluate: { every: 2 } },
    ]);
    expect(attack[0]).not.toHaveProperty('select');
  });

  it('fills in match-target as published, with pairs for targets and no bound', async () => {
    const { attack, epsilon, data } = await load(
      config({
        data: 'data: { name: embedded, pairs: 3 }',
        attack:
          'attack: [match-target, { name: match-target, id: other, output: scores, keep: best, target: { image: i.png }, beta: { from: 1, to: 2 }, epsilon: 4 }]',
        epsilon: '',
      }),
    );
    const common = { name: 'match-target', quantise: false, iterations: 1500 };
    expect(attack).toEqual([
      {
        ...common,
        id: 'match-target',
        evaluate: { every: 1500 },
        weights: [1e11, 1e6],
        output: 'softmax',
        keep: 'last',
        target: 'pairs',
      },
      {
        ...common,
        id: 'other',
        evaluate: { every: 1 },
        weights: [1e11, 10],
        output: 'scores',
        keep: 'best',
        target: { image: 'i.png' },
        beta: { from: 1, to: 2 },
        epsilon: 4,
      },
    ]);
    expect(epsilon).toEqual([]);
    expect(data).toEqual({ name: 'embedded', count: 3, correct: true });
  });

  it('takes as many path points for a direction as for the map, unless told', async () => {
    const { explain } = await load(
      config({
        explain:
          'explain: [integrated-gradients, { name: integrated-gradients, id: ig, steps: 30, direction: { steps: 5 } }]',
      }),
    );
    expect(explain).toMatchObject([
      { id: 'integrated-gradients', steps: 100, direction: { steps: 100 } },
      { id: 'ig', steps: 30, direction: { steps: 5 } },
    ]);
  });

  it('rectifies guided relevance with β 10, unless told', async () => {
    const { explain } = await load(
      config({
        explain:
          'explain: [guided-backprop, { name: guided-backprop, id: soft, relevanceBeta: 2 }, { name: pattern-attribution, patterns: p.safetensors }]',
      }),
    );
    expect(explain).toEqual([
      { name: 'guided-backprop', id: 'guided-backprop', relevanceBeta: 10 },
      { name: 'guided-backprop', id: 'soft', relevanceBeta: 2 },
      { name: 'pattern-attribution', id: 'pattern-attribution', patterns: 'p.safetensors' },
    ]);
  });

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

  it('keeps regions, surrogates and where things are', async () => {
    const { attack, explain, surrogate, model, data } = await load(
      config(
        {
          model: 'model: { name: squeezenet1_0, weights: w.safetensors, pool: floor }',
          data: 'data: { name: folder, path: pictures, resize: 256, crop: 227, count: 3, correct: false }',
          explain: 'explain: { name: gradient, surrogate: none }',
          attack:
            'attack: [{ name: target-region, id: box, box: [0, 1, 227, 227] }, { name: target-region, id: mask, mask: m.png }, { name: target-region, id: slic, slic: { segments: 40, pick: 3 } }, { name: target-region, id: several, slic: { segments: 40, compactness: 2.5, pick: { a.png: 0, n/b.png: 7 } } }]',
        },
        'surrogate: { beta: 2.5 }',
      ),
    );
    expect(attack).toMatchObject([
      { box: [0, 1, 227, 227] },
      { mask: 'm.png' },
      { slic: { segments: 40, compactness: 10, pick: 3 } },
      { slic: { segments: 40, compactness: 2.5, pick: { 'a.png': 0, 'n/b.png': 7 } } },
    ]);
    expect(explain).toMatchObject([{ surrogate: 'none' }]);
    expect(surrogate).toEqual({ beta: 2.5 });
    expect(model).toEqual({ name: 'squeezenet1_0', weights: 'w.safetensors', pool: 'floor' });
    expect(data).toEqual({
      name: 'folder',
      path: 'pictures',
      resize: 256,
      crop: 227,
      count: 3,
      correct: false,
    });
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

  it('can be given as values', () => {
    const values = {
      name: 't',
      model: 'cifar-cnn',
      data: 'embedded',
      explain: 'gradient',
      attack: 'random-sign',
      epsilon: 8,
    };
    expect(resolveConfig(values).model).toEqual({ name: 'cifar-cnn' });
    expect(() => resolveConfig({ ...values, model: 'vgg' })).toThrow(
      /^--model: model.name: "vgg", expected one of squeezenet1_0/,
    );
  });
});

describe('a mistake in a config', () => {
  const [models, attacks, methods] = (['model', 'attack', 'explain'] as const).map((field) =>
    names[field]!.join(', '),
  );
  const rules = 'dissimilarity, intersection, correlation, center';

  it.each<[string, string, string]>([
    // unknown keys
    [
      'a misspelt key',
      config({}, 'sede: 2'),
      'c.yaml:7: sede: unknown key (did you mean seed?), expected one of name, task, seed, ',
    ],
    [
      'a misspelt required key',
      config({ epsilon: 'epsilom: 8' }),
      'c.yaml:6: epsilom: unknown key (did you mean epsilon?), expected one of ',
    ],
    [
      'a key like no other',
      config({}, 'colour: red'),
      'c.yaml:7: colour: unknown key, expected one of ',
    ],
    [
      'a misspelt key of an item',
      config({ attack: 'attack:\n  - random-sign\n  - name: top-k\n    iteration: 60' }),
      'c.yaml:8: attack.1.iteration: unknown key (did you mean iterations?), expected one of name, id, explain, quantise, iterations, step, evaluate, select, k',
    ],
    [
      'a key of another attack',
      config({ attack: 'attack: { name: random-sign, k: 3 }' }),
      'c.yaml:5: attack.0.k: unknown key, expected one of name, id, explain, quantise, iterations, step, evaluate, select',
    ],
    [
      'a key of another model',
      config({ model: 'model: { name: cifar-cnn, pool: ceil }' }),
      'c.yaml:2: model.pool: unknown key',
    ],
    ['a key with a line break', config({}, '"a\\nb": 1'), 'c.yaml:7: a\\nb: unknown key'],
    [
      'a key that objects have anyway',
      config({}, '__proto__: { a: 1 }'),
      'c.yaml:7: __proto__: unknown key',
    ],
    ['a key that is a number', config({}, '5: x'), ': 5: unknown key'],
    // enumerations
    [
      'an unknown model',
      config({ model: 'model: squeezenet' }),
      `c.yaml:2: model.name: "squeezenet", expected one of ${models}`,
    ],
    [
      'an unknown model, spelled out',
      config({ model: 'model:\n  pool: ceil\n  name: squeezenet' }),
      `c.yaml:4: model.name: "squeezenet", expected one of ${models}`,
    ],
    [
      'an unknown data set',
      config({ data: 'data: mnist' }),
      'c.yaml:3: data.name: "mnist", expected one of imagenet, cifar-10, flowers, embedded, folder',
    ],
    [
      'an unknown method',
      config({ explain: 'explain: [gradient, lrb]' }),
      `c.yaml:4: explain.1.name: "lrb", expected one of ${methods}`,
    ],
    [
      'an unknown attack',
      config({ attack: 'attack: [fgsm]' }),
      `c.yaml:5: attack.0.name: "fgsm", expected one of ${attacks}`,
    ],
    [
      'an unknown engine',
      config({}, 'engine: torch'),
      'c.yaml:7: engine.name: "torch", expected one of auto, onnx, tfjs',
    ],
    [
      'an unknown device',
      config({}, 'engine: { name: onnx, device: tpu }'),
      'c.yaml:7: engine.device: "tpu", expected one of cpu, webgpu, cuda',
    ],
    [
      'an unknown task',
      config({}, 'task: influences'),
      'c.yaml:7: task: "influences", expected one of attack, angles, influence',
    ],
    [
      'unknown semantics',
      config({}, 'semantics: author'),
      'c.yaml:7: semantics.name: "author", expected one of paper, authors',
    ],
    [
      'an unknown selection rule',
      config({}, 'select: best'),
      `c.yaml:7: select: "best", expected one of ${rules}`,
    ],
    [
      'an unknown split',
      config({ data: 'data: { name: cifar-10, split: val }' }),
      'c.yaml:3: data.split: "val", expected one of train, test',
    ],
    [
      'unknown pooling',
      config({ model: 'model: { name: squeezenet1_1, pool: up }' }),
      'c.yaml:2: model.pool: "up", expected one of ceil, floor',
    ],
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
      'a folder without a path',
      config({ data: 'data: folder' }),
      'c.yaml:3: data.path: missing, expected text',
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
    [
      'a name with a space',
      config({ name: 'name: a b' }),
      'c.yaml:1: name: "a b", expected letters, digits, dots, dashes and underscores',
    ],
    [
      'a name that leaves the folder',
      config({ name: 'name: ../a' }),
      'c.yaml:1: name: "../a", expected letters',
    ],
    [
      'no output folder',
      config({}, 'output: ""'),
      'c.yaml:7: output: "", expected the name of a file or folder',
    ],
    [
      'an id of two lines',
      config({ attack: 'attack: { name: top-k, id: "a\\nb" }' }),
      'c.yaml:5: attack.0.id: "a\\nb", expected no line breaks',
    ],
    // numbers
    [
      'an ε of 0',
      config({ epsilon: 'epsilon: [8, 0]' }),
      'c.yaml:6: epsilon.1: 0, expected a number above 0',
    ],
    [
      'an ε above 255',
      config({ epsilon: 'epsilon: 256' }),
      'c.yaml:6: epsilon.0: 256, expected at most 255',
    ],
    [
      'an infinite ε',
      config({ epsilon: 'epsilon: .inf' }),
      'c.yaml:6: epsilon.0: Infinity, expected a number',
    ],
    [
      'an ε that is no number',
      config({ epsilon: 'epsilon: .nan' }),
      'c.yaml:6: epsilon.0: NaN, expected a number',
    ],
    [
      'a word for ε',
      config({ epsilon: 'epsilon: small' }),
      'c.yaml:6: epsilon: "small", expected a number or a list of numbers',
    ],
    [
      'one ε twice',
      config({ epsilon: 'epsilon: [8, 4, 8]' }),
      'c.yaml:6: epsilon: [8,4,8], expected each ε once',
    ],
    [
      'no ε for an attack that needs one',
      config({ epsilon: '' }),
      'c.yaml:1: epsilon: missing, expected a number or a list of numbers, since top-k needs a bound',
    ],
    [
      'an ε for none that takes it',
      config({ attack: 'attack: match-target' }),
      'c.yaml:6: epsilon: [8], expected none here: match-target has an epsilon of its own',
    ],
    [
      'β of match-target that is none of its forms',
      config({ attack: 'attack: { name: match-target, beta: { from: 1 } }', epsilon: '' }),
      'c.yaml:5: attack.0.beta: {"from":1}, expected none, a number above 0, or { from: number, to: number }',
    ],
    [
      'weights of match-target that are not two',
      config({ attack: 'attack: { name: match-target, weights: [1] }', epsilon: '' }),
      'c.yaml:5: attack.0.weights: [1], expected [weight of the map, weight of the output], numbers from 0',
    ],
    [
      'a target that is none',
      config({ attack: 'attack: { name: match-target, target: { file: a } }', epsilon: '' }),
      'c.yaml:5: attack.0.target: {"file":"a"}, expected pairs, the file of a grey picture, or { image: FILE }',
    ],
    [
      'an attack on an explanation that there is not',
      config({ attack: 'attack: { name: top-k, explain: [gradient, lrp] }' }),
      'c.yaml:5: attack.0.explain: lrp, expected one of gradient',
    ],
    [
      'an explanation that no attack is on',
      config({
        explain: 'explain: [gradient, lrp]',
        attack: 'attack: { name: top-k, explain: gradient }',
      }),
      'c.yaml:4: explain.1: lrp, expected only explanations that an attack is on',
    ],
    [
      'pairs without an attack that makes them',
      config({ data: 'data: { name: embedded, pairs: 2 }' }),
      'c.yaml:3: data.pairs: 2, expected only with an attack match-target whose target is pairs; count is the number of images',
    ],
    [
      'pairs and images',
      config({
        data: 'data: { name: embedded, pairs: 2, count: 2 }',
        attack: 'attack: match-target',
        epsilon: '',
      }),
      'c.yaml:3: data.pairs: 2, expected at most one of count and pairs',
    ],
    ['a negative seed', config({}, 'seed: -1'), 'c.yaml:7: seed: -1, expected at least 0'],
    [
      'a seed of more than 32 bits',
      config({}, 'seed: 4294967296'),
      'c.yaml:7: seed: 4294967296, expected at most 4294967295',
    ],
    ['a broken seed', config({}, 'seed: 1.5'), 'c.yaml:7: seed: 1.5, expected a whole number'],
    [
      'no images',
      config({ data: 'data: { name: embedded, count: 0 }' }),
      'c.yaml:3: data.count: 0, expected at least 1',
    ],
    [
      'a word for a count',
      config({ data: 'data: { name: embedded, count: all }' }),
      'c.yaml:3: data.count: "all", expected a whole number from 1, or max',
    ],
    [
      'a negative β',
      config({}, 'surrogate: { beta: -1 }'),
      'c.yaml:7: surrogate.beta: -1, expected a number above 0',
    ],
    [
      'a word for a surrogate',
      config({}, 'surrogate: relu'),
      'c.yaml:7: surrogate: "relu", expected none or { beta: number above 0 }',
    ],
    [
      'an evaluation every 0 steps',
      config({}, 'evaluate: { every: 0 }'),
      'c.yaml:7: evaluate.every: 0, expected at least 1',
    ],
    [
      'no workers',
      config({}, 'engine: { name: auto, workers: 0 }'),
      'c.yaml:7: engine.workers: 0, expected at least 1',
    ],
    [
      'fewer than no images to keep',
      config({}, 'save: { images: -1 }'),
      'c.yaml:7: save.images: -1, expected at least 0',
    ],
    [
      'a step of 0',
      config({ attack: 'attack: { name: top-k, step: 0 }' }),
      'c.yaml:5: attack.0.step: 0, expected a number above 0',
    ],
    [
      'no iterations',
      config({ attack: 'attack: { name: top-k, iterations: 0 }' }),
      'c.yaml:5: attack.0.iterations: 0, expected at least 1',
    ],
    [
      'a rule twice',
      config({}, 'select: [center, center]'),
      'c.yaml:7: select: ["center","center"], expected each rule once',
    ],
    ['no rule', config({}, 'select: []'), 'c.yaml:7: select: [], expected at least one'],
    // what does not fit the model, or each other
    [
      'more pixels than there are',
      config({ attack: 'attack: { name: top-k, k: 60000 }' }),
      'c.yaml:5: attack.0.k: 60000, expected at most 51529, the pixels of a 227×227 map',
    ],
    [
      'more pixels for the metrics than there are',
      config({ model: 'model: cifar-cnn' }, 'metrics: { k: 1025 }'),
      'c.yaml:7: metrics.k: 1025, expected at most 1024, the pixels of a 32×32 map',
    ],
    [
      'a box without area',
      config({ attack: 'attack: { name: target-region, box: [5, 5, 5, 9] }' }),
      'c.yaml:5: attack.0.box: [5, 5, 5, 9], expected top < bottom ≤ 227 and left < right ≤ 227',
    ],
    [
      'a box turned around',
      config({ attack: 'attack: { name: target-region, box: [0, 9, 5, 2] }' }),
      'c.yaml:5: attack.0.box: [0, 9, 5, 2], expected top < bottom',
    ],
    [
      'a box outside the image',
      config({
        model: 'model: cifar-cnn',
        attack: 'attack: { name: target-region, box: [0, 0, 33, 9] }',
      }),
      'c.yaml:5: attack.0.box: [0, 0, 33, 9], expected top < bottom ≤ 32',
    ],
    [
      'a box that begins outside',
      config({ attack: 'attack: { name: target-region, box: [-1, 0, 9, 9] }' }),
      'c.yaml:5: attack.0.box.0: -1, expected at least 0',
    ],
    [
      'a box of three',
      config({ attack: 'attack: { name: target-region, box: [1, 2, 3] }' }),
      'c.yaml:5: attack.0.box: [1,2,3], expected [top, left, bottom, right] in pixels',
    ],
    [
      'a region of nothing',
      config({ attack: 'attack: [random-sign, target-region]' }),
      'c.yaml:5: attack.1: target-region: expected exactly one of box, mask and slic',
    ],
    [
      'a region of two kinds',
      config({ attack: 'attack: { name: target-region, mask: m, box: [0, 0, 1, 1] }' }),
      'c.yaml:5: attack.0: target-region: expected exactly one of box, mask and slic',
    ],
    [
      'a superpixel without an index',
      config({ attack: 'attack: { name: target-region, slic: { segments: 9 } }' }),
      'c.yaml:5: attack.0.slic.pick: missing, expected the index of a region, from 0, or { image: index } for several images',
    ],
    [
      'a superpixel by a name',
      config({ attack: 'attack: { name: target-region, slic: { segments: 9, pick: cloud } }' }),
      'c.yaml:5: attack.0.slic.pick: "cloud", expected the index of a region, from 0, or { image: index } for several images',
    ],
    [
      'one superpixel',
      config({ attack: 'attack: { name: target-region, slic: { segments: 1, pick: 0 } }' }),
      'c.yaml:5: attack.0.slic.segments: 1, expected at least 2',
    ],
    [
      'no compactness',
      config({
        attack: 'attack: { name: target-region, slic: { segments: 9, compactness: 0, pick: 0 } }',
      }),
      'c.yaml:5: attack.0.slic.compactness: 0, expected a number above 0',
    ],
    [
      'more superpixels than pixels',
      config({ attack: 'attack: { name: target-region, slic: { segments: 60000, pick: 0 } }' }),
      "c.yaml:5: attack.0.slic.segments: 60000, expected at most 51529, the pixels of the network's input",
    ],
    [
      'two attacks of one name',
      config({ attack: 'attack:\n  - top-k\n  - { name: top-k, iterations: 60 }' }),
      'c.yaml:7: attack.1: two items have the id top-k, expected ids such as top-k-1 and top-k-iterations60',
    ],
    [
      'two methods of one name',
      config({
        explain:
          'explain: [{ name: integrated-gradients, steps: 30 }, { name: integrated-gradients, steps: 100 }]',
      }),
      'c.yaml:4: explain.1: two items have the id integrated-gradients, expected ids such as integrated-gradients-steps30 and integrated-gradients-steps100',
    ],
    [
      'a method and its smoothed form',
      config({ explain: 'explain: [gradient, { name: gradient, smooth: { beta: 0.8 } }]' }),
      'c.yaml:4: explain.1: two items have the id gradient, expected ids such as gradient-1 and gradient-beta0.8',
    ],
    [
      'a smoothed method with a surrogate',
      config({ explain: 'explain: { name: lrp, smooth: { beta: 1 }, surrogate: { beta: 2 } }' }),
      'c.yaml:4: explain.0: lrp: expected at most one of smooth and surrogate, since the direction is of the smooth network itself',
    ],
    [
      'a smoothing without β above 0',
      config({ explain: 'explain: { name: lrp, smooth: { beta: 0 } }' }),
      'c.yaml:4: explain.0.smooth.beta: 0, expected a number above 0',
    ],
    [
      'a field of another method',
      config({ explain: 'explain: { name: lrp, relevanceBeta: 10 }' }),
      'c.yaml:4: explain.0.relevanceBeta: unknown key, expected one of name, id, smooth, surrogate',
    ],
    [
      'two items of one id',
      config({ attack: 'attack: [{ name: top-k, id: a }, { name: mass-center, id: a }]' }),
      'c.yaml:5: attack.1: two items have the id a, expected ids such as',
    ],
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
      'c.yaml:3: not YAML: *x is an alias inside what it stands for',
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
  ])('%s', async (_, text, expected) => {
    const message = await mistake(text);
    expect(message).toContain(expected);
    expect(message).toMatch(/^c\.yaml/);
  });

  it('is a short line, however long the value', async () => {
    expect(await mistake(config({}, `task: ${'x'.repeat(5000)}`))).toMatch(
      /^c\.yaml:7: task: "x{56}\.\.\., expected one of attack, angles, influence$/,
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
    expect(await mistakeIn(loadConfig(path.join(folder, 'absent.yaml')))).toBe(
      'absent.yaml: no such file; expected a config in YAML',
    );
    await mkdir(path.join(folder, 'sub'));
    expect(await mistakeIn(loadConfig(path.join(folder, 'sub')))).toBe(
      'sub: not a file; expected a config in YAML',
    );
    expect(await mistakeIn(loadConfig(path.join(file, 'c.yaml')))).toContain('no such file');
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
    ['a misspelt key', 'attack.0.kk=6', 'attack.0.kk: unknown key'],
    ['a misspelt key outside', 'metric.k=6', 'metric: unknown key (did you mean metrics?)'],
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

describe('configHash', () => {
  const hash = async (text: string, ...changes: readonly string[]) =>
    configHash(await load(text, ...changes));

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
  ])('changes with %s', async (change) => {
    expect(await hash(config(), change)).not.toBe(await hash(config()));
  });
});

describe('the configs that come with the program', async () => {
  const configs = fileURLToPath(new URL('../../../configs', import.meta.url));
  const names = (await readdir(configs)).filter((name) => name.endsWith('.yaml'));

  it('include the smoke test and the three attacks', () => {
    for (const name of ['smoke', 'imagenet-topk', 'imagenet-center', 'imagenet-random'])
      expect(names).toContain(`${name}.yaml`);
  });

  it.each(names)('%s is right, bears its own name, and names its schema', async (name) => {
    const load = name.startsWith('train-') ? loadTrainingConfig : loadConfig;
    const resolved = await load(path.join(configs, name), []);
    expect(`${resolved.name}.yaml`).toBe(name);
    const [first] = (await readFile(path.join(configs, name), 'utf8')).split('\n');
    expect(first).toBe('# yaml-language-server: $schema=../fixtures/config.schema.json');
  });
});
