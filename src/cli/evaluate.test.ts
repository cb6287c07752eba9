// `fragile evaluate`: how often a network is right.
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

/** Copies pictures of a ship and of a frog into two class folders. */
async function classFolders(set: string, ...names: readonly string[]): Promise<void> {
  for (const [i, name] of names.entries()) {
    await mkdir(place.path(set, name), { recursive: true });
    await cp(
      fixturePath('embedded', i === 0 ? 'ship' : 'frog', '0.png'),
      place.path(set, name, 'picture.png'),
    );
  }
}

const evaluated = (set: string) => [
  ...['evaluate', '--model', 'cifar-cnn', '--dataset', 'folder', '--quiet'],
  ...['--set', `data.path=${set}`, '--set', 'model.width=0.125'],
];

it('prints the accuracy of a network', async () => {
  await classFolders('classes', 'ship', 'frog');
  const { status, stdout, stderr } = await place.fragile(...evaluated('classes'));
  expect(stdout).toMatch(/^top-1: (0|50|100)\.0 %\ntop-5: \d+\.\d %\nimages: 2\n$/);
  expect([status, stderr]).toEqual([0, '']);
});

it('refuses class folders that are no classes of the network', async () => {
  await classFolders('others', 'boat', 'frog');
  expect(await place.refused(...evaluated('others'))).toMatch(
    /data: folder: others\/boat: a class folder that is no class of cifar-cnn, expected a name such as airplane, or a classes\.txt in others that lists the 10 classes in order, one a line$/m,
  );
});

it('notes once that a classes.txt lists fewer classes than the network has', async () => {
  await classFolders('two', 'boat', 'toad');
  await writeFile(place.path('two', 'classes.txt'), 'boat\ntoad\n');
  const { status, stderr } = await place.fragile(...evaluated('two'));
  expect(stderr).toBe(
    'two/classes.txt: 2 classes, which are taken for the first of the 10 of cifar-cnn\n',
  );
  expect(status).toBe(0);
});
