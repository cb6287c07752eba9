import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import { labOf } from './lab.js';

/** Made by scripts/slic-golden.py. */
const { lab: golden } = JSON.parse(readFileSync(fixturePath('slic.json'), 'utf8')) as {
  lab: { rgb: number[]; lab: number[] }[];
};

describe('CIE L*a*b*', () => {
  it.each(golden.map(({ rgb, lab }) => [rgb, lab]))(
    'of %j is as scikit-image has it',
    (rgb, lab) => {
      for (const [channel, value] of [...labOf(Float32Array.from(rgb))].entries())
        expect(Math.abs(value - lab[channel]!)).toBeLessThan(0.01);
    },
  );

  it('is of each pixel by itself, in planes', () => {
    const [red, gray] = [
      [255, 0, 0],
      [128, 128, 128],
    ].map((rgb) => [...labOf(Float32Array.from(rgb))]);
    expect([...labOf(Float32Array.of(255, 128, 0, 128, 0, 128))]).toEqual(
      red!.flatMap((v, channel) => [v, gray![channel]!]),
    );
  });
});
