// The default engine: ONNX Runtime. A program is encoded as an ONNX model and runs natively, on the CPU or
// on a GPU, where results stay until they are read.
import * as ort from 'onnxruntime-node';
import { input } from '../../graph/ops.js';
import { program as close, type Program } from '../../graph/program.js';
import { type Shape, sizeOf } from '../../graph/shape.js';
import type { Engine, Executable, Held, Inputs, Values } from '../engine.js';
import { toOnnx } from './emit.js';
import type { Device } from './forms.js';
import { deviceError, openSession } from './session.js';

export type { Device } from './forms.js';

/** Version of ONNX Runtime. */
export const engineVersion: string = ort.env.versions.node ?? ort.env.versions.common;

/** A tensor of ONNX Runtime that waits to be read or given to another run. */
class HeldTensor implements Held {
  private released = false;

  constructor(
    private readonly result: ort.Tensor,
    private readonly owner: OnnxExecutable,
  ) {}

  /** The tensor, which must not be touched any more once it has been released. */
  get tensor(): ort.Tensor {
    if (this.released) throw new Error('these results have been released');
    return this.result;
  }

  async read(): Promise<Float32Array> {
    return this.owner.numbersOf(this.tensor);
  }

  release(): void {
    if (this.released) return;
    this.result.dispose();
    this.released = true;
    this.owner.held.delete(this);
  }
}

class OnnxExecutable implements Executable {
  /** Results not yet released: disposed of after the session, they would end the process. */
  readonly held = new Set<HeldTensor>();
  /** By shape, sessions that hand on a tensor: the only way of numbers from a GPU's memory to ours. */
  private readonly carriers = new Map<string, Promise<ort.InferenceSession>>();

  constructor(
    private readonly program: Program,
    private readonly session: ort.InferenceSession,
    readonly fallenBack: readonly string[],
    private readonly device: Device,
  ) {}

  async run(inputs: Inputs): Promise<Values> {
    const results = Object.entries(await this.hold(inputs));
    try {
      const values: Record<string, Float32Array> = {};
      for (const [name, result] of results) values[name] = await result.read();
      return values;
    } finally {
      for (const [, result] of results) result.release();
    }
  }

  async hold(inputs: Inputs): Promise<Readonly<Record<string, Held>>> {
    const held: Record<string, HeldTensor> = {};
    for (const [name, tensor] of await this.results(inputs)) {
      held[name] = new HeldTensor(tensor, this);
      this.held.add(held[name]);
    }
    return held;
  }

  async release(): Promise<void> {
    for (const result of this.held) result.release();
    for (const carrier of this.carriers.values()) await (await carrier).release();
    await this.session.release();
  }

  /** The numbers of a result, wherever it is. */
  async numbersOf(tensor: ort.Tensor): Promise<Float32Array> {
    if (tensor.location === 'cpu') return tensor.data as Float32Array;
    const carrier = await this.carrierOf(tensor.dims);
    const { 'out.x': copy } = await this.guarded(carrier.run({ 'in.x': tensor }));
    return copy!.data as Float32Array;
  }

  private carrierOf(shape: Shape): Promise<ort.InferenceSession> {
    const key = shape.join();
    let carrier = this.carriers.get(key);
    if (carrier === undefined) {
      const model = toOnnx(close({ x: input('x', shape) }), this.device);
      carrier = openSession(model, { device: this.device, results: 'cpu' }).then(
        ({ session }) => session,
        (error) => {
          this.carriers.delete(key);
          throw error;
        },
      );
      this.carriers.set(key, carrier);
    }
    return carrier;
  }

  private async results(inputs: Inputs): Promise<[string, ort.Tensor][]> {
    const feeds: Record<string, ort.Tensor> = {};
    for (const { attrs, shape } of this.program.inputs) {
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
    const results = await this.guarded(this.session.run(feeds));
    return Object.keys(this.program.outputs).map((name) => [name, results[`out.${name}`]!]);
  }

  private guarded<T>(work: Promise<T>): Promise<T> {
    return work.catch((error: unknown) => {
      throw deviceError(error, this.device);
    });
  }
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
    images: 1,
    async compile(program: Program): Promise<Executable> {
      const model = toOnnx(program, device);
      const { session, fallenBack } = await openSession(model, {
        device,
        threads,
        results: 'device',
      });
      return new OnnxExecutable(program, session, fallenBack, device);
    },
  };
}
