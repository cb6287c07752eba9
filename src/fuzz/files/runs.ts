// Folders of finished runs on the tiny network: of attacks, with kept pictures and a trace, of angles, and of a training.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { keyedRandom } from '../../random.js';
import { run } from '../../run/run.js';
import { loadTrainingConfig, train } from '../../tasks/commands.js';
import { loadConfig } from '../../tasks/index.js';
import { tinyModel, writeTiny } from './tiny.js';

/** Files of CIFAR-10 with few records. */
export async function writeCifar(root: string, records: number): Promise<void> {
  const folder = path.join(root, 'cifar-10-batches-bin');
  await mkdir(folder, { recursive: true });
  const names = [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`);
  for (const name of [...names, 'test_batch.bin']) {
    const random = keyedRandom('cifar', name);
    const bytes = Uint8Array.from({ length: records * 3073 }, () => random.below(256));
    for (let i = 0; i < records; i++) bytes[i * 3073] = i % 10;
    await writeFile(path.join(folder, name), bytes);
  }
}

/** The configs by the names of their folders. */
const configsOf = (weights: string) => ({
  attack: {
    model: { ...tinyModel, weights },
    data: { name: 'embedded', count: 2, correct: false },
    explain: ['gradient', 'lrp'],
    attack: ['random-sign', { name: 'top-k', k: 100, iterations: 2 }],
    epsilon: [4, 8],
    save: { images: 1, trace: true },
  },
  angles: {
    task: 'angles',
    model: { name: 'cifar-cnn-softplus', width: tinyModel.width, weights },
    data: { name: 'embedded', count: 2, correct: false },
  },
  train: { model: tinyModel, data: 'cifar-10', epochs: 2, batch: 4 },
});

/** Makes a run of each kind in a folder, under `attack`, `angles` and `train`. */
export async function writeRuns(base: string): Promise<void> {
  const weights = path.join(base, 'tiny.safetensors');
  await writeTiny(weights);
  await writeCifar(base, 4);
  const options = { data: base, workers: 1, quiet: true };
  for (const [name, fields] of Object.entries(configsOf(weights))) {
    const file = path.join(base, `${name}.yaml`);
    const output = path.join(base, name);
    await writeFile(file, stringify({ name, ...fields, output }));
    if (name === 'train') await train(await loadTrainingConfig(file, []), options);
    else await run(await loadConfig(file), options);
  }
}
