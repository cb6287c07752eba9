// From folders of runs to a page: what is put together, what is said, and what is refused.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { reportCommand } from '../cli/report.js';
import { said } from '../cli/testing/said.js';
import { groupsOf, joinedRows } from '../tasks/attack/joined.js';
import { comparedWithPublished } from '../tasks/attack/published.js';
import { resultColumns } from '../tasks/attack/results.js';
import { refusal, useFolder } from '../testing/files.js';
import { named } from './naming.js';
import { openRuns } from './run-folder.js';
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

describe('runs', () => {
  it('of attacks on one network are put together, and a curve is of the run with more images', async () => {
    const more = attackRows({}, ['random-sign']).flatMap((row) => [
      row,
      { ...row, image: `again/${row.image}`, topk_intersection: 0.5 },
    ]);
    await writeRun(at('all'), attackConfig, table(attackRows()));
    const attack = [{ name: 'random-sign', id: 'random-sign' }];
    await writeRun(at('random'), { ...attackConfig, attack }, table(more));
    const groups = groupsOf(await openRuns([at()]));
    expect(groups.map((runs) => runs.length)).toEqual([2]);
    const rows = joinedRows(groups[0]!);
    const count = (of: string) => rows.filter(({ attack }) => attack === of).length;
    expect([count('random-sign'), count('top-k')]).toEqual([16, 8]);
  });

  it('of several folders stand by the method, the attack and ε', async () => {
    const lrp = { ...attackConfig, explain: [{ name: 'lrp', id: 'lrp' }] };
    await writeRun(at('a'), lrp, table(attackRows({ method: 'lrp' })));
    await writeRun(at('b'), attackConfig, table(attackRows().reverse()));
    const [group] = groupsOf(await openRuns([at()]));
    const lanes = joinedRows(group!).map((r) => `${r.method} ${r.attack} ${r.epsilon}`);
    expect([...new Set(lanes)]).toEqual(
      ['gradient', 'lrp'].flatMap((m) =>
        ['random-sign 2', 'random-sign 8', 'top-k 2', 'top-k 8'].map((rest) => `${m} ${rest}`),
      ),
    );
  });

  it.each([
    ['other semantics', { semantics: { deepliftMap: 'multiplier' } }],
    ['methods of other settings', { explain: [{ name: 'gradient', smooth: { beta: 2 } }] }],
    ['attacks of other settings', { attack: [{ name: 'top-k', iterations: 9 }] }],
    ['methods of names of their own', { explain: [{ name: 'gradient', id: 'steep' }] }],
  ])('stay apart where they are of %s', async (_, change) => {
    await writeRun(at('a'), { ...attackConfig, semantics: 'paper' }, table(attackRows()));
    const more = attackRows().flatMap((row) => [row, { ...row, image: `again/${row.image}` }]);
    await writeRun(at('b'), { ...attackConfig, ...change }, table(more));
    expect(groupsOf(await openRuns([at()])).map((runs) => runs.length)).toEqual([1, 1]);
  });

  it('stay apart where they are the same again, of another network, or of named attacks', async () => {
    await writeRun(at('a'), attackConfig, table(attackRows()));
    await writeRun(at('b'), attackConfig, table(attackRows()));
    await writeRun(at('c'), { ...attackConfig, model: { name: 'vgg16' } }, table(attackRows()));
    const attack = [{ name: 'top-k', id: 'after-10' }];
    await writeRun(at('d'), { ...attackConfig, attack }, table(attackRows({}, ['after-10'])));
    expect(groupsOf(await openRuns([at()])).map((runs) => runs.length)).toEqual([1, 1, 1, 1]);
  });

  it('are read once, from folders that hold them too', async () => {
    await writeAnglesRun(at('deep', 'angles'));
    const runs = await openRuns([at(), at('deep'), at('deep', 'angles')]);
    expect(runs.map(({ folder }) => folder)).toEqual([at('deep', 'angles')]);
  });

  it('are refused in one line where there is none, or none that is known', async () => {
    expect(await refusal(openRuns([at('nowhere')]))).toContain('nowhere: no such folder');
    expect(await refusal(openRuns([at()]))).toContain(': holds no run; expected a folder with');
    await writeRun(at('odd'), attackConfig, { 'other.csv': { columns: ['a'], rows: [] } });
    expect(await refusal(openRuns([at('odd')]))).toContain('odd: no table that a report knows');
    await rm(at('odd', 'other.csv'));
    await writeFile(at('odd', 'angles.csv'), 'image,degrees\na,3\n');
    expect(await refusal(openRuns([at('odd')]))).toMatch(/angles\.csv: no column angle/);
    await writeFile(at('odd', 'angles.csv'), 'image,angle\na,3\nb,steep\n');
    expect(await refusal(openRuns([at('odd')]))).toContain(
      'angles.csv:3: angle: "steep", expected a number',
    );
    await writeFile(at('odd', 'angles.csv'), 'image,angle\n');
    expect(await refusal(openRuns([at('odd')]))).toContain('odd: its tables have no rows yet');
    await writeFile(at('odd', 'run.json'), '[]');
    expect(await refusal(openRuns([at('odd')]))).toContain('run.json: not the record of a run');
  });
});

