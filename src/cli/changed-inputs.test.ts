// Commands that are called again after files they read were changed, in processes of their own.
import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { Workplace } from './testing/command.js';

let place: Workplace;
beforeAll(async () => {
  place = await Workplace.make();
});
afterAll(() => place.remove());

const picture = (name: string) => fixturePath('embedded', name);
const text = (...parts: readonly string[]) => readFile(place.path(...parts), 'utf8');
const choice = 'use --fresh to replace them or --out for another folder';

/** Makes a folder of three pictures, and a config on them with further lines. */
async function madeOf(name: string, lines: string): Promise<string> {
  await mkdir(place.path(name), { recursive: true });
  for (const [i, of] of ['cat', 'dog', 'ship'].entries())
    await copyFile(picture(`${of}/0.png`), place.path(name, `p${i}.png`));
  return place.write(
    `${name}.yaml`,
    `
name: ${name}
model: { name: cifar-cnn, width: 0.125 }
data: { name: folder, path: ${name}, correct: false }
explain: gradient
output: ${name}-out
${lines}`,
  );
}

const signs = 'attack: random-sign\nepsilon: 8\n';

describe('a run that is started again', { timeout: 60_000 }, () => {
  it.each<[string, string, (folder: string) => Promise<unknown>, RegExp]>([
    [
      'another picture under the same name',
      signs,
      (folder) => copyFile(picture('frog/0.png'), place.path(folder, 'p1.png')),
      /results of another p1\.png \(SHA-256 [0-9a-f]{12}… there, [0-9a-f]{12}… now\)/,
    ],
    [
      'a picture less',
      signs,
      (folder) => rm(place.path(folder, 'p2.png')),
      /results of p2\.png, which .* lacks now/,
    ],
    [
      'a picture more',
      signs,
      (folder) => copyFile(picture('frog/0.png'), place.path(folder, 'p3.png')),
      /results of folder with 3 images, here 4/,
    ],
    [
      'labels where there were none',
      signs,
      (folder) => place.write(`${folder}/labels.csv`, 'file,label\np0.png,1\np1.png,2\np2.png,3\n'),
      /results of folder with other names or labels of images/,
    ],
    [
      'another target picture',
      'attack: { name: match-target, target: target.png, iterations: 2 }\n',
      () => copyFile(picture('truck/0.png'), place.path('target.png')),
      /results of other target \(target\.png, SHA-256 [0-9a-f]{12}…\)/,
    ],
    [
      'another target image',
      'attack: { name: match-target, target: { image: target.png }, iterations: 2 }\n',
      () => copyFile(picture('truck/0.png'), place.path('target.png')),
      /results of other target \(target\.png, SHA-256 [0-9a-f]{12}…\)/,
    ],
    [
      'another mask',
      'attack: { name: target-region, mask: mask.png, iterations: 2 }\nepsilon: 8\n',
      () => drawMask(20),
      /results of other mask \(mask\.png, SHA-256 [0-9a-f]{12}…\)/,
    ],
  ])('with %s is refused, and nothing is changed', async (what, lines, change, why) => {
    const name = what.replaceAll(' ', '-');
    await copyFile(picture('bird/0.png'), place.path('target.png'));
    await drawMask(10);
    await madeOf(name, lines);
    const run = () => place.fragile('run', `${name}.yaml`, '--workers', '1');
    expect((await run()).status).toBe(0);
    const before = await text(`${name}-out`, 'results.csv');
    expect((await run()).stderr).toContain('nothing is left to compute');
    await change(name);
    const said = await place.refused('run', `${name}.yaml`, '--quiet');
    expect(said).toMatch(why);
    expect(said).toMatch(new RegExp(`^output: ${name}-out: holds .*; ${choice}$`));
    expect(await text(`${name}-out`, 'results.csv')).toBe(before);
  });
});

/** A mask with a white square of a side. */
async function drawMask(side: number): Promise<void> {
  const pixels = Buffer.from(
    Uint8Array.from({ length: 32 * 32 }, (_, i) =>
      i % 32 < side && Math.floor(i / 32) < side ? 255 : 0,
    ),
  );
  await sharp(pixels, { raw: { width: 32, height: 32, channels: 1 } })
    .png()
    .toFile(place.path('mask.png'));
}

it('an attack on a picture that was replaced is refused, not answered with the old result', async () => {
  await copyFile(picture('ship/0.png'), place.path('p.png'));
  const attack = ['attack', 'p.png', '--attack', 'random-sign', '--quiet', '--out', 'attacked'];
  expect((await place.fragile(...attack)).status).toBe(0);
  await copyFile(picture('frog/0.png'), place.path('p.png'));
  expect(await place.refused(...attack)).toMatch(
    /^output: attacked: holds results of another p\.png \(SHA-256 .*; use --fresh /,
  );
  expect(await place.refused('score', 'attacked', '--quiet')).toMatch(
    /^attacked: computed on another p\.png \(SHA-256 .*\); expected the images of the run$/,
  );
}, 60_000);
