import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { formatRows, headerOf } from '../../record/table.js';
import { refusal, useFolder } from '../../testing/files.js';
import { cellsOf } from './plan.js';
import { type ResultRow, traceTable } from './results.js';
import { attackTask } from './task.js';
import { compute, configOf, embedded, everySelection, openOn, subject } from './testing/cells.js';

const at = useFolder();
const open = async (change: Readonly<Record<string, unknown>> = {}) =>
  attackTask.open(await configOf({ output: at(), ...change }), subject);
const prediction = (label: number) => ({ label, top5: [label, 0, 1, 2, 3] });

const several = {
  explain: ['gradient', { name: 'lrp', id: 'z+' }],
  attack: [
    'random-sign',
    { name: 'top-k', iterations: 4, select: everySelection },
    { name: 'mass-center', iterations: 3, select: 'center', explain: 'z+' },
    { name: 'match-target', iterations: 5, keep: 'best' },
  ],
  epsilon: [4, 0.5],
};
/** Of each attack above: its rules, and its steps. */
const perAttack: Readonly<Record<string, readonly [readonly unknown[], number]>> = {
  'random-sign': [[undefined], 1],
  'top-k': [everySelection, 4],
  'mass-center': [['center'], 3],
  'match-target': [['best'], 5],
};

describe('the plan of an image', () => {
  it('has the cells of every method under its attacks, in groups of one method and attack', async () => {
    const { plan } = await open(several);
    const planned = plan(3, prediction(6));
    expect(planned.map(({ cell }) => cell)).toEqual(cellsOf(await configOf(several), 3, 6));
    const twice = (title: string) => [title, title];
    expect(planned.map(({ title }) => title)).toEqual([
      ...twice('gradient × random-sign'),
      ...twice('gradient × top-k'),
      'gradient × match-target',
      ...twice('z+ × random-sign'),
      ...twice('z+ × top-k'),
      ...twice('z+ × mass-center'),
      'z+ × match-target',
    ]);
    const groups = new Map(planned.map(({ title, group }) => [title, group]));
    for (const { title, group } of planned) expect(group, title).toBe(groups.get(title));
    expect(new Set(groups.values()).size).toBe(groups.size);
  });

  it('groups by programs, whatever the ids are', async () => {
    const { plan } = await open({
      explain: [
        { name: 'gradient', id: 'a' },
        { name: 'lrp', id: 'a × b' },
      ],
      attack: [
        { name: 'top-k', id: 'b × c', explain: 'a' },
        { name: 'mass-center', id: 'c', explain: 'a × b' },
      ],
    });
    const planned = plan(0, prediction(0));
    expect(new Set(planned.map(({ title }) => title)).size).toBe(1);
    expect(new Set(planned.map(({ group }) => group)).size).toBe(2);
  });

  it('has a key for every cell, in all images', async () => {
    const { plan } = await open(several);
    const keys = [0, 1, 2].flatMap((image) => plan(image, prediction(0)).map(({ key }) => key));
    expect(new Set(keys).size).toBe(3 * 12);
    // whatever the image's class is
    expect(plan(1, prediction(9)).map(({ key }) => key)).toEqual(keys.slice(12, 24));
  });

  it('is there before the image is predicted, but for the class', async () => {
    const { plan } = await open(several);
    const told = ({ key, group, steps, rows }: ReturnType<typeof plan>[number]) => ({
      ...{ key, group, steps, rows },
    });
    expect(plan(3, undefined).map(told)).toEqual(plan(3, prediction(6)).map(told));
  });

  it.each(Object.entries(perAttack))(
    'has for %s a failed row for each of its rules',
    async (attack, [rules, steps]) => {
      const { plan, cellOf } = await open(several);
      const entry = embedded.entries[3]!;
      const cells = plan(3, prediction(6)).filter(({ title }) => title.endsWith(`× ${attack}`));
      expect(cells.length).toBeGreaterThan(0);
      for (const { key, title, steps: taken, rows, failed } of cells) {
        const found = failed();
        expect([taken, rows], key).toEqual([steps, rules.length]);
        expect(found, key).toEqual(
          rules.map((select) => ({
            ...{ experiment: 'trial', model: 'cifar-cnn', dataset: 'embedded', seed: 1 },
            ...{ image: entry.id, label: entry.label, prediction: 6 },
            ...{ method: title.split(' × ')[0], attack, iterations: steps, select },
            epsilon: attack === 'match-target' ? undefined : expect.any(Number),
            status: 'failed',
          })),
        );
        for (const row of found) expect(cellOf(row), key).toEqual({ key, steps, rows });
      }
    },
  );

  it('has the cells that computed rows are of, read back from their table', async () => {
    const quick = several.attack.map((item) =>
      typeof item === 'string' ? item : { ...item, iterations: 1 },
    );
    const { plan, cellOf } = await open({ ...several, attack: quick });
    const computer = await openOn(await configOf({ ...several, attack: quick }));
    const planned = plan(1, await computer.predict(1));
    const cells = planned.map(({ cell }) => cell);
    const results = [...(await compute(computer, cells)).values()];
    expect(results).toHaveLength(12);
    const { columns, parse } = attackTask.table;
    for (const [i, { rows: computed }] of results.entries()) {
      const { key, steps, rows } = planned[i]!;
      expect(computed, key).toHaveLength(rows);
      for (const row of parse(headerOf(columns) + formatRows(computed, columns), 'r.csv'))
        expect(cellOf(row), key).toEqual({ key, steps, rows });
    }
  });
});

