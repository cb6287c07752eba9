// Pictures that cannot be read: they fail alone, the run goes on, and a later start tries them again.
import { copyFile, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

const whole = fixturePath('embedded', 'bird/0.png');

/** Makes a folder of five pictures of birds, of which one is cut short, one a broken link and one a folder. */
async function make(name: string, correct: boolean): Promise<string> {
  await mkdir(place.path(name, 'bird'), { recursive: true });
  const at = (file: string) => place.path(name, 'bird', file);
  await copyFile(whole, at('a.png'));
  await copyFile(whole, at('e.png'));
  await writeFile(at('b.png'), (await readFile(whole)).subarray(0, 300));
  await symlink('nowhere', at('c.png'));
  await mkdir(at('d.png'));
  const lines = ['a', 'b', 'c', 'd', 'e'].map((letter) => `bird/${letter}.png,2\n`);
  await writeFile(place.path(name, 'labels.csv'), `file,label\n${lines.join('')}`);
  return place.write(
    `${name}.yaml`,
    `
name: ${name}
model: { name: cifar-cnn, width: 0.125 }
data: { name: folder, path: ${name}, correct: ${correct} }
explain: gradient
attack: [random-sign, { name: top-k, iterations: 3 }, { name: match-target, iterations: 3 }]
epsilon: 8
save: { trace: true }
output: ${name}-out
`,
  );
}

const statusesOf = async (name: string) =>
  (await place.rows(`${name}-out`)).map(({ image, attack, status }) => [image, attack, status]);

it('fail alone, and are computed once they are mended', async () => {
  await make('any', false);
  const { status, stderr } = await place.fragile('run', 'any.yaml', '--quiet');
  expect(stderr).toMatch(/^any\/bird\/b\.png: not a whole picture: /m);
  expect(stderr).toMatch(/^fragile: 3 images could not be read; mend them and run /m);
  const before = await statusesOf('any');
  expect(before).toHaveLength(15);
  for (const [image, attack, of] of before) {
    const good = ['bird/a.png', 'bird/e.png'].includes(image!);
    // the target of a pair may be one that cannot be read
    if (good && attack !== 'match-target') expect(of).not.toBe('failed');
    if (!good) expect(of).toBe('failed');
  }
  const pairs = before.filter(([, attack, of]) => attack === 'match-target' && of === 'failed');
  expect(status).toBe(pairs.length > 3 ? 1 : 2);
  const record = JSON.parse(await readFile(place.path('any-out', 'run.json'), 'utf8'));
  expect(record.units).toEqual({ asked: 'max', used: 2, tried: 5, unreadable: 3 });

  await copyFile(whole, place.path('any', 'bird', 'b.png'));
  await place.fragile('run', 'any.yaml', '--quiet');
  const after = await statusesOf('any');
  expect(after.filter(([image, attack]) => image === 'bird/b.png' && attack === 'top-k')).toEqual([
    ['bird/b.png', 'top-k', expect.stringMatching(/^(ok|label-lost)$/)],
  ]);
  expect(after.filter(([, , of]) => of === 'failed').length).toBeLessThan(
    before.filter(([, , of]) => of === 'failed').length,
  );
}, 60_000);

it('are left out where images must be classified correctly', async () => {
  await make('right', true);
  const { status, stderr } = await place.fragile('run', 'right.yaml', '--quiet');
  expect(stderr).toMatch(/^fragile: 3 images could not be read; /m);
  expect([1, 2]).toContain(status);
  const images = new Set((await statusesOf('right')).map(([image]) => image));
  expect([...images].sort()).toEqual(['bird/a.png', 'bird/e.png']);
}, 60_000);

it('are counted by a plan, and by an evaluation', async () => {
  await make('planned', false);
  const plan = await place.fragile('run', 'planned.yaml', '--dry-run', '--quiet');
  expect(plan.status).toBe(0);
  expect(plan.stdout).toMatch(/^3 of the first 5 images cannot be read, such as planned\/bird\//m);
  const options = ['--model', 'cifar-cnn', '--dataset', 'folder', '--quiet'];
  const { status, stdout, stderr } = await place.fragile(
    'evaluate',
    ...options,
    ...['--set', 'data.path=planned'],
  );
  expect(stdout).toMatch(/^images: 2$/m);
  expect(stderr).toMatch(/^fragile: 3 images could not be read; /m);
  expect(status).toBe(2);
}, 60_000);
