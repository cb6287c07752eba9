// Folders of runs as they are read, and which of them are put together.
import { readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { paperSemantics } from '../config/semantics.js';
import type { RunFolder } from '../task/report.js';
import { type AttackRows, joinedRows } from '../tasks/attack/joined.js';
import { resultColumns } from '../tasks/attack/results.js';
import { reports } from '../tasks/reports.js';
import { refusal, useFolder } from '../testing/files.js';
import { groupsOf, openRuns, type Run } from './run-folders.js';
import {
  attackConfig,
  attackRows,
  writeAnglesRun,
  writeAttackRun,
  writeInfluenceRun,
  writeMatchRun,
  writeRun,
  writeTraining,
} from './testing/runs.js';

const at = useFolder();
const table = (rows: ReturnType<typeof attackRows>) => ({
  'results.csv': { columns: resultColumns, rows },
});
/** The rows of runs of attacks. */
const joined = (runs: readonly Run[]) => joinedRows(runs as readonly RunFolder<AttackRows>[]);
/** The groups of the runs in the folder, by how many are in each. */
const sizes = async () => groupsOf(await openRuns([at()])).map((runs) => runs.length);

const [gradient] = attackConfig.explain;
const [randomSign, topK] = attackConfig.attack;
const lrp = { ...gradient!, name: 'lrp', id: 'lrp' };
/** The rows of all images, and of as many more. */
const more = (attacks?: readonly string[]) =>
  attackRows({}, attacks).flatMap((row) => [
    row,
    { ...row, image: `again/${row.image}`, topk_intersection: 0.5 },
  ]);

describe('runs', () => {
  it('of attacks on one network are put together, and a curve is of the run with more images', async () => {
    await writeRun(at('all'), attackConfig, table(attackRows()));
    await writeRun(
      at('random'),
      { ...attackConfig, attack: [randomSign] } as typeof attackConfig,
      table(more(['random-sign'])),
    );
    const groups = groupsOf(await openRuns([at()]));
    expect(groups.map((runs) => runs.length)).toEqual([2]);
    const rows = joined(groups[0]!);
    const count = (of: string) => rows.filter(({ attack }) => attack === of).length;
    expect([count('random-sign'), count('top-k')]).toEqual([16, 8]);
  });

  it('of several folders stand by the method, the attack and ε', async () => {
    await writeRun(
      at('a'),
      { ...attackConfig, explain: [lrp] } as typeof attackConfig,
      table(attackRows({ method: 'lrp' })),
    );
    await writeRun(at('b'), attackConfig, table(attackRows().reverse()));
    const [group] = groupsOf(await openRuns([at()]));
    const lanes = joined(group!).map((r) => `${r.method} ${r.attack} ${r.epsilon}`);
    expect([...new Set(lanes)]).toEqual(
      ['gradient', 'lrp'].flatMap((m) =>
        ['random-sign 2', 'random-sign 8', 'top-k 2', 'top-k 8'].map((rest) => `${m} ${rest}`),
      ),
    );
  });

  it.each<[string, object]>([
    ['nothing else', {}],
    ['another number of images', { data: { ...attackConfig.data, count: 8 } }],
    ['other rules of selection', { attack: [randomSign, { ...topK, select: ['center'] }] }],
    ['kept images', { save: { images: 3, trace: false } }],
    ['another seed', { seed: 2 }],
  ])('go together where they differ in their images and %s', async (_, change) => {
    await writeRun(at('a'), attackConfig, table(attackRows()));
    await writeRun(at('b'), { ...attackConfig, ...change }, table(more()));
    expect(await sizes()).toEqual([2]);
  });

  it.each<[string, object]>([
    ['semantics', { semantics: { ...paperSemantics, deepliftMap: 'multiplier' } }],
    [
      'settings of methods',
      { explain: [{ name: 'gradient', id: 'gradient', smooth: { beta: 2 } }] },
    ],
    ['surrogates', { explain: [{ ...gradient, surrogate: 'none' }] }],
    ['settings of attacks', { attack: [randomSign, { ...topK, iterations: 9 }] }],
    ['names of methods', { explain: [{ ...gradient, id: 'steep' }] }],
    ['names of attacks', { attack: [randomSign, { ...topK, id: 'after-10' }] }],
    ['networks', { model: { ...attackConfig.model, name: 'vgg16' } }],
    ['widths of a network', { model: { ...attackConfig.model, width: 0.5 } }],
    ['weights of a network', { model: { ...attackConfig.model, weights: 'mine.pth' } }],
    ['data sets', { data: { ...attackConfig.data, name: 'cifar-10' } }],
    ['pixels of top-k', { metrics: { k: 50 } }],
    ['aims', { attack: [randomSign, { ...topK, name: 'target-region', id: 'target-region' }] }],
  ])('stay apart where they are of other %s', async (_, change) => {
    await writeRun(at('a'), attackConfig, table(attackRows()));
    await writeRun(at('b'), { ...attackConfig, ...change }, table(more()));
    expect(await sizes()).toEqual([1, 1]);
  });

  it('stay apart where they are the same again', async () => {
    await writeRun(at('a'), attackConfig, table(attackRows()));
    await writeRun(at('b'), attackConfig, table(attackRows()));
    expect(await sizes()).toEqual([1, 1]);
  });

  it('of other tasks stay apart from all others', async () => {
    for (const name of ['a', 'b']) {
      await writeAnglesRun(at(`angles-${name}`));
      await writeInfluenceRun(at(`influence-${name}`));
      await writeTraining(at(`training-${name}`));
    }
    expect(await sizes()).toEqual(Array(6).fill(1));
  });

  it('are read once, from folders that hold them too', async () => {
    await writeAnglesRun(at('deep', 'angles'));
    const runs = await openRuns([at(), at('deep'), at('deep', 'angles')]);
    expect(runs.map(({ folder }) => folder)).toEqual([at('deep', 'angles')]);
  });

  it.each<[string, (folder: string) => Promise<string>]>([
    ['attack', writeAttackRun],
    ['attack', writeMatchRun],
    ['angles', writeAnglesRun],
    ['influence', writeInfluenceRun],
    ['train', writeTraining],
  ])('of the task %s are known by it', async (task, write) => {
    await write(at('run'));
    const [{ report, record }] = (await openRuns([at()])) as [Run];
    expect([report.task, record.config.task]).toEqual([task, task]);
  });
});

describe('a folder is refused in one line', () => {
  const refused = () => refusal(openRuns([at('odd')]));
  /** A run of angles with another table, or none. */
  async function odd(text?: string): Promise<void> {
    await writeAnglesRun(at('odd'));
    if (text === undefined) await rm(at('odd', 'angles.csv'));
    else await writeFile(at('odd', 'angles.csv'), text);
  }
  type Changed = { readonly form?: number; readonly config: object };
  /** Writes a record of attacks that is changed by hand. */
  async function recorded(change: (record: Changed) => unknown): Promise<void> {
    await writeRun(at('odd'), attackConfig, table(attackRows()));
    const record = JSON.parse(await readFile(at('odd', 'run.json'), 'utf8'));
    await writeFile(at('odd', 'run.json'), JSON.stringify(change(record)));
  }
  const columns = 'experiment,model,dataset,image,label,prediction,status,confidence,angle';
  const rest = 'eigenvalue,gradient_norm,residual,products,seed,seconds';

  it('where there is none', async () => {
    expect(await refusal(openRuns([at('nowhere')]))).toBe(
      `${at('nowhere')}: no such folder; expected a folder with run.json and one of ${reports.map(({ file }) => file).join(', ')}`,
    );
  });

  it('where it holds no run', async () => {
    expect(await refusal(openRuns([at()]))).toContain(': holds no run; expected a folder with');
  });

  it('where the table of its task is missing, whatever else is there', async () => {
    await odd();
    await writeFile(at('odd', 'results.csv'), `${resultColumns.join()}\n`);
    expect(await refused()).toBe(
      `${at('odd')}: no rows in angles.csv, the table of its task angles; expected a run with rows`,
    );
  });

  it.each([
    [
      'image,degrees\na,3\n',
      /angles\.csv: not a table of angles: column 1 is "image", expected experiment$/,
    ],
    [
      `${columns},${rest}\ne,m,d,a,,,ok,,3,,,,,,\ne,m,d,b,,,ok,,steep,,,,,,\n`,
      /angles\.csv:3: angle: "steep", expected a number$/,
    ],
    [
      `${columns},${rest}\n`,
      /odd: no rows in angles\.csv, the table of its task angles; expected a run with rows$/,
    ],
  ])('where its table is %j', async (text, message) => {
    await odd(text);
    expect(await refused()).toMatch(message);
  });

  it.each<[string, (record: Changed) => unknown, RegExp]>([
    ['is a list', () => [], /run\.json: not the record of a run: /],
    [
      'is of an earlier program',
      ({ form: _, ...record }) => record,
      /run\.json: form: missing, expected 3: the record of an earlier fragile/,
    ],
    [
      'is of no task there is',
      (record) => ({ ...record, config: { ...record.config, task: 'evaluate' } }),
      /run\.json: config\.task: evaluate, expected one of attack, .*, train$/,
    ],
    [
      'has a config that is changed',
      (record) => ({ ...record, config: { ...record.config, seed: 9 } }),
      /run\.json: configHash: not that of its config and versions, expected a record as fragile wrote it$/,
    ],
  ])('where its record %s', async (_, change, message) => {
    await recorded(change);
    expect(await refused()).toMatch(message);
  });
});
