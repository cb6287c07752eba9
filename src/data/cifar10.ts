// CIFAR-10 in its binary format: records of one label byte and 3·32·32 pixels, channels first. Labels are
// read when it is opened, a record's pixels when they are asked for.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import type { Dataset, ImageEntry } from './dataset.js';
import type { Picture } from './picture.js';
import { planesOf } from './picture.js';
import { fitTo, type Resizing } from './resize.js';

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;
const RECORD = 1 + PIXELS;
const CLASSES = 10;

const batches = {
  train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`),
  test: ['test_batch.bin'],
};

/** A record's place. */
interface Record extends ImageEntry {
  readonly file: string;
  readonly at: number;
}

async function recordsOf(file: string): Promise<{ labels: number[] }> {
  const status = await stat(file).catch(() => undefined);
  if (status === undefined)
    throw new UserError(
      `${file}: no such file; expected CIFAR-10 in binary format; fragile fetch cifar-10 gets it, or give --data DIR or FRAGILE_DATA with a data root that holds it`,
    );
  if (!status.isFile() || status.size === 0 || status.size % RECORD !== 0)
    throw new UserError(
      `${file}: ${status.size} bytes, expected whole records of ${RECORD} (CIFAR-10 in binary format)`,
    );
  const labels: number[] = [];
  let at = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    for (let i = (RECORD - (at % RECORD)) % RECORD; i < chunk.length; i += RECORD)
      labels.push(chunk[i]!);
    at += chunk.length;
  }
  const odd = labels.findIndex((label) => label >= CLASSES);
  if (odd >= 0)
    throw new UserError(
      `${file}: record ${odd}: label ${labels[odd]}, expected 0 to ${CLASSES - 1}`,
    );
  return { labels };
}

/** The pixels of a record, as they stand in its file. */
async function pixelsOf({ id, file, at }: Record): Promise<Buffer> {
  const handle = await open(file);
  try {
    const pixels = Buffer.alloc(PIXELS);
    const { bytesRead } = await handle.read(pixels, 0, PIXELS, at);
    if (bytesRead !== PIXELS) throw new UserError(`${file}: ends inside ${id}`);
    return pixels;
  } finally {
    await handle.close();
  }
}

/** The picture of a record's pixels, which stand channel by channel. */
const pictureOf = (planes: Buffer): Picture => ({
  data: Buffer.from(
    Uint8Array.from(planes, (_, i) => planes[(i % 3) * SIDE * SIDE + Math.floor(i / 3)]!),
  ),
  height: SIDE,
  width: SIDE,
});

/**
 * Opens CIFAR-10's batches in a folder; split `test` unless `train` is asked for.
 * Throws a UserError when a batch is missing or not in the binary format.
 */
export async function openCifar10(
  folder: string,
  { split = 'test', ...resizing }: Resizing & { readonly split?: 'train' | 'test' },
): Promise<Dataset> {
  const files = batches[split].map((name) => path.join(folder, name));
  const entries: Record[] = [];
  for (const file of files) {
    const { labels } = await recordsOf(file);
    labels.forEach((label, i) => {
      entries.push({ id: `${split}-${entries.length}`, label, file, at: i * RECORD + 1 });
    });
  }
  return {
    location: folder,
    entries,
    load: async (entry, size) =>
      planesOf(fitTo(pictureOf(await pixelsOf(entry as Record)), size, resizing, entry.id)),
    fileOf: (entry) => (entry as Record).file,
    bytesOf: (entry) => pixelsOf(entry as Record),
  };
}
