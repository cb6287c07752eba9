// Semantics as users meet them: chosen in a config or on the command line, and told by the run's record.
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { paperSemantics, semanticsFields } from '../config/semantics.js';
import { Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
  await place.write(
    'c.yaml',
    [
      'name: c',
      'model: { name: cifar-cnn, width: 0.125 }',
      'data: { name: embedded, count: 1, correct: false }',
      'explain: gradient',
      'attack: [{ name: random-sign, iterations: 3 }, { name: mass-center, iterations: 3 }]',
      'epsilon: 8',
      'semantics: { random: walk, center: truncated }',
    ].join('\n'),
  );
});
afterAll(() => place.remove());

const recordIn = async (out: string) =>
  JSON.parse(await readFile(place.path(out, 'run.json'), 'utf8'));
const run = (out: string, ...more: readonly string[]) =>
  place.fragile('run', 'c.yaml', '--out', out, '--quiet', '--workers', '1', ...more);

it('every field stands in run.json, and results of other semantics are not gone on with', async () => {
  expect((await run('fields')).status).toBe(0);
  const { config } = await recordIn('fields');
  expect(config.semantics).toEqual({ ...paperSemantics, random: 'walk', center: 'truncated' });
  const rows = await place.rows('fields');
  expect(rows.map(({ attack, select, iterations }) => [attack, select, iterations])).toEqual([
    ['random-sign', 'intersection', '3'],
    ['mass-center', 'dissimilarity', '3'],
  ]);
  for (const { center_shift } of rows) expect(Number(center_shift) ** 2 % 1).toBeCloseTo(0, 9);

  const other = await run('fields', '--set', 'semantics.center=exact');
  expect(other.stderr).toBe(
    'fragile: output: fields: holds results of another config (semantics.center is truncated there, here exact); use --fresh to replace them or --out for another folder\n',
  );
  expect(other.status).toBe(2);
}, 60_000);

it('the authors’ are a preset', async () => {
  expect((await run('authors', '--set', 'semantics=authors')).status).toBe(0);
  const { config } = await recordIn('authors');
  for (const [field, { authors }] of Object.entries(semanticsFields))
    expect(config.semantics[field]).toEqual(authors);
  expect((await place.rows('authors')).map(({ select }) => select)).toEqual([
    'intersection',
    'intersection',
  ]);
}, 60_000);

it('a field’s wrong value is one line', async () => {
  const { stderr, status } = await run('none', '--set', 'semantics.random=stroll');
  expect(stderr).toBe(
    'fragile: --set semantics.random=stroll: semantics.random: "stroll", expected one of draw, walk\n',
  );
  expect(status).toBe(2);
});
