// The lists of tasks: each has a computer and a report, and configs of any are loaded; and the configs that come with the
// program, which hold every default once they are.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ExplainItem } from '../config/explanations.js';
import { methods, publishedRate } from '../config/methods.js';
import type { ModelConfig } from '../config/model.js';
import { paperSemantics } from '../config/semantics.js';
import { hasSplits } from '../config/subject.js';
import { networkOf, optionsOf } from '../model/index.js';
import { fixturePath, packageRoot } from '../package.js';
import type { Subject } from '../subject/subject.js';
import type { TaskConfig } from '../task/task.js';
import type { AttackConfig } from './attack/config.js';
import { isWalk, type MatchTargetItem } from './attack/items.js';
import { openComputer } from './computers.js';
import { configSchema, leavesOf, loadConfig, taskOf, tasks } from './index.js';
import type { InfluenceConfig } from './influence/config.js';
import { reports } from './reports.js';
import { config, useConfigFiles } from './testing/config-files.js';
import { loadTrainingConfig } from './train/config.js';

const { load, mistake } = useConfigFiles();
const names = tasks.map(({ name }) => name);

describe('the lists of tasks', () => {
  it('have names of their own, and tables of their own', () => {
    expect(new Set(names).size).toBe(tasks.length);
    expect(new Set(tasks.map(({ file }) => file)).size).toBe(tasks.length);
  });

  it.each(tasks)('have a computer, a report and a form for $name', async (task) => {
    const opened = async () => openComputer({ task: task.name } as TaskConfig, {} as Subject);
    // without a subject it may not open, but it is there
    const why = await opened().then(String, String);
    expect(why).not.toContain('no worker computes');
    expect(reports.filter(({ task: of }) => of === task.name)).toMatchObject([{ file: task.file }]);
    expect(task.form.schema.shape.task?.safeParse(task.name).success).toBe(true);
    expect(leavesOf(task.name)).toEqual(task.leaves);
    expect(task.leaves).toContain(task.file);
    expect(taskOf({ task: task.name })).toBe(task);
  });

  it('have reports of nothing else but trainings', () => {
    expect(reports.map(({ task }) => task)).toEqual([...names, 'train']);
  });

  it('have nothing for a task that there is not', () => {
    expect(() => taskOf({ task: 'influences' })).toThrow('no task is called influences');
    expect(() => openComputer({ task: 'influences' } as TaskConfig, {} as Subject)).toThrow(
      'no worker computes influences',
    );
  });
});

describe('a config file', () => {
  it('is of attacks unless it says otherwise', async () => {
    expect((await load(config())).task).toBe('attack');
    expect((await load(config({}, 'task: attack'))).task).toBe('attack');
  });

  it('of another task has that task’s fields, and no others', async () => {
    const angles = ['name: t', 'task: angles', 'model: cifar-cnn', 'data: embedded'];
    expect(await load(angles.join('\n'))).toMatchObject({ task: 'angles', name: 't', seed: 1 });
    expect(await mistake([...angles, 'attack: top-k'].join('\n'))).toContain(
      'c.yaml:5: attack: unknown key, expected one of name, task, seed, ',
    );
  });

  it('can be changed to another task', async () => {
    const angles = 'name: t\nmodel: cifar-cnn\ndata: embedded\n';
    expect((await load(angles, 'task=angles')).task).toBe('angles');
  });

  it('of an unknown task is a mistake', async () => {
    const text = config({}, 'task: influences');
    expect(await mistake(text)).toBe(
      `c.yaml:7: task: "influences", expected one of ${names.join(', ')}`,
    );
  });
});

describe('the schema of configs', () => {
  it('is the one that configs name', async () => {
    const file = fixturePath('config.schema.json');
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(configSchema());
  });

  it('has a form for every task, and one for trainings', () => {
    expect(configSchema()).toHaveProperty('anyOf.length', tasks.length + 1);
  });
});

const folder = path.join(packageRoot, 'configs');
const files = await Promise.all(
  (await readdir(folder))
    .filter((name) => name.endsWith('.yaml'))
    .map(async (file) => {
      const text = await readFile(path.join(folder, file), 'utf8');
      return { file, text, given: parse(text) };
    }),
);
const isTraining = ({ file }: { file: string }) => file.startsWith('train-');
const loaded = (file: string) => loadConfig(path.join(folder, file));

