// `beta: auto` becomes a number before a config is resolved.
import { expect, it, vi } from 'vitest';
import { checkConfig } from '../config/file.js';
import { attackForm } from '../tasks/attack/config.js';
import { withBeta } from './auto-beta.js';

const settled = async (change: Record<string, unknown> = {}, changes: readonly string[] = []) => {
  const given = {
    name: 't',
    model: { name: 'cifar-cnn', width: 0.125 },
    data: { name: 'embedded', count: 2 },
    explain: [
      'gradient',
      { name: 'gradient', id: 'smooth', smooth: { beta: 'auto' } },
      { name: 'lrp', smooth: { beta: 7 } },
    ],
    attack: 'match-target',
    ...change,
  };
  const { value, origin } = checkConfig(
    () => attackForm,
    given,
    changes,
    (path) => `--${String(path[0])}`,
  );
  return withBeta(value, origin, 'no data root');
};
const betasOf = ({ explain }: Record<string, unknown>) =>
  (explain as { smooth?: { beta: number } }[]).map(({ smooth }) => smooth?.beta);

it('is the same number whatever part of the images is used, and says what it is', async () => {
  const said = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const [none, beta, given] = betasOf(await settled());
  expect([none, given]).toEqual([undefined, 7]);
  expect(beta).toBeGreaterThan(0.01);
  expect(said.mock.calls.join()).toMatch(
    new RegExp(`smooth: beta: auto is ${beta}: \\d+ of \\d+ images keep their class`),
  );
  said.mockRestore();
  const more = { name: 'embedded', count: 'max', correct: false };
  expect(betasOf(await settled({ data: more }))[1]).toBe(beta);
});

it('leaves a config without it as it is, and opens nothing', async () => {
  const change = { explain: 'gradient', model: 'squeezenet1_1' };
  expect((await settled(change)).explain).toEqual([{ name: 'gradient' }]);
});

it.each([
  [
    'a network without ReLU',
    { model: 'cifar-cnn-softplus' },
    /^--explain: explain\.1\.smooth\.beta: auto, expected a number: cifar-cnn-softplus has no ReLU/,
  ],
  ['a network without weights', { model: 'squeezenet1_1' }, /^model squeezenet1_1: no weights at/],
])('refuses %s', async (_, change, message) => {
  await expect(settled(change)).rejects.toThrow(message);
});

it.each([0, -1, 'much'])('refuses β of %s', async (beta) => {
  await expect(settled({}, [`explain.1.smooth.beta=${beta}`])).rejects.toThrow(
    /explain\.1\.smooth\.beta: .+, expected a number above 0(, or auto)?$/,
  );
});