describe('images', () => {
  it.each([
    [true, [true, false, true]],
    [false, [true, true, true]],
  ])('are screened by their labels where correct is %s', async (correct, accepted) => {
    const data = { name: 'embedded', correct, count: 7 };
    const { units } = await open({ data });
    if (units.kind !== 'images') expect.unreachable(units.kind);
    expect(units).toMatchObject({ name: 'embedded', count: 7, asked: 7, screens: correct });
    expect(units.dataset.entries).toEqual(embedded.entries);
    const all = [...embedded.entries.keys()];
    expect([...units.candidates].sort((a, b) => a - b)).toEqual(all);
    const label = embedded.entries[3]!.label!;
    // the second class is another's, whose own image is taken
    const other = all.find((i) => embedded.entries[i]!.label === label + 1)!;
    expect([
      units.accept(3, prediction(label)),
      units.accept(3, prediction(label + 1)),
      units.accept(other, prediction(label + 1)),
    ]).toEqual(accepted);
  });

  it('are all there are where more are asked for', async () => {
    const [all, max] = [1000, 'max'].map((count) => ({ name: 'embedded', count }));
    const n = embedded.entries.length;
    expect((await open({ data: all })).units).toMatchObject({ count: n, asked: 1000 });
    expect((await open({ data: max })).units).toMatchObject({ count: n, asked: 'max' });
  });
});

describe('what does not fit is refused before anything is computed:', () => {
  it.each([
    [
      'a superpixel of an image that is not there',
      { attack: { name: 'target-region', slic: { segments: 8, pick: { 'no.png': 1 } } } },
      /^attack\.0: slic\.pick: no\.png, expected the name of an image/,
    ],
    [
      'a target that is not there',
      { attack: { name: 'match-target', target: 'no-target.png' }, epsilon: undefined },
      /no-target\.png/,
    ],
    [
      'patterns that are not there',
      { explain: 'pattern-attribution' },
      /^pattern-attribution: no patterns at /,
    ],
  ])('%s', async (_, change, message) => {
    expect(await refusal(open(change))).toMatch(message);
  });
});

describe('the trace', () => {
  it('is there where the config asks for it', async () => {
    const { trace, plan } = await open();
    expect(trace).toMatchObject({ file: 'trace.csv', table: traceTable });
    const [cell] = plan(3, prediction(1));
    const { id } = embedded.entries[3]!;
    const row = { image: id, method: 'gradient', attack: 'random-sign', epsilon: 8, iteration: 1 };
    expect(trace!.key({ ...row, label_kept: true })).toBe(cell!.key);
    expect((await open({ save: { images: 1 } })).trace).toBeUndefined();
  });
});

describe('what a cell gives beside its rows', () => {
  const images = { originals: 1, perturbed: 2, maps: 2 };
  /** The files in each folder, and the rows of the trace, after a cell was kept in some place. */
  async function kept(save: object, place: number) {
    const change = { attack: { name: 'top-k', iterations: 3 }, save };
    const { keep, plan } = await open(change);
    const computer = await openOn(await configOf(change));
    const [planned] = plan(1, await computer.predict(1));
    const result = await computer.run(planned!.cell, () => {});
    await computer.release();
    await keep!(result, place);
    const counts: Record<string, number> = {};
    for (const name of await readdir(at())) counts[name] = (await readdir(at(name))).length;
    expect(attackTask.leaves).toEqual(expect.arrayContaining(await readdir(at())));
    return { lines: result.trace.length, counts };
  }

  it.each([
    ['of the first images', { images: 2, trace: true }, 1, { lines: 3, counts: images }],
    ['of no later ones', { images: 2, trace: true }, 2, { lines: 3, counts: {} }],
    ['without a trace', { images: 2 }, 0, { lines: 0, counts: images }],
    ['as a trace alone', { trace: true }, 0, { lines: 3, counts: {} }],
    ['not at all', {}, 0, { lines: 0, counts: {} }],
  ])('is kept as the config says: %s', async (_, save, place, expected) => {
    expect(await kept(save, place)).toEqual(expected);
  });

  it('is nothing where the cell failed', async () => {
    const { keep, plan } = await open();
    await keep!({ rows: plan(1, prediction(0))[0]!.failed() }, 0);
    expect(await readdir(at())).toEqual([]);
  });
});

describe('the end', () => {
  const row = (change: Partial<ResultRow>): ResultRow => ({
    ...{ experiment: 'trial', model: 'cifar-cnn', dataset: 'embedded', image: 'a', seed: 1 },
    ...{ method: 'gradient', attack: 'top-k', epsilon: 8, select: 'center', status: 'ok' },
    ...change,
  });

  it('is a summary, and a table of what rows have', async () => {
    const { finish } = await open();
    const table = await finish([
      row({ topk_intersection: 0.25, center_shift: 2 }),
      row({ topk_intersection: 0.5, center_shift: 3, image: 'b' }),
      row({ status: 'label-lost', image: 'c' }),
      row({ attack: 'random-sign', select: undefined, topk_intersection: 1 / 3 }),
    ]);
    expect(table).toEqual([
      ['method', 'attack', 'ε', 'select', 'images', 'label lost', 'top-k', 'center shift'],
      ['gradient', 'top-k', '8', 'center', '3', '1', '0.375', '2.50'],
      ['gradient', 'random-sign', '8', '', '1', '0', '0.333', ''],
    ]);
    const summary = await readFile(at('summary.csv'), 'utf8');
    expect(summary.split('\n')[0]).toMatch(/^model,method,attack,epsilon,select,n,/);
    expect(summary.trim().split('\n')).toHaveLength(3);
    expect(attackTask.leaves).toContain('summary.csv');
  });

  it('without a bound has no column for one', async () => {
    const [head] = await (await open()).finish([row({ epsilon: undefined, target_pcc: 0.5 })]);
    expect(head).toEqual(['method', 'attack', 'select', 'images', 'label lost', 'target pcc']);
  });
});
