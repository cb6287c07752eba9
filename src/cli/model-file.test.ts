// Networks from ONNX files on the command line: explained, attacked, examined; and what is refused in one line.
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { networkOf } from '../model/index.js';
import { fixturePath } from '../package.js';
import { keyedRandom } from '../random.js';
import { writeSafetensors } from '../weights/safetensors.js';
import { Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
  for (const name of ['vit', 'mobilenet-v3', 'two-outputs', 'shufflenet-v2'])
    await copyFile(fixturePath('onnx', `${name}.onnx`), place.path(`${name}.onnx`));
  await copyFile(fixturePath('embedded', 'deer', '0.png'), place.path('picture.png'));
  await place.write('names.txt', 'ant\nbee\ncow\ndog\nelk\n');
  await place.write('few.txt', 'ant\nbee\n');
});
afterAll(() => place.remove());

const explain = (model: string, ...more: readonly string[]) =>
  ['explain', 'picture.png', '--model', model, '--fresh', ...more] as const;
const input = ['--set', 'model.input=keras-tf'] as const;

describe('a model file', { timeout: 120_000 }, () => {
  it('is explained, with the names of its classes', async () => {
    const { status, stdout } = await place.fragile(
      ...explain('mobilenet-v3.onnx', ...input, '--set', 'model.classes=names.txt'),
      ...['--method', 'gradient', 'smoothgrad', 'deeplift', 'guided-backprop'],
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^class: \d, (ant|bee|cow|dog|elk)\n/);
  });

  it('is called by numbers where it has no names', async () => {
    const { stdout } = await place.fragile(...explain('vit.onnx', ...input));
    expect(stdout).toMatch(/^class: (\d), class \1\n/);
  });

  it.each<[string, readonly string[], string]>([
    [
      'without its input',
      explain('vit.onnx'),
      '--model: model.input: missing, expected torchvision, keras-tf, keras-caffe, unit, none or { scale, mean, std, … }',
    ],
    ['that is not there', explain('gone.onnx', ...input), 'gone.onnx: no such file'],
    [
      'with a method that has no rule for it',
      explain('vit.onnx', ...input, '--method', 'lrp'),
      'explain.0: lrp has no rule for /encoder/layers/encoder_layer_0/ln_1/ReduceMean (the operator ReduceMean); gradient, gradient-x-input, integrated-gradients, guided-backprop, smoothgrad work on this network',
    ],
    [
      'with softplus for the ReLUs that it has not',
      explain('vit.onnx', ...input, '--set', 'explain.0.smooth={ beta: 3 }'),
      'explain.0.smooth: { beta: 3 }, expected a network with ReLUs: vit has none',
    ],
    [
      'with an output that it has not',
      explain('two-outputs.onnx', ...input, '--set', 'model.output=scores'),
      'two-outputs.onnx: model.output: scores, expected one of ',
    ],
    [
      'with names of other classes',
      explain('vit.onnx', ...input, '--set', 'model.classes=picture.png'),
      'picture.png: ',
    ],
  ])('is refused %s', async (_, args, why) => {
    expect(await place.refused(...args)).toContain(why);
  });

  it('is examined without its input', async () => {
    const { status, stdout } = await place.fragile('doctor', '--model', 'shufflenet-v2.onnx');
    expect(status).toBe(0);
    for (const part of [
      /^Conv +\d+$/m,
      /scores differ .* by \de-\d+|\d\.\de-\d/,
      /^lrp +yes$/m,
      /^keras-tf +\d+ %/m,
    ])
      expect(stdout).toMatch(part);
  });

  it('is attacked; results are its own, and open when it is gone', async () => {
    await place.write(
      'attack.yaml',
      `name: file
model: { name: onnx, file: mobilenet-v3.onnx, input: keras-tf, as: mine }
data: { name: embedded, count: 2, correct: false }
explain: [gradient, deeplift, guided-backprop, integrated-gradients]
attack: [{ name: top-k, iterations: 8 }, random-sign]
epsilon: 8
metrics: { k: 40 }
save: { images: 2 }
`,
    );
    const { status, stderr } = await place.fragile('run', 'attack.yaml', '--quiet');
    expect([status, stderr.split('\n')[0]]).toEqual([
      0,
      expect.stringMatching(/^mine: β of its surrogate is /),
    ]);
    const text = await readFile(place.path('results/file/results.csv'), 'utf8');
    const rows: Record<string, string>[] = parse(text, { columns: true });
    expect(rows).toHaveLength(16);
    expect(new Set(rows.map(({ model, status }) => `${model} ${status}`))).toEqual(
      new Set(['mine ok']),
    );
    const { config, inputs, versions } = JSON.parse(
      await readFile(place.path('results/file/run.json'), 'utf8'),
    );
    expect(versions.of).toMatchObject({ 'model file': 1 });
    expect(config.model).toMatchObject({
      as: 'mine',
      file: 'mobilenet-v3.onnx',
      classes: 5,
      beta: expect.any(Number),
    });
    expect(inputs[0]).toMatchObject({ of: 'weights', file: 'mobilenet-v3.onnx' });
    // another network under its name
    await copyFile(place.path('shufflenet-v2.onnx'), place.path('mobilenet-v3.onnx'));
    expect(
      await place.refused(
        'run',
        'attack.yaml',
        '--quiet',
        '--set',
        `model.beta=${config.model.beta}`,
      ),
    ).toContain('results/file');
    await rm(place.path('mobilenet-v3.onnx'));
    const report = await place.fragile('report', 'results/file', '--out', 'report.html');
    expect(report.status).toBe(0);
    expect(await readFile(place.path('report.html'), 'utf8')).toContain('mine');
  });
});

