// What a run works on: a config opened, a sample of its cells, and how many of them can run together.
import { describe, expect, it, vi } from 'vitest';
import { usePictures } from '../data/testing/pictures.js';
import type { Experiment, Planned, Units } from '../task/task.js';
import { attackTask } from '../tasks/attack/task.js';
import { attackConfig } from '../tasks/attack/testing/config.js';
import { attackConfigVersions } from '../tasks/attack/versions.js';
import { largestGroup, openWork, sampleOf } from './work.js';

const work = async (change: Record<string, unknown> = {}) =>
  openWork(
    await attackConfig({
      name: 't',
      model: { name: 'cifar-cnn', width: 0.125 },
      data: 'embedded',
      explain: ['gradient', 'gradient-x-input'],
      attack: ['random-sign', { name: 'top-k', iterations: 60 }, 'mass-center'],
      epsilon: [4, 0.5],
      ...change,
    }),
    'no data root',
  );

/** An experiment of which only units and the groups of a unit's cells are known. */
const experimentOf = (units: Partial<Units>, groups: readonly string[]): Experiment => ({
  units: units as Units,
  inputs: [],
  plan: (unit, prediction) =>
    groups.map(
      (group, i) =>
        ({ cell: { unit, prediction }, key: `${unit} ${i}`, group, steps: 1, rows: 1 }) as Planned,
    ),
  cellOf: () => ({ key: '', steps: 1, rows: 1 }),
  finish: async () => [],
});

it('is the task and the network of a config, the versions it uses and the files it reads', async () => {
  const { config, task, subject, versions, inputs } = await work();
  expect(task).toBe(attackTask);
  expect(subject.network.network.name).toBe('cifar-cnn');
  expect(versions).toEqual(attackConfigVersions(config as never));
  expect(inputs).toEqual([
    {
      of: 'weights',
      file: 'cifar-cnn-0.125.safetensors',
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
    },
  ]);
});

describe('the images of a run', () => {
  const { at, drawAll, write } = usePictures();

  it('have a note on stderr where their labels rely on an order', async () => {
    await drawAll('boat/0.png', 'toad/0.png');
    await write('classes.txt', 'boat', 'toad');
    const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    await work({ data: { name: 'folder', path: at() } });
    const said = stderr.mock.calls.map(([text]) => text);
    stderr.mockRestore();
    expect(said).toEqual([
      `${at('classes.txt')}: 2 classes, which are taken for the first of the 10 of cifar-cnn\n`,
    ]);
  });
});

describe('the largest group', () => {
  it.each([
    ['max', 30],
    [7, 7],
    [31, 30],
  ])('of attacks on %s images is of %i images, at each ε a cell', async (count, images) => {
    const { experiment } = await work({ data: { name: 'embedded', count } });
    expect(experiment.units.count).toBe(images);
    expect(largestGroup(experiment)).toBe(2 * images);
  });

  it.each([
    ['match-target, a cell of an image', { attack: 'match-target', epsilon: undefined }, 30],
    ['match-target beside others', { attack: ['match-target', 'top-k'] }, 60],
  ])('of %s', async (_, change, cells) => {
    expect(largestGroup((await work(change)).experiment)).toBe(cells);
  });

  it.each([
    ['a group of each cell', ['a', 'b', 'c'], 5],
    ['groups of several', ['a', 'b', 'a', 'a', 'b'], 15],
    ['no cells', [], 5],
  ])('of listed units with %s', (_, groups, cells) => {
    expect(largestGroup(experimentOf({ kind: 'list', count: 5 }, groups))).toBe(cells);
  });
});

describe('a sample of cells', () => {
  it.each([
    ['the first candidate', { kind: 'images', count: 2, candidates: [4, 1] }, [4]],
    ['the first of a list', { kind: 'list', count: 2 }, [0]],
    ['nothing of no candidates', { kind: 'images', count: 0, candidates: [] }, []],
    ['nothing of no units', { kind: 'list', count: 0 }, []],
  ] as const)('is %s', (_, units, expected) => {
    const sample = sampleOf(experimentOf(units, ['a']));
    expect(sample.map(({ cell }) => cell)).toEqual(
      expected.map((unit) => ({ unit, prediction: undefined })),
    );
  });
});
