// What the list says of data roots that hold something and nothing.
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { semanticsFields } from '../config/semantics.js';
import { models } from '../model/index.js';
import { fixturePath } from '../package.js';
import { useFolder } from '../testing/files.js';
import { listCommand } from './list.js';
import { said } from './testing/said.js';

const at = useFolder();
const lines = async () => {
  const { status, out, err } = await said(() => listCommand({ data: at() }));
  expect([status, err]).toEqual([0, '']);
  return out.split('\n');
};
/** The cells of the first line that begins with a name. */
const cells = (all: readonly string[], name: string) =>
  all.find((line) => line.startsWith(`${name} `))!.split(/ {2,}/);

describe('a list', () => {
  it('has a line for every model, with what it is given', async () => {
    const all = await lines();
    for (const name of Object.keys(models)) expect(cells(all, name).length).toBeGreaterThan(3);
    expect(cells(all, 'squeezenet1_1').slice(1, 4)).toEqual([
      '227×227',
      '256, but 227×227 as it is',
      'x − (123, 117, 104)',
    ]);
    expect(cells(all, 'resnet18').slice(1, 4)).toEqual([
      '224×224',
      '256',
      '(x/255 − (0.485, 0.456, 0.406)) / (0.229, 0.224, 0.225)',
    ]);
    expect(cells(all, 'cifar-cnn').slice(1, 4)).toEqual(['32×32', '32', 'x/255 − mean image']);
  });

  it('says what is not there, and what of it can be fetched', async () => {
    const all = await lines();
    expect(cells(all, 'vgg16').at(-1)).toBe('not there: fragile fetch vgg16');
    expect(cells(all, 'squeezenet1_1').at(-1)).toBe(
      'not there: fragile convert squeezenet_v1.1.caffemodel',
    );
    expect(cells(all, 'resnet20-cifar10').at(-1)).toBe('not there');
    expect(cells(all, 'flowers')).toEqual(['flowers', 'not there: fragile fetch flowers']);
    expect(cells(all, 'cifar-cnn').at(-1)).toBe(fixturePath('cifar-cnn.safetensors'));
  });

  it('names every weight file that comes with the program', async () => {
    const all = await lines();
    const shipped = (await readdir(fixturePath())).filter((file) => file.endsWith('.safetensors'));
    for (const file of shipped)
      expect(
        all.filter((line) => line.endsWith(` ${fixturePath(file)}`)),
        file,
      ).toHaveLength(1);
    expect(cells(all, 'vgg16-cifar10, width: 0.5, batchNorm: true').at(-1)).toBe(
      fixturePath('vgg16-cifar10-bn-0.5.safetensors'),
    );
  });

  it('says where what is there is', async () => {
    await mkdir(at('weights'));
    await writeFile(at('weights', 'vgg16.pth'), '');
    await mkdir(at('imagenet'));
    await cp(fixturePath('embedded', 'bird', '0.png'), at('imagenet', '0.png'));
    const all = await lines();
    expect(cells(all, 'vgg16').at(-1)).toBe(at('weights', 'vgg16.pth'));
    expect(cells(all, 'imagenet')).toEqual(['imagenet', '1', at('imagenet')]);
    const toFetch = all.slice(all.findIndex((line) => line.startsWith('to fetch')));
    expect(cells(toFetch, 'vgg16').slice(0, 3)).toEqual([
      'vgg16',
      '553',
      at('weights', 'vgg16.pth'),
    ]);
  });

  it('has a line for every field of semantics', async () => {
    const all = await lines();
    const fields = all.slice(all.findIndex((line) => line.startsWith('semantics ')));
    for (const field of Object.keys(semanticsFields)) expect(cells(fields, field)).toHaveLength(6);
    expect(cells(fields, 'softmaxOf').slice(2, 4)).toEqual(['[]', '[integrated-gradients]']);
    expect(cells(fields, 'random').slice(1, 4)).toEqual(['draw, walk', 'draw', 'walk']);
  });

  it('names explanations, attacks and metrics', async () => {
    const all = await lines();
    expect(all).toContainEqual(expect.stringMatching(/^explanations: gradient, /));
    expect(all).toContainEqual(expect.stringMatching(/^attacks: random-sign, top-k, /));
    expect(all).toContainEqual(
      expect.stringMatching(
        /^metrics: confidence, confidence_perturbed, linf, topk_intersection, .*target_pcc, .*image_ssim, /,
      ),
    );
  });
});
