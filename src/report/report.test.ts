// From folders of runs to a page: what is said, and what is written.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { reportCommand } from '../cli/report.js';
import { said } from '../cli/testing/said.js';
import { resultColumns } from '../tasks/attack/results.js';
import { refusal, useFolder } from '../testing/files.js';
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
    const words = [
      ...['SHA-256 0c3ad35c7613…', '4 used of 5 tried, 4 asked for', 'onnx 1.30.0 on cpu'],
      ...['random-sign (quantise false); top-k (quantise false, ', '<dd>paper</dd>'],
      ...['2 of 1.5 min', '55.0 % of the test images', '2026-01-01 10:00, 30 min'],
    ];
    expect(words.filter((of) => !page.includes(of))).toEqual([]);
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
    await writeRun(at('begun'), attackConfig, table(attackRows()), {
      ...{ data: { name: 'embedded', images: 30, sha256: null }, end: null, units: null },
    });
    await said(() => reportCommand([at('begun')], { out: at('page.html') }));
    const page = await readFile(at('page.html'), 'utf8');
    expect(page.match(/<dt>time<\/dt><dd>[^<]*/)?.[0]).toBe(
      '<dt>time</dt><dd>2026-01-01 10:00, not finished',
    );
    expect(page).not.toContain('<dt>images</dt>');
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
    expect(await refusal(work)).toMatch(/page\.html: a folder; expected the name of a file$/);
  });
});