/** The names of fields, without those that may be left out. */
const fieldsOf = (value: object, ...free: readonly string[]) =>
  Object.keys(value)
    .filter((field) => !free.includes(field))
    .sort();

/** A model whose options, input and classes are said. */
function expectModel({ input, classes, ...model }: ModelConfig): void {
  expect(fieldsOf(model, 'weights')).toEqual(
    ['name', ...Object.keys(optionsOf(model.name))].sort(),
  );
  const { height, width, layers, classes: there } = networkOf(model.name, model);
  expect(layers[0]).toMatchObject({ kind: 'preprocess' });
  const { scale, mean, std } = layers[0] as unknown as ModelConfig['input'];
  expect({ input, classes }).toEqual({
    input: { height, width, scale, mean, std },
    classes: there,
  });
}

describe('the configs that come with the program', () => {
  it.each(['smoke', 'imagenet-topk', 'imagenet-center', 'imagenet-random'])(
    'have %s among them',
    (name) => {
      expect(files.map(({ file }) => file)).toContain(`${name}.yaml`);
    },
  );

  it.each(files)(
    '$file is right, bears its own name, and names its schema',
    async ({ file, text }) => {
      const load = isTraining({ file }) ? loadTrainingConfig : loadConfig;
      const resolved = await load(path.join(folder, file), []);
      expect(`${resolved.name}.yaml`).toBe(file);
      expect(text.split('\n')[0]).toBe(
        '# yaml-language-server: $schema=../fixtures/config.schema.json',
      );
    },
  );

  it.each(files.filter(isTraining))('$file holds every default', async ({ file }) => {
    const resolved = await loadTrainingConfig(path.join(folder, file), []);
    expect(fieldsOf(resolved, 'from', 'stopAt')).toEqual(
      [
        ...['task', 'name', 'seed', 'model', 'data', 'epochs', 'batch', 'optimizer', 'augment'],
        ...['activation', 'output'],
      ].sort(),
    );
    expectModel(resolved.model);
    expect(resolved.data.resize).toBe(32);
    expect(fieldsOf(resolved.optimizer, 'schedule')).toEqual(['name', 'rate']);
  });
});

const experiments = files.filter((of) => !isTraining(of));

