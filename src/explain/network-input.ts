// Sensitivities in the network's own input x̂ = (x/s − μ)/σ, in place of those in the pixels x.
import { constant, mul } from '../graph/index.js';
import type { Method } from './method.js';

/**
 * A method whose raw map is a derivative in x, or what takes its place, in x̂: every channel times s·σ of it. Where σ is
 * the same for all channels the map is the same, and the method stays as it is.
 */
export const inNetworkInput = (method: Method): Method => ({
  ...method,
  contribution(subject, sample) {
    const raw = method.contribution(subject, sample);
    const preprocess = subject.network.network.layers.find(({ kind }) => kind === 'preprocess');
    if (preprocess?.kind !== 'preprocess') throw new Error('every network begins with its input');
    const { scale, std } = preprocess;
    if (std.every((s) => s === std[0])) return raw;
    const units = Float32Array.from(std, (s) => s * scale);
    return mul(raw, constant(units, [1, 3, 1, 1], 'gray levels of a unit'));
  },
});
