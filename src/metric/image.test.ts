import { describe, expect, test } from 'vitest';
import { imageSimilarity } from './image.js';
import { golden, imagesOf } from './testing/golden.js';

const { channels, height, width } = golden.image;

describe('imageSimilarity', () => {
  test('as scikit-image and SciPy on an image of three channels', () => {
    const [a, b] = imagesOf();
    const similarity = imageSimilarity(a, Float32Array.from(b), channels, height, width);
    expect(similarity.ssim).toBeCloseTo(golden.image.ssim, 12);
    expect(similarity.pcc).toBeCloseTo(golden.image.pcc, 12);
    expect(similarity.mse).toBeCloseTo(golden.image.mse, 14);
  });

  test('of black and white images', () => {
    const black = new Float32Array(121);
    const white = new Float32Array(121).fill(255);
    const similarity = imageSimilarity(black, white, 1, 11, 11);
    expect(similarity.ssim).toBeCloseTo(1e-4 / (1 + 1e-4), 14);
    expect(similarity.pcc).toBeUndefined();
    expect(similarity.mse).toBe(1);
  });

  test('has no structural similarity below 11 pixels', () => {
    const a = Float32Array.of(0, 255, 0, 255);
    expect(imageSimilarity(a, a, 1, 2, 2)).toEqual({ ssim: undefined, pcc: 1, mse: 0 });
  });

  test('refuses images of another size', () => {
    const a = new Float32Array(12);
    expect(() => imageSimilarity(a, a, 3, 2, 3)).toThrow(/12 values .* 3 x 2 x 3/);
    expect(() => imageSimilarity(a, new Float32Array(4), 3, 2, 2)).toThrow(/4 values/);
  });
});
