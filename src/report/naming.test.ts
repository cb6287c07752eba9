// What sections are called, and where links into a page lead.
import { describe, expect, it } from 'vitest';
import { resultColumns } from '../tasks/attack/results.js';
import { useFolder } from '../testing/files.js';
import { named } from './naming.js';
import { groupsOf, openRuns } from './run-folders.js';
import { attackConfig, attackRows, writeAnglesRun, writeRun } from './testing/runs.js';

const at = useFolder();
const table = (rows: ReturnType<typeof attackRows>) => ({
  'results.csv': { columns: resultColumns, rows },
});

describe('names of sections', () => {
  it('are their folders, and each run and each folder of runs has an anchor', async () => {
    const [gradient] = attackConfig.explain;
    const lrp = { ...attackConfig, explain: [{ ...gradient, name: 'lrp', id: 'lrp' }] };
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
