// The network that inputs are for: the small one for 32×32 images, narrowed as far as it goes, with drawn weights.
import { type Network, networkOf } from '../../model/index.js';
import { keyedRandom, normalNumbers } from '../../random.js';
import { type WeightTensor, writeSafetensors } from '../../weights/safetensors.js';

export const tinyModel = { name: 'cifar-cnn', width: 0.01 } as const;

/** The options of a command that choose it, with weights of a file. */
export const tinyOptions = (weights: string): readonly string[] => [
  ...['--model', tinyModel.name],
  ...['--set', `model.width=${tinyModel.width}`, '--set', `model.weights=${weights}`],
];

export const tinyNetwork = (): Network => networkOf(tinyModel.name, { width: tinyModel.width });

/** Weights by name. */
export const tinyWeights = (): Map<string, WeightTensor> =>
  new Map(
    [...tinyNetwork().parameters].map(([name, shape]) => {
      const count = shape.reduce((n, d) => n * d, 1);
      return [name, { shape, data: normalNumbers(count, 0.3, keyedRandom('tiny', name)) }];
    }),
  );

/** Writes its weights as a safetensors file. */
export const writeTiny = (file: string): Promise<void> => writeSafetensors(file, tinyWeights());
