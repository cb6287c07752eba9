// Networks from ONNX files on the command line: explained, attacked, examined; and what is refused in one line.
import { copyFile, readFile, rm } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
  for (const name of ['vit', 'mobilenet-v3', 'two-outputs', 'shufflenet-v2'])
    await copyFile(fixturePath('onnx', `${name}.onnx`), place.path(`${name}.onnx`));
  await copyFile(fixturePath('embedded', '0-airplane.png'), place.path('picture.png')).catch(() =>
    copyFile(fixturePath('target-text.png'), place.path('picture.png')),
  );
  await place.write('names.txt', 'ant\nbee\ncow\ndog\nelk\n');
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
    const { config, inputs } = JSON.parse(
      await readFile(place.path('results/file/run.json'), 'utf8'),
    );
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