describe.each(experiments)('$file, loaded,', ({ file }) => {
  it('holds all of its model and its images', async () => {
    const { model, data, engine, output } = await loaded(file);
    expectModel(model);
    const { name } = data!;
    const split = hasSplits(name) ? ['split'] : [];
    expect(fieldsOf(data!, 'path', 'crop')).toEqual(
      ['name', 'count', 'correct', 'resize', ...split].sort(),
    );
    expect(engine.name).toBeDefined();
    expect(output).toMatch(/^results\//);
  });

  it('uses versions of its task and of preprocessing, all of them whole numbers from 1', async () => {
    const resolved = await loaded(file);
    const task = taskOf(resolved);
    const versions = task.versions(resolved, networkOf(resolved.model.name, resolved.model));
    expect(versions).toMatchObject({
      [`task ${task.name}`]: task.version,
      preprocessing: expect.any(Number),
    });
    const odd = Object.entries(versions).filter(([, v]) => !Number.isInteger(v) || v < 1);
    expect(odd).toEqual([]);
  });
});

const isAttack = ({ given }: { given: { task?: string } }) => given.task === undefined;

describe.each(experiments.filter(isAttack))('$file, loaded,', ({ file }) => {
  const attacked = async () => (await loaded(file)) as AttackConfig;

  it('holds all fields of its explanations, and which network directions are taken on', async () => {
    const { explain } = await attacked();
    const own = ({ id, smooth, surrogate, ...method }: ExplainItem): object => method;
    for (const item of explain) {
      const wrapped = 'of' in item ? item.of : undefined;
      for (const method of wrapped === undefined ? [own(item)] : [own(item), wrapped])
        expect(fieldsOf(method, 'name', 'patterns'), item.id).toEqual(
          fieldsOf(methods[(method as ExplainItem).name].defaults({})),
        );
      expect((item.smooth === undefined) !== (item.surrogate === undefined), item.id).toBe(true);
    }
  });

  it('holds all fields of its attacks', async () => {
    const { attack, metrics, save, semantics, ...config } = await attacked();
    for (const item of attack) {
      const always = ['name', 'id', 'quantise'];
      const bySigns = ['iterations', 'step', 'evaluate', 'select'];
      const own = {
        'random-sign': isWalk(item) ? bySigns : [],
        'top-k': [...bySigns, 'k'],
        'mass-center': bySigns,
        'target-region': bySigns,
        'match-target': [
          ...['iterations', 'evaluate', 'weights', 'output', 'keep', 'target', 'directions'],
        ],
      }[item.name];
      expect(fieldsOf(item, 'explain', 'epsilon', 'box', 'mask', 'slic'), item.id).toEqual(
        [...always, ...own].sort(),
      );
    }
    expect(metrics.k).toBeGreaterThan(0);
    expect(fieldsOf(save)).toEqual(['images', 'trace']);
    expect(fieldsOf(semantics)).toEqual(fieldsOf(paperSemantics));
    const bounded = attack.some(({ name }) => name !== 'match-target');
    expect('epsilon' in config).toBe(bounded);
    // folded into the explanations
    expect(config).not.toHaveProperty('surrogate');
  });
});

const isMatching = ({ text }: { text: string }) => text.includes('match-target');

it.each(experiments.filter(isMatching))(
  '$file, loaded, holds the rate and β of match-target on every explanation that it attacks',
  async ({ file, given }) => {
    const { explain, attack } = (await loaded(file)) as AttackConfig;
    const written: unknown[] = [given.attack].flat();
    const matching = attack.filter(({ name }) => name === 'match-target') as MatchTargetItem[];
    expect(matching).not.toEqual([]);
    for (const item of matching) {
      const { rate } = written[attack.indexOf(item)] as { rate?: number };
      const on = explain.filter(({ id }) => item.explain?.includes(id) ?? true);
      const directions = on.map((one) => [
        one.id,
        { rate: rate ?? publishedRate(one, one.smooth !== undefined), beta: expect.anything() },
      ]);
      expect(item.directions, item.id).toEqual(Object.fromEntries(directions));
    }
  },
);

describe('directions of match-target', () => {
  const growing = { from: 10, to: 100 };
  const onGrayLevels = { from: 10 / 57, to: 100 / 57 };

  it.each([
    [
      'manipulation-resnet18',
      {
        gradient: { rate: 1e-3, beta: growing },
        'gradient-x-input': { rate: 1e-3, beta: growing },
        lrp: { rate: 2e-4, beta: 'none' },
        'guided-backprop': { rate: 1e-3, beta: growing },
        'pattern-attribution': { rate: 2e-3, beta: growing },
      },
    ],
    [
      'manipulation-fig1',
      { gradient: { rate: 1e-3, beta: onGrayLevels }, lrp: { rate: 2e-4, beta: 'none' } },
    ],
    ['manipulation-vgg16-ig', { 'integrated-gradients': { rate: 5e-3, beta: growing } }],
  ])('in %s are those that are published', async (name, directions) => {
    const { attack } = (await loaded(`${name}.yaml`)) as AttackConfig;
    expect(attack).toMatchObject([{ name: 'match-target', directions }]);
  });
});

const isInfluence = ({ given }: { given: { task?: string } }) => given.task === 'influence';

it.each(experiments.filter(isInfluence))(
  '$file, loaded, holds all of influence',
  async ({ file }) => {
    const resolved = (await loaded(file)) as InfluenceConfig;
    const { training, influence } = resolved;
    expect(training).toEqual({ name: 'flowers', split: 'train', count: 1000 });
    expect(fieldsOf(influence)).toEqual(
      [
        ...['loss', 'reduction', 'regularisation', 'damping', 'sign', 'normalise', 'direction'],
        'label',
      ].sort(),
    );
    expect(resolved).not.toHaveProperty('semantics');
  },
);
