// Pictures brought to size against torchvision, to the last bit. Pictures follow from a rule that
// scripts/picture-golden.py follows too; what torchvision makes of them is in golden.json.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fixturePath } from '../package.js';
import type { Picture } from './picture.js';
import { fitTo } from './resize.js';

interface Golden {
  /** Height and width of the picture. */
  readonly picture: readonly [number, number];
  readonly resize: number;
  readonly crop: number;
  /** Height and width after Resize. */
  readonly scaled: readonly [number, number];
  /** Top and left of torchvision's CenterCrop. */
  readonly centerCrop: readonly [number, number];
  /** Of the values of the center. */
  readonly sha256: string;
  /** Twelve of them, evenly spread. */
  readonly values: readonly number[];
}

const goldens: readonly Golden[] = JSON.parse(
  readFileSync(fixturePath('picture', 'golden.json'), 'utf8'),
);

/** Noise: a hash of the position. */
function noise(height: number, width: number): Picture {
  const data = Buffer.alloc(3 * height * width);
  for (let i = 0; i < data.length; i++) {
    let h = Math.imul(i, 0x9e3779b9);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    data[i] = h >>> 24;
  }
  return { data, height, width };
}

const titled = goldens.map((golden) => {
  const { picture, resize, crop } = golden;
  return [`${picture.join('×')}, ${resize} → ${crop}`, golden] as const;
});

describe('a picture is brought to size as torchvision does it', () => {
  it.each(titled)('%s', (_, { picture, resize, crop, sha256, values }) => {
    const input = { height: crop, width: crop };
    const { data, ...size } = fitTo(noise(...picture), input, { resize }, 'noise');
    expect(size).toEqual(input);
    const every = Math.floor(data.length / 12);
    expect(values.map((_, i) => data[i * every])).toEqual(values);
    expect(createHash('sha256').update(data).digest('hex')).toBe(sha256);
  });

  // ⌊(n − s)/2⌋ here; torchvision rounds halves to even
  it.each(titled)('but for the offset of the crop, by at most a pixel: %s', (_, golden) => {
    for (const [i, side] of golden.scaled.entries()) {
      const half = (side - golden.crop) / 2;
      const further = half % 2 === 1.5 ? 1 : 0;
      expect(golden.centerCrop[i]).toBe(Math.floor(half) + further);
    }
  });
});
