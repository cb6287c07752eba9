// Configs of pixel-flipping: defaults and mistakes.
import { describe, expect, it } from 'vitest';
import { type Mistake, useConfigFiles } from '../testing/config-files.js';
import type { PixelFlippingConfig } from './config.js';

const { load, expectMistake } = useConfigFiles();

const text = (...lines: readonly string[]) =>
  [
    ...['name: t', 'task: pixel-flipping', 'model: cifar-cnn', 'data: embedded'],
    ...['explain: gradient', ...lines, ''],
  ].join('\n');

describe('a config of pixel-flipping', () => {
  it('removes up to all pixels, a percent at a time', async () => {
    const { percents } = await load<PixelFlippingConfig>(text());
    expect([percents.length, percents[0], percents[1], percents[100]]).toEqual([101, 0, 1, 100]);
    const given = await load<PixelFlippingConfig>(text('percents: [0, 0.5, 20]'));
    expect(given.percents).toEqual([0, 0.5, 20]);
  });

  it.each<Mistake>([
    ['more than all pixels', text('percents: [0, 101]'), 'c.yaml:6: percents.1: 101'],
    ['falling percents', text('percents: [0, 5, 5]'), 'percents: [0,5,5], expected rising numbers'],
    ['no list', text('percents: 5'), 'percents: 5, expected a list of numbers from 0 to 100'],
    [
      'an explanation with the name of the baseline',
      text().replace('explain: gradient', 'explain: { name: gradient, id: random }'),
      'explain.0.id: random, expected another id: it is that of the random order',
    ],
    ['pairs', text().replace('data: embedded', 'data: { name: embedded, pairs: 2 }'), 'pairs'],
  ])('refuses %s', async (...mistake) => {
    await expectMistake(mistake);
  });
});
