// Files of numbers beside weights: .npy arrays, and patterns of a network.
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodeNpy, readNpy } from '../../data/npy.js';
import { bindPatterns, patternName } from '../../explain/pattern-attribution.js';
import { bind } from '../../model/index.js';
import { keyedRandom, normalNumbers } from '../../random.js';
import { readSafetensors, writeSafetensors } from '../../weights/safetensors.js';
import { tinyNetwork, tinyWeights } from '../files/tiny.js';
import { holds, type Kind } from '../kind.js';
import { chance, changedBytes, changedText } from '../mutate.js';

const SHAPE = [3, 8, 8];

const npyWords = [
  "'<f4'",
  "'>f8'",
  "'|O'",
  'True',
  '(3, 8, 8)',
  '(-1,)',
  `(1${', 9'.repeat(50)}`,
  '}',
  '}}',
];

export const arrays: Kind = {
  count: 300,
  async prepare(base) {
    const patterns = [...tinyWeights()]
      .filter(([name]) => name.endsWith('.weight'))
      .map(([name, tensor]) => [patternName(name.slice(0, -'.weight'.length)), tensor] as const);
    await writeSafetensors(path.join(base, 'patterns.safetensors'), new Map(patterns));
  },
  async open(base) {
    const npy = encodeNpy(normalNumbers(192, 1, keyedRandom('npy')), SHAPE);
    const patterns = await readFile(path.join(base, 'patterns.safetensors'));
    const network = tinyNetwork();
    const bound = bind(network, { file: '', sha256: '', metadata: {}, tensors: tinyWeights() });
    const readArray = async (file: string) => {
      const numbers = await readNpy(file, SHAPE);
      holds(numbers.length === 192, `${numbers.length} numbers`);
    };
    const readPatterns = async (file: string) => {
      for (const [layer, { data }] of bindPatterns(bound, await readSafetensors(file)))
        holds(data.every(Number.isFinite), `pattern of ${layer} with numbers that are not finite`);
    };
    return async (random, folder) => {
      const array = chance(0.5, random);
      const file = path.join(folder, `tried.${array ? 'npy' : 'safetensors'}`);
      const valid = array ? npy : patterns;
      const asText = () =>
        Buffer.from(changedText(valid.toString('latin1'), random, npyWords), 'latin1');
      await writeFile(file, array && chance(0.5, random) ? asText() : changedBytes(valid, random));
      return {
        names: [path.basename(file)],
        act: () => (array ? readArray(file) : readPatterns(file)),
      };
    };
  },
};
