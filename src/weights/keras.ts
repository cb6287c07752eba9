// Reads HDF5 files of weights in a thread of its own, which is ended where it takes too long or too much memory.
import { Worker } from 'node:worker_threads';
import { UserError } from '../errors.js';
import { SIGNATURE } from './hdf5.js';
import type { Said } from './keras-thread.js';
import type { WeightTensor } from './safetensors.js';

export const isHdf5 = (bytes: Buffer): boolean => bytes.subarray(0, 8).equals(SIGNATURE);

/** The thread's program as it is built, also for tests of the sources. */
const PROGRAM = new URL('../../dist/weights/keras-thread.js', import.meta.url);

/** Seconds that a file may take: many times what the largest networks need. */
const secondsFor = (bytes: number): number => 6 + bytes / 5e6;
const MEGABYTES = 1024;

type Answer = Exclude<Said, 'begun'>;

/** What a thread finds in a file; undefined where it ends without an answer. */
function found(bytes: Buffer): Promise<Answer | undefined> {
  const thread = new Worker(PROGRAM, {
    // a copy, as this one may be part of a larger one
    workerData: Uint8Array.from(bytes),
    resourceLimits: { maxOldGenerationSizeMb: MEGABYTES },
    // what the library prints when it fails is not shown
    ...{ stdout: true, stderr: true },
  });
  return new Promise((resolve, reject) => {
    let clock: NodeJS.Timeout | undefined;
    const end = (answer?: Answer) => {
      clearTimeout(clock);
      resolve(answer);
      void thread.terminate();
    };
    thread.on('message', (said: Said) => {
      if (said !== 'begun') end(said);
      else clock = setTimeout(end, 1000 * secondsFor(bytes.length));
    });
    // before it has begun, the file cannot be the reason
    thread.on('error', (error) => (clock === undefined ? reject(error) : end()));
    thread.on('exit', () => end());
  });
}

/**
 * All arrays of an HDF5 file as float32, in the layout and under the names of the networks here.
 * Throws a UserError that names the file and what is wrong with it.
 */
export async function decodeKeras(
  file: string,
  bytes: Buffer,
): Promise<ReadonlyMap<string, WeightTensor>> {
  const said = await found(bytes);
  if (said !== undefined && 'tensors' in said) return said.tensors;
  throw new UserError(
    `${file}: not weights in HDF5: ${said?.refused ?? 'it is damaged or truncated'}`,
  );
}
