// What the trained weights depend on.

import { writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../../testing/files.js';
import { loadTrainingConfig, trainingHash } from './config.js';

const config = `
name: taught
model: cifar-cnn
data: cifar-10
epochs: 3
optimizer: { name: adam, rate: 0.001, schedule: cosine }
`;

describe('a training', () => {
  const inFolder = useFolder();
  const hash = async (...changes: string[]) => {
    await writeFile(inFolder('t.yaml'), config);
    return trainingHash(await loadTrainingConfig(inFolder('t.yaml'), changes));
  };

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
    await expect(hash('optimizer.schedule=step')).rejects.toThrow(
      /optimizer\.schedule: "step", expected/,
    );
  });
});
