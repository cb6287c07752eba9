// The second engine, independent of the first: a program becomes TensorFlow.js calls. With
// @tensorflow/tfjs-node-gpu they run on CUDA, else in WebAssembly or plain JavaScript.
import type { Program } from '../../graph/program.js';
import type { Engine, Executable } from '../engine.js';
import { type Backend, backends, type Device, load } from './backends.js';

/** The first backend that is there. */
async function firstThere(): Promise<{ backend: Backend; device: Device }> {
  let failure: unknown;
  for (const backend of backends)
    try {
      return { backend, device: await load(backend) };
    } catch (error) {
      failure = error;
    }
  throw failure;
}

/**
 * TensorFlow.js.
 * @param backend `tensorflow`, `wasm` or `cpu`; by default the first of them that is there
 * Throws an Error that says why a backend that was asked for is not there, and the command that adds it.
 */
export async function tfjsEngine({ backend }: { backend?: Backend } = {}): Promise<Engine> {
  const chosen =
    backend === undefined ? await firstThere() : { backend, device: await load(backend) };
  const { version_core } = await import('@tensorflow/tfjs-core');
  const { compileOn } = await import('./executable.js');
  return {
    name: 'tfjs',
    version: version_core,
    device: chosen.device,
    batch: 1,
    compile: async (program: Program): Promise<Executable> => compileOn(chosen.backend, program),
  };
}
