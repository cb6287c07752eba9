import { expect, it } from 'vitest';
import { influenceSign } from './influence-sign.js';

it('goes ε along the sign of the direction, within the range of pixels', () => {
  const x = Float32Array.of(100, 100, 100, 100, 100, 3, 253);
  const direction = Float32Array.of(1e-20, -7, 0, Number.NaN, Number.POSITIVE_INFINITY, -1, 1);
  expect([...influenceSign(x, direction, 8)]).toEqual([108, 92, 100, 100, 100, 0, 255]);
});