describe('names of sections', () => {
  it('are their folders, and each run and each folder of runs has an anchor', async () => {
    const lrp = { ...attackConfig, explain: [{ name: 'lrp', id: 'lrp' }] };
    await writeRun(at('fig3', 'all'), { ...attackConfig, name: 'fig3' }, table(attackRows()));
    await writeRun(at('fig12', 'all'), lrp, table(attackRows({ method: 'lrp' })));
    await writeAnglesRun(at('angles'));
    const of = named(groupsOf(await openRuns([at()])));
    expect(of.map(({ name, title }) => [name, title])).toEqual([
      ['angles', 'angles'],
      ['cifar-cnn-on-embedded', 'cifar-cnn on embedded'],
    ]);
    expect(of[1]!.runs.map(({ name, anchors }) => [name, anchors])).toEqual([
      ['fig12/all', ['fig12-all', 'fig12']],
      ['fig3/all', ['fig3-all', 'fig3']],
    ]);
    expect(of[0]!.runs.map(({ anchors }) => anchors)).toEqual([[]]);
  });
});

describe('published values', () => {
  const change = { dataset: 'imagenet', model: 'squeezenet1_1' } as const;

  it('are beside means over the images that kept their label', () => {
    const compared = comparedWithPublished(attackRows(change));
    const one = compared.find(
      ({ attack, epsilon, metric }) => attack === 'top-k' && epsilon === 8 && metric === 'spearman',
    );
    // 0.9 − 0.8 + 0.03 · (0, 1, 2), whose mean is 0.13 and standard deviation 0.03
    expect(one).toMatchObject({ value: 0.285, images: 4, lost: 1, outside: true });
    expect(one!.here).toBeCloseTo(0.13, 12);
    expect(one!.error).toBeCloseTo(0.06 / Math.sqrt(3), 12);
    expect(one!.difference).toBeCloseTo(-0.155, 12);
  });

  it('are compared with iterates kept by their rule alone', () => {
    const rows = attackRows({ ...change, select: 'dissimilarity' });
    expect(comparedWithPublished(rows)).toEqual([]);
  });
});

describe('fragile report', () => {
  it('writes a page that has everything in it, and each figure as a file', async () => {
    await writeAttackRun(at('runs', 'attack'));
    await writeMatchRun(at('runs', 'match'));
    await writeAnglesRun(at('runs', 'angles'));
    await writeInfluenceRun(at('runs', 'influence'));
    await writeTraining(at('runs', 'training'));
    const out = at('new', 'page.html');
    const { status, out: text } = await said(() =>
      reportCommand([at('runs')], { out, svg: at('svg'), png: at('png') }),
    );
    expect(status).toBe(0);
    expect(text).toMatch(/^runs: 5\n/);
    const names = ['angles-angles', 'attack-curves', 'influence-angles', 'influence-influence'];
    const all = [...names, 'match-boxes', 'training-training'];
    expect(await readdir(at('svg'))).toEqual(all.map((name) => `${name}.svg`));
    expect(await readdir(at('png'))).toEqual(all.map((name) => `${name}.png`));
    const page = await readFile(out, 'utf8');
    expect(page).not.toMatch(/<(?:script|img|link)[^>]* (?:src|href)="(?!data:)/);
    for (const words of ['SHA-256 0c3ad35c7613…', 'random-sign; top-k', '4 used of 5 tried'])
      expect(page).toContain(words);
    // what top-k left at ε 8: three images, one more lost its label
    expect(page).toMatch(
      /<td>top-k<\/td><td>intersection<\/td>(<td class="number">(8|4|3|1|0|0)<\/td>){6}/,
    );
    expect(page.match(/<img /g)).toHaveLength(2 * 5);
  });

  it('leaves pictures out where they may not be passed on', async () => {
    await writeAttackRun(at('attack'));
    await said(() => reportCommand([at('attack')], { out: at('page.html'), pictures: false }));
    expect(await readFile(at('page.html'), 'utf8')).not.toMatch(/<img |<h3>Pictures/);
  });

  it('shows a run that has not ended, whose record lacks what its end tells', async () => {
    await writeRun(at('begun'), attackConfig, table(attackRows()));
    const file = at('begun/run.json');
    const record = JSON.parse(await readFile(file, 'utf8'));
    const begun = { ...record, data: { name: 'embedded', sha256: null }, end: null, images: null };
    await writeFile(file, JSON.stringify(begun));
    await said(() => reportCommand([at('begun')], { out: at('page.html') }));
    expect(await readFile(at('page.html'), 'utf8')).toContain('not finished');
  });

  it('takes words of a run as words', async () => {
    await writeRun(
      at('<b>'),
      { ...attackConfig, name: '</script><b>' },
      table(attackRows({ attack: '<i>' })),
    );
    await said(() => reportCommand([at('<b>')], { out: at('page.html') }));
    const page = await readFile(at('page.html'), 'utf8');
    expect(page).not.toMatch(/<\/script><b>|<i>&|><i></);
    expect(page).toContain('&lt;i&gt;');
  });

  it('says what it cannot write', async () => {
    await writeAnglesRun(at('angles'));
    await mkdir(at('page.html'));
    const work = reportCommand([at('angles')], { out: at('page.html') });
    expect(await refusal(work)).toContain('page.html: cannot be written');
  });
});
