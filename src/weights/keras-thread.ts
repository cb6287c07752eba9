// A thread that reads one HDF5 file and ends. The library does not return from some damaged files.
import { parentPort, workerData } from 'node:worker_threads';
import { kerasTensors } from './keras-tensors.js';
import type { WeightTensor } from './safetensors.js';

/** What the thread says: first that it has begun, then what it found, or why there is nothing. */
export type Said =
  | 'begun'
  | { readonly tensors: ReadonlyMap<string, WeightTensor> }
  | { readonly refused: string };

class Refused extends Error {}

const say = (said: Said, given: readonly ArrayBuffer[] = []) =>
  parentPort!.postMessage(said, given);

await import('h5wasm').then(({ ready }) => ready);
say('begun');
try {
  const bytes = workerData as Uint8Array;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const tensors = await kerasTensors(buffer, (why) => new Refused(why));
  say(
    { tensors },
    [...tensors.values()].map(({ data }) => data.buffer as ArrayBuffer),
  );
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  say({ refused: error.message });
}
