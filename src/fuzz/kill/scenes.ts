// What is killed: a run, a training, a fetch and a report, each small, and each with the command that also resumes it.
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { stringify } from 'yaml';
import { packageRoot } from '../../package.js';
import { keyedRandom } from '../../random.js';
import { writeCifar } from '../files/runs.js';
import { tarOf } from '../files/tar.js';
import { serve } from './server.js';

export interface Scene {
  readonly name: string;
  /** The program and its arguments, to write to a folder. */
  readonly command: (out: string) => readonly string[];
}

export interface Scenes {
  readonly all: readonly Scene[];
  /** Ends what the scenes need. */
  close(): void;
}

const program = path.join(packageRoot, 'bin', 'fragile.js');
const model = { name: 'cifar-cnn', width: 0.125 };

/** Attacks on three pictures with everything that a run can leave; a few seconds. */
const run = {
  name: 'killed',
  model,
  data: { name: 'embedded', count: 3, correct: false },
  explain: ['gradient', 'gradient-x-input'],
  attack: ['random-sign', { name: 'top-k', k: 100, iterations: 60 }],
  epsilon: [4, 8],
  select: ['dissimilarity', 'intersection'],
  save: { images: 2, trace: true },
};

const training = {
  name: 'killed',
  model: { name: 'cifar-cnn', width: 0.0625 },
  data: 'cifar-10',
  epochs: 6,
  batch: 10,
  augment: ['crop', 'flip'],
};

const noise = (bytes: number, ...key: string[]): Buffer => {
  const random = keyedRandom(...key);
  return Buffer.from(Uint8Array.from({ length: bytes }, () => random.below(256)));
};

const archive = (): Buffer =>
  gzipSync(
    tarOf(
      [1, 2, 3, 4, 5].map((i) => ({
        name: `cifar-10-batches-bin/data_batch_${i}.bin`,
        type: '0',
        body: noise(60_000, 'archive', String(i)),
      })),
    ),
  );

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/**
 * Makes the scenes.
 * @param folder a folder for their configs and data
 */
export async function openScenes(folder: string): Promise<Scenes> {
  const at = (...parts: readonly string[]) => path.join(folder, ...parts);
  await mkdir(folder, { recursive: true });
  await writeFile(at('run.yaml'), stringify(run));
  await writeFile(at('train.yaml'), stringify(training));
  await writeCifar(folder, 40);
  const files = { 'file.pth': noise(400_000, 'file'), 'archive.tar.gz': archive() };
  const server = await serve(files);
  const hashes = Object.values(files).map(sha256);
  const fetching = fileURLToPath(new URL('./fetching.js', import.meta.url));
  return {
    all: [
      {
        name: 'run',
        command: (out) => [program, 'run', at('run.yaml'), '--out', out, '--workers', '2'],
      },
      {
        name: 'train',
        command: (out) => [
          ...[program, 'train', at('train.yaml'), '--out', out],
          ...['--data', folder, '--workers', '1'],
        ],
      },
      { name: 'fetch', command: (out) => [fetching, server.url, out, ...hashes] },
      {
        name: 'report',
        command: (out) => [
          ...[program, 'report', at('reported'), '--data', folder],
          ...['--out', path.join(out, 'report.html'), '--svg', out, '--png', out],
        ],
      },
    ],
    close: server.close,
  };
}
