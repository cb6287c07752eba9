import { stat } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../testing/files.js';
import { compact, expand } from './compact.js';
import { readWeights } from './read.js';
import { type WeightTensor, writeSafetensors } from './safetensors.js';

const noise = (length: number, size: number) =>
  Float32Array.from({ length }, (_, i) => size * Math.sin(i * i));

describe('compact weights', () => {
  const inFolder = useFolder();
  const large: WeightTensor = {
    shape: [4, 30_000],
    // rows of very different sizes, and one of zeros
    data: noise(120_000, 1).map((v, i) => v * [1, 1e-3, 0, 50][Math.floor(i / 30_000)]!),
  };
  const tensors = new Map([
    ['large', large],
    ['small', { shape: [3, 2], data: noise(6, 0.1) }],
  ]);

  it('come back from a file to within half a step of each row', async () => {
    await writeSafetensors(inFolder('w'), compact(tensors));
    const read = (await readWeights(inFolder('w'))).tensors;
    expect([...read.keys()].sort()).toEqual(['large', 'small']);
    expect(read.get('large')!.shape).toEqual([4, 30_000]);
    for (let row = 0; row < 4; row++) {
      const of = (t: WeightTensor) => t.data.slice(row * 30_000, (row + 1) * 30_000);
      const [before, after] = [of(large), of(read.get('large')!)];
      const step = Math.max(...before.map(Math.abs)) / 127;
      const error = Math.max(...before.map((v, i) => Math.abs(v - after[i]!)));
      expect(error).toBeLessThanOrEqual(0.5001 * step);
      if (step > 0) expect(error).toBeGreaterThan(0.4 * step);
    }
    const small = tensors.get('small')!.data;
    read.get('small')!.data.forEach((v, i) => {
      expect(Math.abs(v - small[i]!)).toBeLessThanOrEqual(Math.abs(small[i]!) * 2 ** -11);
    });
  });

  it('take about a byte a number where layers are large', async () => {
    await writeSafetensors(inFolder('w'), compact(tensors));
    const { size } = await stat(inFolder('w'));
    expect(size).toBeLessThan(121_000);
  });

  it('are left alone where they were never compact', () => {
    expect(expand(tensors)).toEqual(tensors);
    const odd = new Map([...tensors, ['small.row_scale', { shape: [7], data: noise(7, 1) }]]);
    expect(expand(odd)).toEqual(odd);
  });
});
