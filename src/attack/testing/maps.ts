// Random maps and the value of a dissimilarity on them.
import { interpret } from '../../engine/reference/interpreter.js';
import { input, program, sum } from '../../graph/index.js';
import { values } from '../../testing/cases.js';
import { prefixed, referenceInputs } from '../director.js';
import type { Dissimilarity } from '../dissimilarity.js';

/** A random map of 5×4 pixels that sums to 1. */
export function mapOf(key: string): Float32Array {
  const map = values([HEIGHT, WIDTH], key, [0.1, 1]);
  const total = map.reduce((a, b) => a + b);
  return map.map((v) => v / total);
}
export const HEIGHT = 5;
export const WIDTH = 4;

/** D of a batch of two maps, each against the references of its own clean map. */
export function dissimilarityOf(
  dissimilarity: Dissimilarity,
  maps: readonly Float32Array[],
  cleans: readonly Float32Array[],
): number {
  const references = cleans.map((map) => dissimilarity.clean(map, HEIGHT, WIDTH));
  const together = (parts: readonly Float32Array[]) =>
    Float32Array.from(parts.flatMap((p) => [...p]));
  const joined = Object.fromEntries(
    Object.keys(references[0]!).map((name) => [name, together(references.map((r) => r[name]!))]),
  );
  const inputs = referenceInputs(dissimilarity, 2, HEIGHT, WIDTH);
  const value = sum(dissimilarity.of(input('map', [2, 1, HEIGHT, WIDTH]), inputs));
  return interpret(program({ value }), { ...prefixed(joined), map: together(maps) }).value![0]!;
}
