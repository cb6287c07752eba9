// Names of classes, and numbers where there are none.
import { mkdir, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { ModelConfig } from '../config/model.js';
import { networkFor, networkOf } from '../model/index.js';
import { useFolder } from '../testing/files.js';
import { classNamesOf, namedIn } from './class-names.js';

const at = useFolder();
const write = async (lines: readonly string[]) => {
  await mkdir(at('imagenet'), { recursive: true });
  await writeFile(at('imagenet', 'classes.txt'), `${lines.join('\n')}\n`);
};
const numbered = (count: number) => Array.from({ length: count }, (_, i) => `name ${i}, other`);

describe('classes', () => {
  it('of CIFAR-10 have its names, which come with the program', async () => {
    const name = await classNamesOf({ classes: 10 }, at());
    expect([name(0), name(4), name(9)]).toEqual(['airplane', 'deer', 'truck']);
  });

  it('of ImageNet have the first of their names in the data root, without the folder', async () => {
    await write(['n01440764 tench, Tinca tinca', 'goldfish', ...numbered(998)]);
    const name = await classNamesOf({ classes: 1000 }, at());
    expect([name(0), name(1), name(7)]).toEqual(['tench', 'goldfish', 'name 5']);
  });

  it.each([
    ['without a list', undefined],
    ['with a list of others', 999],
  ])('are called by their numbers %s', async (_, count) => {
    if (count !== undefined) await write(numbered(count));
    expect((await classNamesOf({ classes: 1000 }, at()))(281)).toBe('class 281');
    expect((await classNamesOf({ classes: 7 }, at()))(3)).toBe('class 3');
  });
});

describe('a head of ten classes on a network of a thousand', () => {
  it('has not the names of CIFAR-10', async () => {
    const published = networkOf('resnet18');
    const weights = new Map([
      [`${published.classLayer}.weight`, { shape: [10, 512], data: new Float32Array(5120) }],
    ]);
    const other = networkFor('resnet18', { classes: 10 } as object, { tensors: weights });
    expect(other.classes).toBe(10);
    expect((await classNamesOf(other, at()))(3)).toBe('class 3');
    const named = await namedIn({ name: 'resnet18', classes: 10 } as ModelConfig);
    expect((await classNamesOf(named, at()))(3)).toBe('class 3');
    const own = await namedIn({ name: 'cifar-cnn', classes: 10 } as ModelConfig);
    expect((await classNamesOf(own, at()))(3)).toBe('cat');
  });
});
