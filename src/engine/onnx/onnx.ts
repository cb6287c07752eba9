// The default engine: ONNX Runtime. A program is encoded as an ONNX model and runs natively.
import * as ort from 'onnxruntime-node';
import type { Program } from '../../graph/program.js';
import { sizeOf } from '../../graph/shape.js';
import type { Engine, Executable, Held, Inputs, Values } from '../engine.js';
import { toOnnx } from './emit.js';

/** Version of ONNX Runtime. */
export const engineVersion: string = ort.env.versions.node ?? ort.env.versions.common;

/** A tensor of ONNX Runtime that waits to be read or given to another run. */
class HeldTensor implements Held {
  constructor(readonly tensor: ort.Tensor) {}

  async read(): Promise<Float32Array> {
    return (await this.tensor.getData()) as Float32Array;
  }

  release(): void {
    this.tensor.dispose();
  }
}

/**
 * ONNX Runtime on the CPU.
 * @param threads threads within one operator (default 1: work is spread over processes)
 */
export function onnxEngine({
  device = 'cpu',
  threads = 1,
}: {
  device?: 'cpu' | 'webgpu' | 'cuda';
  threads?: number;
} = {}): Engine {
  return {
    name: 'onnx',
    version: engineVersion,
    device,
    images: 1,
    async compile(program: Program): Promise<Executable> {
      const { model, external } = toOnnx(program);
      const session = await ort.InferenceSession.create(model, {
        externalData: external,
        executionProviders: [device],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        // planning one block for all tensors costs a third more memory here and saves no time
        enableMemPattern: false,
        logSeverityLevel: 3,
      });
      const start = async (inputs: Inputs): Promise<[string, ort.Tensor][]> => {
        const feeds: Record<string, ort.Tensor> = {};
        for (const { attrs, shape } of program.inputs) {
          const given = inputs[attrs.name];
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
        const results = await session.run(feeds);
        return Object.keys(program.outputs).map((name) => [name, results[`out.${name}`]!]);
      };
      return {
        async run(inputs: Inputs): Promise<Values> {
          return Object.fromEntries(
            (await start(inputs)).map(([name, tensor]) => [name, tensor.data as Float32Array]),
          );
        },
        async hold(inputs: Inputs): Promise<Readonly<Record<string, Held>>> {
          return Object.fromEntries(
            (await start(inputs)).map(([name, tensor]) => [name, new HeldTensor(tensor)]),
          );
        },
        release: () => session.release(),
      };
    },
  };
}
