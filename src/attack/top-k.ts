// Top-k attack (Ghorbani et al. 2019, section 3): takes saliency away from the pixels that had most of it.
import { mul, neg, sum } from '../graph/index.js';
import { topK } from '../metric/topk.js';
import type { Dissimilarity } from './dissimilarity.js';

/**
 * D = −Σ_{i∈B} I(x)_i with B the k largest pixels of the clean image's ReLU map, ties to the lower index.
 * @param k pixels in B, at most H·W
 */
export const topKDissimilarity = (k: number): Dissimilarity => ({
  name: 'top-k',
  references: (images, height, width) => ({ top: [images, 1, height, width] }),
  of: (map, { top }) => neg(sum(mul(map, top!), [1, 2, 3])),
  clean(map) {
    const top = new Float32Array(map.length);
    for (const i of topK(map, k)) top[i] = 1;
    return { top };
  },
});
