// `fragile patterns`, and runs of the method that needs them.
import { createHash } from 'node:crypto';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { readWeights } from '../weights/read.js';
import { writeSafetensors } from '../weights/safetensors.js';
import { Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

it('learns patterns where pattern attribution finds them, and says how when there are none', async () => {
  const smoke = [
    ...['run', 'patterned.yaml', '--out', 'patterned', '--quiet', '--limit', '1'],
    ...['--data', 'root'],
  ];
  await place.write(
    'patterned.yaml',
    [
      'name: patterned',
      'model: { name: cifar-cnn, width: 0.125 }',
      'data: embedded',
      'explain: pattern-attribution',
      'attack: { name: top-k, k: 50, iterations: 3 }',
      'epsilon: 8',
      'metrics: { k: 50 }',
    ].join('\n'),
  );
  const missing = await place.fragile(...smoke);
  expect(missing.stderr).toBe(
    'fragile: pattern-attribution: no patterns at root/weights/cifar-cnn-0.125.patterns.safetensors; `fragile patterns --model cifar-cnn --dataset embedded` learns them\n',
  );
  expect(missing.status).toBe(2);

  const learned = await place.fragile(
    ...['patterns', '--model', 'cifar-cnn', '--dataset', 'embedded', '--quiet', '--limit', '4'],
    ...['--data', 'root', '--set', 'model.width=0.125'],
  );
  expect(learned.stderr).toBe('');
  expect(learned.stdout).toBe('root/weights/cifar-cnn-0.125.patterns.safetensors\nimages: 4\n');
  const { status } = await place.fragile(...smoke);
  expect(status).toBe(0);
  expect(await readFile(place.path('patterned', 'results.csv'), 'utf8')).toMatch(
    /pattern-attribution,top-k,8,dissimilarity,3,[123],ok,true/,
  );

  const file = place.path('root', 'weights', 'cifar-cnn-0.125.patterns.safetensors');
  const bytes = await readFile(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const record = JSON.parse(await readFile(place.path('patterned', 'run.json'), 'utf8'));
  expect(record.inputs).toMatchObject([
    { of: 'weights', file: 'cifar-cnn-0.125.safetensors' },
    { of: 'patterns', file: 'cifar-cnn-0.125.patterns.safetensors', sha256 },
  ]);
  // the last number of the last pattern: other patterns of the same form
  bytes[bytes.length - 4]! ^= 1;
  await writeFile(file, bytes);
  const other = await place.fragile(...smoke);
  expect(other.stderr).toMatch(
    /^fragile: output: patterned: holds results of other patterns \(cifar-cnn-0\.125\.patterns\.safetensors, SHA-256 [^\n]*\n$/,
  );
  expect(other.status).toBe(2);
});

it('refuses weights that take float32 beyond its range, and writes nothing', async () => {
  const { tensors } = await readWeights(fixturePath('cifar-cnn-0.125.safetensors'));
  const large = [...tensors].map(([name, { shape, data }]) => {
    const grown = name.endsWith('.weight') ? data.map((v) => v * 1e30) : data;
    return [name, { shape, data: grown }] as const;
  });
  await writeSafetensors(place.path('large.safetensors'), new Map(large));
  const model = ['--set', 'model.width=0.125', '--set', 'model.weights=large.safetensors'];
  const learned = await place.fragile(
    ...['patterns', '--model', 'cifar-cnn', '--dataset', 'embedded', '--quiet', '--limit', '2'],
    ...['--out', 'large.patterns', ...model],
  );
  expect(learned.stderr).toMatch(
    /^fragile: large.safetensors: not weights that patterns can be learned of: those of \S+ are not finite\n$/,
  );
  expect(learned.status).toBe(2);
  await expect(stat(place.path('large.patterns'))).rejects.toThrow('ENOENT');

  const picture = fixturePath('embedded', 'cat', '0.png');
  for (const command of ['explain', 'attack']) {
    const said = await place.fragile(command, picture, '--method', 'gradient', ...model);
    expect(said.stderr).toContain(
      'fragile: large.safetensors: not weights that cifar-cnn can compute with: for 0.png the score of class 0 is NaN',
    );
    expect(said.status).toBe(2);
  }
});
