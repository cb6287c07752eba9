// Random draws keyed by what they are for. A key (seed, image, attack, ε, purpose, …) is hashed to the
// state of a generator of its own, so that a draw depends on nothing but its key: not on the order of
// work, the number of processes, or what was drawn before for something else.
import { createHash } from 'node:crypto';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number;
  /** A whole number from 0 to n − 1, all equally likely. */
  below(n: number): number;
  /** −1 or 1. */
  sign(): 1 | -1;
}

/** The generator of a key: xoroshiro128+ started from the first 128 bits of the key's SHA-256. */
export function keyedRandom(...key: readonly (string | number)[]): Random {
  // as JSON, so that no two keys are written alike
  const digest = createHash('sha256').update(JSON.stringify(key)).digest();
  const generator = xoroshiro128plusFromState([0, 4, 8, 12].map((at) => digest.readInt32LE(at)));
  let bits = 0;
  let left = 0;
  return {
    uniform: () => uniformFloat64(generator),
    below: (n) => uniformInt(generator, 0, n - 1),
    sign() {
      if (left === 0) {
        bits = generator.next();
        left = 32;
      }
      const sign = bits & 1 ? 1 : -1;
      bits >>>= 1;
      left--;
      return sign;
    },
  };
}

/** Normal numbers of a standard deviation, in float32 (Box and Muller: a radius and an angle give two). */
export function normalNumbers(count: number, deviation: number, random: Random): Float32Array {
  const out = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    out[i] = radius * Math.cos(angle);
    if (i + 1 < count) out[i + 1] = radius * Math.sin(angle);
  }
  return out;
}

/** The numbers 0..n−1 in random order (Fisher–Yates). */
export function permutation(n: number, random: Random): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = random.below(i + 1);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}
