// Axes of measures: their whole range, or from zero up.
import { expect, it } from 'vitest';
import { measureOf } from '../tasks/attack/metrics.js';
import { scaleOf } from './measures.js';

it.each([
  ['spearman', [0.2, 0.9], { domain: [0, 1] }],
  ['spearman', [-0.3, 0.9], { domain: [-0.3, 1] }],
  ['center_shift', [3], { domain: [0, 3], nice: true }],
  ['center_shift', [0], { domain: [0, 1], nice: true }],
  ['kendall', [-0.5, 0.25], { domain: [-0.5, 0.25], nice: true }],
] as const)('the axis of %s from %j', (metric, values, scale) => {
  expect(scaleOf(measureOf(metric), values)).toEqual(scale);
});
