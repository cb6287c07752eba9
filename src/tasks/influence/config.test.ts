import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { identityHash } from '../../record/identity.js';
import { refusal, useFolder } from '../../testing/files.js';
import { loadConfig } from '../index.js';
import { type InfluenceAttackItem, type InfluenceConfig, influenceVersions } from './config.js';

const inFolder = useFolder();
const hashOf = (config: InfluenceConfig) => identityHash(config, influenceVersions(config));

async function load(...lines: readonly string[]) {
  const file = inFolder('c.yaml');
  const common = ['name: t', 'task: influence', 'model: resnet18', 'attack: influence-sign'];
  await writeFile(file, [...common, 'epsilon: 8', ...lines, ''].join('\n'));
  return (await loadConfig(file)) as InfluenceConfig;
}

describe('a config of influence functions', () => {
  it('gets every default', async () => {
    expect(await load('data: flowers')).toEqual({
      name: 't',
      task: 'influence',
      seed: 1,
      model: {
        name: 'resnet18',
        input: {
          ...{ height: 224, width: 224, scale: 255 },
          ...{ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
        },
        classes: 1000,
      },
      data: { name: 'flowers', split: 'test', count: 'max', correct: true, resize: 256 },
      training: { name: 'flowers', split: 'train', count: 'max' },
      influence: {
        loss: 'cross-entropy',
        reduction: 'mean',
        regularisation: 1e-3,
        damping: 1e-3,
        sign: 'helpfulness',
        normalise: 'none',
        direction: 'image',
        label: 'clean',
      },
      attack: [{ id: 'influence-sign', name: 'influence-sign' }],
      epsilon: [8],
      save: { images: 0 },
      engine: { name: 'auto' },
      output: 'results/t',
    });
  });

  it('damps by as much as the head is regularised, unless told', async () => {
    expect(await load('data: flowers', 'influence: { regularisation: 0.1 }')).toMatchObject({
      influence: { regularisation: 0.1, damping: 0.1 },
    });
    expect(
      await load('data: flowers', 'influence: { regularisation: 0.1, damping: 0 }'),
    ).toMatchObject({ influence: { regularisation: 0.1, damping: 0 } });
  });

  it('is as the authors’ program has it where asked, but for what it says itself', async () => {
    const given = ['semantics: authors', 'influence: { direction: image }'];
    const config = await load('data: flowers', ...given);
    expect(config.influence).toEqual({
      loss: 'squared',
      reduction: 'sum',
      regularisation: 1e-3,
      damping: 0,
      sign: 'helpfulness',
      normalise: 'unit',
      direction: 'image',
      label: 'current',
    });
    // the word has done its work
    expect(config).not.toHaveProperty('semantics');
  });

  it('names the versions of what it uses, and of nothing else', async () => {
    const config = await load('data: flowers');
    const [sign] = config.attack;
    const uses = (...names: InfluenceAttackItem['name'][]) => {
      const attack = names.map((name) => ({ ...sign!, name }));
      return Object.keys(influenceVersions({ ...config, attack }));
    };
    const always = ['task influence', 'preprocessing'];
    expect(uses('influence-sign')).toEqual(
      expect.arrayContaining([...always, 'attack influence-sign']),
    );
    expect(uses('influence-sign')).not.toContain('attack random-sign');
    expect(uses('random-sign', 'influence-sign')).toEqual(
      expect.arrayContaining([...always, 'attack random-sign', 'attack influence-sign']),
    );
  });

  it('has the hash of its fields, whichever word they came by', async () => {
    const [authors, paper, spelled] = [
      await load('data: flowers', 'semantics: authors'),
      await load('data: flowers'),
      await load(
        'data: flowers',
        'influence: { loss: squared, reduction: sum, damping: 0, normalise: unit, direction: features, label: current }',
      ),
    ];
    expect(hashOf(authors)).toBe(hashOf(spelled));
    expect(hashOf(authors)).not.toBe(hashOf(paper));
  });

  it('takes the images the head is fitted to from where it says', async () => {
    const data = 'data: { name: folder, path: test }';
    expect(await load(data, 'training: { name: folder, path: train, count: 10 }')).toMatchObject({
      training: { name: 'folder', path: 'train', count: 10 },
    });
    expect(await load(data, 'training: cifar-10')).toMatchObject({
      training: { name: 'cifar-10', split: 'train', count: 'max' },
    });
  });

  it.each([
    [
      ['data: { name: folder, path: test }'],
      /training: missing, expected the images the head is fitted to, such as \{ name: folder, /,
    ],
    [
      ['data: flowers', 'influence: { damping: -1 }'],
      /c\.yaml:7: influence\.damping: -1, expected at least 0$/,
    ],
    [
      ['data: flowers', 'influence: { regularisation: 0 }'],
      /c\.yaml:7: influence\.regularisation: 0, expected a number above 0$/,
    ],
    [
      ['data: flowers', 'influence: { los: squared }'],
      /c\.yaml:7: influence\.los: unknown key \(did you mean loss\?\), expected one of loss, /,
    ],
    [
      ['data: flowers', 'training: { name: flowers, crop: 9 }'],
      /c\.yaml:7: training\.crop: unknown key, expected one of name, count, split$/,
    ],
  ])('refuses %j', async (lines, message) => {
    expect(await refusal(load(...lines))).toMatch(message);
  });

  it('refuses attacks on maps', async () => {
    expect(await refusal(load('data: flowers', 'save: { images: -1 }'))).toMatch(
      /c\.yaml:7: save\.images: -1, expected at least 0$/,
    );
    const file = inFolder('maps.yaml');
    await writeFile(
      file,
      'name: t\ntask: influence\nmodel: resnet18\ndata: flowers\nattack: top-k\nepsilon: 8\n',
    );
    expect(await refusal(loadConfig(file))).toMatch(
      /maps\.yaml:5: attack\.0\.name: "top-k", expected one of random-sign, influence-sign$/,
    );
  });
});
