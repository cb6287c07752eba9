// The default engine: ONNX Runtime. A program is encoded as an ONNX model and runs natively, on the CPU or
// on a GPU, where results stay until they are read.
import * as ort from 'onnxruntime-node';
import type { Program } from '../../graph/program.js';
import { sizeOf } from '../../graph/shape.js';
import type { Engine, Executable, Inputs, Values } from '../engine.js';
import { toOnnx } from './emit.js';
import type { Device } from './forms.js';
import { Carriers, HeldTensor } from './held.js';
import { guarded, openSession } from './session.js';

export type { Device } from './forms.js';

/** Version of ONNX Runtime. */
export const engineVersion: string = ort.env.versions.node ?? ort.env.versions.common;

/** The tensors a session is fed for a program's inputs. */
async function feedsOf({ inputs }: Program, values: Inputs): Promise<Record<string, ort.Tensor>> {
  const feeds: Record<string, ort.Tensor> = {};
  for (const { attrs, shape } of inputs) {
    const given = values[attrs.name];
    if (given instanceof HeldTensor) {
      feeds[`in.${attrs.name}`] = given.tensor;
      continue;
    }
    const numbers = given !== undefined && 'read' in given ? await given.read() : given;
    if (numbers?.length !== sizeOf(shape))
      throw new Error(
        `input ${attrs.name} needs ${sizeOf(shape)} numbers, got ${numbers?.length ?? 'none'}`,
      );
    feeds[`in.${attrs.name}`] = new ort.Tensor('float32', numbers, shape);
  }
  return feeds;
}

/**
 * ONNX Runtime on a device.
 * `compile` throws a UserError where the device is not there; it and the runs throw OutOfMemory.
 * @param device the CPU (default), a GPU through WebGPU (Vulkan, Metal or Direct3D 12), or one through CUDA
 * @param threads threads within one operator on the CPU (default 1: work is spread over processes)
 */
export function onnxEngine({
  device = 'cpu',
  threads = 1,
}: {
  device?: Device;
  threads?: number;
} = {}): Engine {
  return {
    name: 'onnx',
    version: engineVersion,
    device,
    batch: 1,
    async compile(program: Program): Promise<Executable> {
      const model = toOnnx(program, device);
      const { session, fallenBack } = await openSession(model, {
        device,
        threads,
        results: 'device',
      });
      const carriers = new Carriers(device);
      // results not yet released: disposed of after the session, they would end the process
      const waiting = new Set<HeldTensor>();
      const hold = async (inputs: Inputs): Promise<Record<string, HeldTensor>> => {
        const results = await guarded(device, session.run(await feedsOf(program, inputs)));
        const held = Object.keys(program.outputs).map((name) => {
          const result = new HeldTensor(
            results[`out.${name}`]!,
            (tensor) => carriers.numbersOf(tensor),
            (released) => waiting.delete(released),
          );
          waiting.add(result);
          return [name, result] as const;
        });
        return Object.fromEntries(held);
      };
      return {
        fallenBack,
        hold,
        async run(inputs: Inputs): Promise<Values> {
          const results = Object.entries(await hold(inputs));
          try {
            const values: Record<string, Float32Array> = {};
            for (const [name, result] of results) values[name] = await result.read();
            return values;
          } finally {
            for (const [, result] of results) result.release();
          }
        },
        async release(): Promise<void> {
          for (const result of waiting) result.release();
          await carriers.release();
          await session.release();
        },
      };
    },
  };
}
