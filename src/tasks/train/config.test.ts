// What the trained weights depend on.
import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { identityHash } from '../../record/identity.js';
import { refusal, useFolder } from '../../testing/files.js';
import { freeOf, loadTrainingConfig, trainingVersions } from './config.js';

const config = `
name: taught
model: cifar-cnn
data: cifar-10
epochs: 3
optimizer: { name: adam, rate: 0.001, schedule: cosine }
`;

describe('a training', () => {
  const inFolder = useFolder();
  const load = async (...changes: string[]) => {
    await writeFile(inFolder('t.yaml'), config);
    return loadTrainingConfig(inFolder('t.yaml'), changes);
  };
  const hash = async (...changes: string[]) => {
    const training = await load(...changes);
    return identityHash(training, trainingVersions, freeOf(training));
  };

  it('gets every default', async () => {
    expect(await load('optimizer=adam')).toEqual({
      ...{ task: 'train', name: 'taught', seed: 1 },
      model: {
        name: 'cifar-cnn',
        width: 1,
        input: {
          ...{ height: 32, width: 32, scale: 255 },
          ...{ mean: { parameter: 'mean' }, std: [1, 1, 1] },
        },
        classes: 10,
      },
      data: { name: 'cifar-10', resize: 32 },
      ...{ epochs: 3, batch: 128, optimizer: { name: 'adam', rate: 1e-3 } },
      ...{ augment: [], activation: 'relu', output: 'results/taught' },
    });
  });

  it.each(['output=elsewhere', 'stopAt.accuracy=0.5'])('is the same with %s', async (change) => {
    expect(await hash(change)).toBe(await hash());
  });

  it.each(['seed=2', 'batch=64', 'optimizer.rate=0.1', 'optimizer=adam'])(
    'is another with %s',
    async (change) => {
      expect(await hash(change)).not.toBe(await hash());
    },
  );

  it('is another with more epochs where the rate falls, and the same where it stays', async () => {
    expect(await hash('epochs=4')).not.toBe(await hash());
    expect(await hash('optimizer=adam', 'epochs=4')).toBe(await hash('optimizer=adam'));
  });

  it('refuses an unknown schedule', async () => {
    expect(await refusal(hash('optimizer.schedule=step'))).toMatch(
      /optimizer\.schedule: "step", expected/,
    );
  });
});
