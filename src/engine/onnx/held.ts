// Results that stay where a session left them, and how their numbers come from there. ONNX Runtime's own way of
// reading a tensor from a GPU's memory ends the process, so a session is made to hand it on to the CPU.
import type * as ort from 'onnxruntime-node';
import { input } from '../../graph/ops.js';
import { program } from '../../graph/program.js';
import type { Shape } from '../../graph/shape.js';
import type { Held } from '../engine.js';
import { toOnnx } from './emit.js';
import type { Device } from './forms.js';
import { guarded, openSession } from './session.js';

/** A tensor of ONNX Runtime that waits to be read or given to another run. */
export class HeldTensor implements Held {
  private released = false;

  constructor(
    private readonly result: ort.Tensor,
    private readonly numbersOf: (tensor: ort.Tensor) => Promise<Float32Array>,
    private readonly onRelease: (held: HeldTensor) => void,
  ) {}

  /** The tensor, which must not be touched any more once it has been released. */
  get tensor(): ort.Tensor {
    if (this.released) throw new Error('these results have been released');
    return this.result;
  }

  async read(): Promise<Float32Array> {
    return this.numbersOf(this.tensor);
  }

  release(): void {
    if (this.released) return;
    this.result.dispose();
    this.released = true;
    this.onRelease(this);
  }
}

/** Brings the numbers of tensors from where a device left them. */
export class Carriers {
  /** Sessions that hand on a tensor, by its shape. */
  private readonly sessions = new Map<string, Promise<ort.InferenceSession>>();

  constructor(private readonly device: Device) {}

  async numbersOf(tensor: ort.Tensor): Promise<Float32Array> {
    if (tensor.location === 'cpu') return tensor.data as Float32Array;
    const session = await this.carrierOf(tensor.dims);
    const { 'out.x': copy } = await guarded(this.device, session.run({ 'in.x': tensor }));
    return copy!.data as Float32Array;
  }

  async release(): Promise<void> {
    for (const session of this.sessions.values()) await (await session).release();
  }

  private carrierOf(shape: Shape): Promise<ort.InferenceSession> {
    const key = shape.join();
    let carrier = this.sessions.get(key);
    if (carrier === undefined) {
      const model = toOnnx(program({ x: input('x', shape) }), this.device);
      carrier = openSession(model, { device: this.device, results: 'cpu' }).then(
        ({ session }) => session,
        (error) => {
          this.sessions.delete(key);
          throw error;
        },
      );
      this.sessions.set(key, carrier);
    }
    return carrier;
  }
}
