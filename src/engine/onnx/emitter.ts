// Collects the nodes and initializers of an ONNX model while a program is written, under names of its
// own making, and remembers what has been made so that nothing is made twice.
import type { Program } from '../../graph/program.js';
import { type Shape, sizeOf } from '../../graph/shape.js';
import type { Node, Primitive, Tensor } from '../../graph/tensor.js';
import { attribute, elementType, type NodeProto, type TensorProto } from './proto.js';

type Attribute = number | readonly number[] | string;

/** Writes a primitive applied to named operands and returns the result's name. */
export type Emit<P extends Primitive> = (e: Emitter, x: readonly string[], t: Node<P>) => string;

/** How primitives are written. */
export type Forms<P extends Primitive = Primitive> = { readonly [Q in P]: Emit<Q> };
export type ConvolutionForms = Forms<'conv2d' | 'conv2dInputGrad' | 'conv2dFilterGrad'>;
export type PoolingForms = Forms<'maxPool' | 'maxPoolIndex' | 'gatherPlane' | 'scatterPlane'>;

export class Emitter {
  readonly nodes: NodeProto[] = [];
  readonly initializers: TensorProto[] = [];
  private readonly memo = new Map<string, unknown>();
  private readonly names = new Map<Tensor, string>();
  private count = 0;

  constructor(readonly program: Program) {}

  nameOf(t: Tensor): string {
    return this.names.get(t)!;
  }

  bind(t: Tensor, name: string): void {
    this.names.set(t, name);
  }

  /** Adds a node with one output and returns the output's name. */
  node(
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const output = `v${this.count++}`;
    this.nodes.push({
      opType,
      input,
      output: [output],
      attribute: Object.entries(attributes).map(([k, v]) => attribute(k, v)),
    });
    return output;
  }

  /** Builds something once per key. Every kind of thing has keys of its own. */
  once<T>(key: string, build: () => T): T {
    if (!this.memo.has(key)) this.memo.set(key, build());
    return this.memo.get(key) as T;
  }

  private initializer(data: Float32Array | Int32Array | BigInt64Array, dims: Shape): string {
    const name = `c${this.count++}`;
    const dataType =
      data instanceof Float32Array
        ? elementType.float32
        : data instanceof Int32Array
          ? elementType.int32
          : elementType.int64;
    this.initializers.push({
      name,
      dims,
      dataType,
      rawData: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    });
    return name;
  }

  floats(data: Float32Array, dims: Shape): string {
    return this.initializer(data, dims);
  }

  scalar(value: number): string {
    return this.once(`scalar ${value}`, () => this.initializer(Float32Array.of(value), []));
  }

  int32(values: readonly number[], dims: Shape = [values.length]): string {
    return this.once(`int32 ${values} [${dims}]`, () =>
      this.initializer(Int32Array.from(values), dims),
    );
  }

  int64(values: readonly number[]): string {
    return this.once(`int64 ${values}`, () =>
      this.initializer(BigInt64Array.from(values, BigInt), [values.length]),
    );
  }

  zeros(shape: Shape): string {
    return this.once(`zeros ${shape}`, () => this.floats(new Float32Array(sizeOf(shape)), shape));
  }

  sigmoid(u: string): string {
    return this.once(`sigmoid ${u}`, () => this.node('Sigmoid', [u]));
  }

  /**
   * The rows and columns of planes [N,C,H,W] from `from` on, every `stride`-th, as many as asked for: what
   * sliding windows see at one of their positions.
   */
  strided(
    planes: string,
    from: readonly [number, number],
    [rows, columns]: readonly [number, number],
    stride: readonly [number, number],
  ): string {
    return this.node('Slice', [
      planes,
      this.int64(from),
      this.int64([from[0] + (rows - 1) * stride[0] + 1, from[1] + (columns - 1) * stride[1] + 1]),
      this.int64([2, 3]),
      this.int64(stride),
    ]);
  }
}