describe('a fine-tuned network', { timeout: 120_000 }, () => {
  /** Weights of a ResNet-18 with a head of five classes, and pictures in folders by their names. */
  beforeAll(async () => {
    const { uniform } = keyedRandom(1, 'fine-tuned');
    const tensors = [...networkOf('resnet18', { classes: 5 }).parameters].map(([name, shape]) => {
      const size = shape.reduce((n, d) => n * d, 1);
      const bound = shape.length > 1 ? Math.sqrt((6 * shape[0]!) / size) : 0.1;
      const at = name.endsWith('running_var') || /(bn\d|downsample\.1)\.weight$/.test(name) ? 1 : 0;
      const data = Float32Array.from({ length: size }, () => at + (uniform() - 0.5) * bound);
      return [name, { shape, data }] as const;
    });
    await writeSafetensors(place.path('tuned.safetensors'), new Map(tensors));
    for (const [i, name] of ['ant', 'bee', 'cow', 'dog', 'elk'].entries()) {
      await mkdir(place.path('photos', name), { recursive: true });
      await copyFile(
        fixturePath('embedded', ['deer', 'cat', 'dog', 'frog', 'horse'][i]!, '0.png'),
        place.path('photos', name, 'one.png'),
      );
    }
  });

  it('has as many classes as its weights, called by their names', async () => {
    const model = ['--model', 'resnet18', '--set', 'model.weights=tuned.safetensors'];
    const { status, stdout } = await place.fragile(
      ...['explain', 'photos/ant/one.png', '--fresh', '--target', 'bee', ...model],
      ...['--set', 'model.classes=names.txt'],
    );
    expect(status).toBe(0);
    expect(stdout).toMatch(/^class: \d, (ant|bee|cow|dog|elk)\n/);
    expect(stdout).toMatch(/^(explained: 1, bee, |class: 1, bee)/m);
    expect(
      await place.refused(
        'explain',
        'photos/ant/one.png',
        '--fresh',
        ...model,
        '--set',
        'model.classes=few.txt',
      ),
    ).toBe('few.txt: 2 names, expected 5, the classes of resnet18');
  });

  it('is attacked on pictures in folders that have their names', async () => {
    await place.write(
      'tuned.yaml',
      `name: tuned
model: { name: resnet18, weights: tuned.safetensors, classes: names.txt }
data: { name: folder, path: photos, correct: false, count: 2 }
explain: gradient
attack: { name: top-k, iterations: 3 }
epsilon: 8
output: tuned
`,
    );
    const { status, stderr } = await place.fragile('run', 'tuned.yaml', '--quiet');
    expect([status, stderr]).toEqual([0, '']);
    const { config, inputs } = JSON.parse(await readFile(place.path('tuned/run.json'), 'utf8'));
    expect(config.model).toMatchObject({ classes: 5, names: 'names.txt' });
    expect(inputs.map(({ of }: { of: string }) => of)).toEqual(['weights', 'class names']);
    const rows: Record<string, string>[] = parse(
      await readFile(place.path('tuned/results.csv'), 'utf8'),
      { columns: true },
    );
    expect(rows).toHaveLength(2);
    for (const { image, label } of rows)
      expect(image).toContain(['ant', 'bee', 'cow', 'dog', 'elk'][Number(label)]);
    // other names are other classes
    await place.write('names.txt', 'bee\nant\ncow\ndog\nelk\n');
    expect(await place.refused('run', 'tuned.yaml', '--quiet')).toContain('tuned');
  });
});
