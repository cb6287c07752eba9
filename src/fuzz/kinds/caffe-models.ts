// Caffe models for `fragile convert`: changed in their bytes and in their messages.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { squeezenetFromCaffe } from '../../model/index.js';
import { readCaffe } from '../../weights/caffe.js';
import { caffe, changedMessages } from '../files/messages.js';
import { tinyWeights } from '../files/tiny.js';
import { holds, type Kind } from '../kind.js';
import { chance, changedBytes } from '../mutate.js';

async function converted(file: string): Promise<void> {
  const { layers } = await readCaffe(file);
  for (const [name, blobs] of layers)
    for (const { shape, data } of blobs) {
      const count = shape.reduce((n, d) => n * d, 1);
      holds(data.length === count, `layer ${name}: ${data.length} numbers for shape [${shape}]`);
    }
  squeezenetFromCaffe(file, layers);
}

export const caffeModels: Kind = {
  count: 200,
  async open() {
    const tensors = tinyWeights();
    const valid = caffe.write(caffe.of(tensors));
    return async (random, folder) => {
      const file = path.join(folder, 'tried.caffemodel');
      const inBytes = chance(0.5, random);
      await writeFile(
        file,
        inBytes ? changedBytes(valid, random) : changedMessages(caffe, tensors, random),
      );
      return {
        names: ['tried.caffemodel'],
        act: () => converted(file),
        command: ['convert', file, '--out', path.join(folder, 'out.safetensors')],
      };
    };
  },
};
