import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { refusal, useFolder } from '../testing/files.js';
import { readMask } from './mask.js';

const at = useFolder();

/** Writes a gray PNG of 2 rows and 3 columns. */
const draw = (levels: readonly number[]) =>
  sharp(Uint8Array.from(levels), { raw: { width: 3, height: 2, channels: 1 } })
    .toColorspace('b-w')
    .png()
    .toFile(at('mask.png'));

describe('readMask', () => {
  it('is one where the picture has 128 or more of 255', async () => {
    await draw([0, 127, 128, 255, 1, 254]);
    expect(await readMask(at('mask.png'), 2, 3)).toEqual(Float32Array.of(0, 0, 1, 1, 0, 1));
  });

  it('reads a drawing in color, with what is transparent outside', async () => {
    const white = [255, 255, 255, 255];
    const pixels = [...white, 255, 255, 255, 0, 0, 0, 0, 255, 60, 0, 0, 255, ...white, ...white];
    await sharp(Uint8Array.from(pixels), { raw: { width: 2, height: 3, channels: 4 } })
      .png()
      .toFile(at('mask.png'));
    expect(await readMask(at('mask.png'), 3, 2)).toEqual(Float32Array.of(1, 0, 0, 0, 1, 1));
  });

  it('is refused at another size, also when only turned', async () => {
    await draw([0, 0, 0, 255, 255, 255]);
    expect(await refusal(readMask(at('mask.png'), 3, 2))).toBe(
      `${at('mask.png')}: a mask of 3×2 pixels, expected 2×3, the network's input`,
    );
    expect(await refusal(readMask(at('mask.png'), 2, 4))).toMatch(/expected 4×2/);
  });

  it.each([
    ['dark', 127],
    ['bright', 128],
  ])('is refused when all %s', async (what, level) => {
    await draw(Array(6).fill(level));
    expect(await refusal(readMask(at('mask.png'), 2, 3))).toBe(
      `${at('mask.png')}: a mask that is all ${what}, expected white on the region and black elsewhere`,
    );
  });

  it('is refused when missing or no picture', async () => {
    expect(await refusal(readMask(at('absent.png'), 2, 3))).toMatch(/absent\.png: no such file/);
    await writeFile(at('text.png'), 'white');
    expect(await refusal(readMask(at('text.png'), 2, 3))).toMatch(/text\.png: not a whole picture/);
  });
});
