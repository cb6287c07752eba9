// Messages that name the cause of what a user most likely did.
import { cp } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { loadConfig } from '../tasks/index.js';
import { loadTrainingConfig } from '../tasks/train/config.js';
import { refusal } from '../testing/files.js';
import { levelsOf, noteOnEpsilon } from './epsilon.js';
import { pictureAmong } from './swallowed.js';
import { Workplace } from './testing/command.js';
import { config } from './testing/configs.js';
import { said } from './testing/said.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
  await cp(fixturePath('embedded', 'frog', '0.png'), place.path('frog.png'));
  await place.write('run.yaml', config(2));
  await place.write('train.yaml', 'name: t\nmodel: cifar-cnn\ndata: cifar-10\nepochs: 1\n');
});
afterAll(() => place.remove());

describe('a config of the other command', () => {
  it('is told by its command', async () => {
    const train = place.path('train.yaml');
    expect(await refusal(loadConfig(train))).toBe(
      `${train}: is a training: fragile train ${train}`,
    );
    const run = place.path('run.yaml');
    expect(await refusal(loadTrainingConfig(run, []))).toBe(
      `${run}: is an experiment: fragile run ${run}`,
    );
  });
});

describe('a bound', () => {
  it.each([
    ['8', 8],
    ['8/255', 8],
    [' 2.5 / 255 ', 2.5],
    ['0.03', 0.03],
  ])('may be %s', (text, levels) => {
    expect(levelsOf(text)).toBe(levels);
  });

  it.each(['', 'big', '8/256', '1/8/255'])('is not %j', (text) => {
    expect(() => levelsOf(text)).toThrow(/^--epsilon: .*expected a number of gray levels/);
  });

  it('may be a part of 255 in a config', async () => {
    const loaded = await loadConfig(place.path('run.yaml'), [
      'epsilon=[4/255, 8]',
      'attack.1={ name: match-target, target: pairs, epsilon: 16/255 }',
    ]);
    expect(loaded).toMatchObject({ epsilon: [4, 8], attack: [{}, { epsilon: 16 }, {}] });
    expect(await loadConfig(place.path('run.yaml'), ['epsilon=2/255'])).toMatchObject({
      ...{ epsilon: [2] },
    });
  });

  it('below one gray level has a note', async () => {
    const noted = async (bounded: object) =>
      (
        await said(async () => {
          noteOnEpsilon(bounded);
          return 0;
        })
      ).err;
    const note = /^fragile: note: epsilon 0\.03 is less than one gray level: [^\n]+ 8\/255\n$/;
    expect(await noted({ epsilon: [8, 0.03] })).toMatch(note);
    expect(await noted({ attack: [{ name: 'match-target', epsilon: 0.03 }] })).toMatch(note);
    expect(await noted({ epsilon: [1, 8], attack: [{ name: 'top-k' }] })).toBe('');
    expect(await noted({})).toBe('');
  });
});

describe('a picture behind an option with several values', () => {
  it('is the picture', () => {
    const frog = place.path('frog.png');
    const lists = [['gradient'], ['top-k', frog, 'mass-center'], undefined];
    expect(pictureAmong('attack', undefined, lists)).toBe(frog);
    expect(lists).toEqual([['gradient'], ['top-k', 'mass-center'], undefined]);
    expect(pictureAmong('attack', 'given.png', [[frog]])).toBe('given.png');
  });

  it('is explained, wherever it stands', async () => {
    const { status, stdout } = await place.fragile(
      ...['explain', '--method', 'gradient', 'frog.png', '--out', 'a.png'],
    );
    expect([status, stdout.split('\n').at(-2)]).toEqual([0, 'a.png']);
  }, 120_000);

  it('is attacked, behind bounds too', async () => {
    const { status, stderr } = await place.fragile(
      ...['attack', '--set', 'model.width=0.125', '--workers', '1', '--attack', 'random-sign'],
      ...['--epsilon', '8/255', '4', 'frog.png', '--quiet'],
    );
    expect([status, stderr]).toEqual([0, '']);
    expect((await place.rows('frog-attacked')).map(({ epsilon }) => epsilon)).toEqual(['8', '4']);
  }, 120_000);

  it('is asked for where there is none', async () => {
    expect(await place.refused('explain', '--method', 'gradient', 'frgo.png')).toBe(
      'no picture, expected the name of a file before the options: fragile explain PICTURE --method NAME',
    );
  });
});
