// `fragile evaluate`: how often a network is right.
import { cp, mkdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

it('prints the accuracy of a network', async () => {
  for (const [i, name] of ['zero', 'one'].entries()) {
    await mkdir(place.path('classes', name), { recursive: true });
    await cp(
      fixturePath('embedded', i === 0 ? 'ship' : 'frog', '0.png'),
      place.path('classes', name, 'picture.png'),
    );
  }
  const { status, stdout } = await place.fragile(
    ...['evaluate', '--model', 'cifar-cnn', '--dataset', 'folder', '--quiet'],
    ...['--set', 'data.path=classes', '--set', 'model.width=0.125'],
  );
  expect(stdout).toMatch(/^top-1: (0|50|100)\.0 %\ntop-5: \d+\.\d %\nimages: 2\n$/);
  expect(status).toBe(0);
});
