// The emitted bytes, read back with a declaration of their own of the ONNX file format: versions,
// tensors, names and their order. That the numbers are right is the matter of `onnx.test.ts`.
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import * as g from '../../graph/index.js';
import { primitives } from '../../graph/tensor.js';
import { cases, tensorOf, values } from '../../testing/cases.js';
import { describeOnWebgpu } from '../../testing/webgpu.js';
import type { Engine } from '../engine.js';
import { toOnnx } from './emit.js';
import { type Device, onnxEngine } from './onnx.js';

// after onnx.proto of ONNX 1.13 (opset 18, IR version 8)
const format = protobuf
  .parse(`
  syntax = "proto3";
  message Model { int64 ir_version = 1; string producer_name = 2; Graph graph = 7; repeated Opset opset_import = 8; }
  message Opset { string domain = 1; int64 version = 2; }
  message Graph {
    repeated Node node = 1; string name = 2; repeated Tensor initializer = 5;
    repeated Value input = 11; repeated Value output = 12;
  }
  message Node {
    repeated string input = 1; repeated string output = 2; string op_type = 4;
    repeated Attribute attribute = 5; string domain = 7;
  }
  message Attribute {
    string name = 1; float f = 2; int64 i = 3; bytes s = 4; repeated int64 ints = 8; int32 type = 20;
  }
  message Tensor { repeated int64 dims = 1; int32 data_type = 2; string name = 8; bytes raw_data = 9; }
  message Value { string name = 1; Type type = 2; }
  message Type { TensorType tensor_type = 1; }
  message TensorType { int32 elem_type = 1; TensorShape shape = 2; }
  message TensorShape { repeated Dimension dim = 1; }
  message Dimension { int64 dim_value = 1; }
`)
  .root.lookupType('Model');

interface Value {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly { readonly dimValue: number }[] };
    };
  };
}
interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly i: number;
  readonly s: Uint8Array;
  readonly ints: readonly number[];
}
interface Model {
  readonly irVersion: number;
  readonly producerName: string;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
  readonly graph: {
    readonly node: readonly {
      readonly opType: string;
      readonly domain: string;
      readonly input: readonly string[];
      readonly output: readonly string[];
      readonly attribute: readonly Attribute[];
    }[];
    readonly initializer: readonly {
      readonly name: string;
      readonly dims: readonly number[];
      readonly dataType: number;
      readonly rawData: Uint8Array;
    }[];
    readonly input: readonly Value[];
    readonly output: readonly Value[];
  };
}

const decode = (program: g.Program, device?: Device): Model =>
  format.toObject(format.decode(toOnnx(program, device).model), {
    longs: Number,
    defaults: true,
    arrays: true,
  }) as Model;

const signature = ({ name, type: { tensorType } }: Value) => ({
  name,
  elemType: tensorType.elemType,
  shape: tensorType.shape.dim.map(({ dimValue }) => dimValue),
});

const FLOAT = 1;
const INT64 = 7;
const bytesOf: Readonly<Record<number, number>> = { [FLOAT]: 4, 6: 4, [INT64]: 8 };

/** A case with its derivatives. */
const programs = cases.map((one) => {
  const { result, leaves } = tensorOf(one);
  const slopes = g.gradient(g.sum(g.mul(result, result)), leaves);
  const outputs = Object.fromEntries(slopes.map((d, i) => [`d${i}`, d]));
  return { name: one.name, program: g.program({ result, ...outputs }) };
});

describe.each(['cpu', 'webgpu', 'cuda'] as const)('a model for %s', (device) => {
  it.each(programs)('is well-formed: $name', ({ program }) => {
    const { irVersion, opsetImport, graph } = decode(program, device);
    // the versions that belong together in ONNX's table of releases
    expect(irVersion).toBe(8);
    expect(opsetImport).toEqual([{ domain: '', version: 18 }]);

    expect(graph.input.map(signature)).toEqual(
      program.inputs.map(({ attrs, shape }) => ({
        name: `in.${attrs.name}`,
        elemType: FLOAT,
        shape,
      })),
    );
    expect(graph.output.map(signature)).toEqual(
      Object.entries(program.outputs).map(([name, { shape }]) => ({
        name: `out.${name}`,
        elemType: FLOAT,
        shape,
      })),
    );

    const known = new Set<string>(['']);
    const name = (value: string) => {
      expect(known).not.toContain(value);
      known.add(value);
    };
    for (const { name: value } of graph.input) name(value);
    for (const { name: value, dims, dataType, rawData } of graph.initializer) {
      name(value);
      expect(rawData.length).toBe(dims.reduce((n, d) => n * d, 1) * bytesOf[dataType]!);
    }
    for (const { input, output, domain } of graph.node) {
      for (const value of input) expect(known).toContain(value);
      output.forEach(name);
      expect(domain).toBe('');
    }
    for (const { name: value } of graph.output) expect(known).toContain(value);
  });
});

/** Operators that ONNX Runtime 1.30 has for float32 on WebGPU, as sessions without a fallback to the CPU found. */
const onWebgpu = [
  ...['Abs', 'Add', 'AveragePool', 'Concat', 'Conv', 'ConvTranspose', 'Div', 'Equal', 'Erf'],
  ...['Exp', 'Expand'],
  'Gemm',
  ...['Greater', 'Identity', 'Log', 'MatMul', 'Max', 'MaxPool', 'Mul', 'Neg', 'Pad', 'ReduceSum'],
  ...['Relu', 'Reshape', 'Sigmoid', 'Slice', 'Sqrt', 'Sub', 'Transpose', 'Where'],
];

describe('a model for WebGPU', () => {
  it.each(programs)('has no operator that would run on the CPU: $name', ({ program }) => {
    const { graph } = decode(program, 'webgpu');
    const whole = new Set<string>();
    for (const { name, dataType } of graph.initializer) if (dataType !== FLOAT) whole.add(name);
    for (const { opType, input } of graph.node) {
      expect(onWebgpu).toContain(opType);
      // whole numbers say how, such as shapes, and are never computed with
      expect(whole).not.toContain(input[0]);
    }
    for (const { dataType } of graph.initializer) expect([FLOAT, INT64]).toContain(dataType);
  });

  it.each(['gatherPlane', 'scatterPlane'] as const)('refuses a %s in other planes', (op) => {
    const window = { kernel: [2, 2], stride: [2, 2], pads: [0, 0, 0, 0] } as const;
    const index = g.maxPoolIndex(g.input('x', [1, 1, 6, 4]), window);
    const other =
      op === 'gatherPlane'
        ? g.gatherPlane(g.input('z', [1, 1, 6, 5]), index)
        : g.scatterPlane(g.input('g', [1, 1, 3, 2]), index, 6, 5);
    const program = g.program({ other });
    expect(toOnnx(program).model.length).toBeGreaterThan(0);
    for (const device of ['webgpu', 'cuda'] as const)
      expect(() => toOnnx(program, device)).toThrow(
        `${op} on a GPU follows the winners of a max-pool in planes of the pooled ones' size, [6,5]; these come from maxPoolIndex of [6,4]`,
      );
  });
});

describe('a model', () => {
  it('is the same bytes for the same program', () => {
    const build = () => g.program(programs.at(-1)!.program.outputs);
    expect(toOnnx(build())).toEqual(toOnnx(build()));
  });

  it('has large weights beside it, not copied', async () => {
    const weights = values([300_000], 'large');
    const program = g.program({
      y: g.mul(g.input('x', [300_000]), g.constant(weights, [300_000])),
    });
    const { model, external } = toOnnx(program);
    expect(model.length).toBeLessThan(1000);
    expect(external.map(({ data }) => data.buffer)).toEqual([weights.buffer]);
    const executable = await onnxEngine().compile(program);
    const { y } = await executable.run({ x: new Float32Array(300_000).fill(2) });
    await executable.release();
    expect(y!.every((v, i) => v === 2 * weights[i]!)).toBe(true);
  });

  it('tells whether it has a large matrix', () => {
    const product = (rows: number) =>
      g.matmul(g.input('x', [1, rows]), g.constant(new Float32Array(rows * 8192), [rows, 8192]));
    expect(toOnnx(g.program({ y: product(2048) })).largeMatrix).toBe(false);
    expect(toOnnx(g.program({ y: product(2049) })).largeMatrix).toBe(true);
  });

  it('holds weights once, as they are', () => {
    const weights = Float32Array.of(1.5, -2, 0.1, 1e-30);
    const w = g.constant(weights.subarray(1), [3]);
    const x = g.input('x', [3]);
    const { graph } = decode(g.program({ a: g.mul(x, w), b: g.add(x, w) }));
    expect(graph.initializer).toHaveLength(1);
    const [{ dims, dataType, rawData }] = graph.initializer as [Model['graph']['initializer'][0]];
    expect(dims).toEqual([3]);
    expect(dataType).toBe(FLOAT);
    const view = new DataView(rawData.buffer, rawData.byteOffset);
    expect([0, 4, 8].map((at) => view.getFloat32(at, true))).toEqual([...weights.subarray(1)]);
  });

  it('writes attributes with their types', () => {
    const x = g.input('x', [1, 1, 6, 6]);
    const pooled = g.maxPool(x, { kernel: [3, 2], stride: [2, 1], pads: [0, 1, 2, 0] });
    const { graph } = decode(g.program({ y: g.concat([pooled, pooled], 3) }));
    const attributes = Object.fromEntries(
      graph.node.map(({ opType, attribute }) => [
        opType,
        attribute.map(({ name, type, i, ints }) => [name, type === 7 ? ints : i, type]),
      ]),
    );
    expect(attributes).toEqual({
      MaxPool: [
        ['kernel_shape', [3, 2], 7],
        ['strides', [2, 1], 7],
        ['pads', [0, 1, 2, 0], 7],
      ],
      Concat: [['axis', 3, 2]],
      Identity: [],
    });
  });
});

describe('every primitive can be written', () => {
  it.each(primitives)('%s', (primitive) => {
    const { program } = programs.find(({ program }) =>
      program.nodes.some((t) => t.op === primitive),
    )!;
    expect(toOnnx(program).model.length).toBeGreaterThan(0);
  });
});

function takes(engine: Engine): void {
  const run = async (outputs: Record<string, g.Tensor>, inputs: Record<string, number[]>) => {
    const executable = await engine.compile(g.program(outputs));
    const got = await executable.run(
      Object.fromEntries(Object.entries(inputs).map(([k, v]) => [k, Float32Array.from(v)])),
    );
    await executable.release();
    return Object.fromEntries(Object.entries(got).map(([k, v]) => [k, [...v]]));
  };

  it('inputs and outputs of any name', async () => {
    const [v0, c1, x] = ['v0', 'c1', 'x'].map((name) => g.input(name, [2])) as [
      g.Tensor,
      g.Tensor,
      g.Tensor,
    ];
    const y = g.add(g.mul(v0, 2), g.mul(c1, 3));
    expect(
      await run({ x: g.add(y, x), 'in.x': g.neg(y), v0: y }, { v0: [1, 2], c1: [3, 4], x: [5, 6] }),
    ).toEqual({ x: [16, 22], 'in.x': [-11, -16], v0: [11, 16] });
  });

  it('outputs that are inputs, numbers or each other', async () => {
    const x = g.input('x', [2]);
    const y = g.neg(x);
    const constant = g.constant(Float32Array.of(7, 8), [2, 1]);
    expect(await run({ x, y, again: y, constant, one: g.fill(1) }, { x: [1, 2] })).toEqual({
      x: [1, 2],
      y: [-1, -2],
      again: [-1, -2],
      constant: [7, 8],
      one: [1],
    });
  });

  it('infinite numbers', async () => {
    const x = g.input('x', [2]);
    const up = g.add(x, Number.POSITIVE_INFINITY);
    const down = g.add(x, Number.NEGATIVE_INFINITY);
    const all = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
    expect(await run({ up, down: g.neg(down) }, { x: [1, 2] })).toEqual({ up: all, down: all });
  });

  it('scalars through sums, reshapes and derivatives', async () => {
    const s = g.input('s', []);
    const value = g.mul(g.reshape(g.sum(g.mul(g.input('x', [3]), s)), []), s);
    const d = g.gradient(value, [s])[0]!;
    expect(await run({ value, d }, { x: [1, 2, 3], s: [2] })).toEqual({ value: [24], d: [24] });
  });
}

describe('ONNX Runtime takes', () => takes(onnxEngine()));
describeOnWebgpu('ONNX Runtime takes on WebGPU', () => takes(onnxEngine({ device: 'webgpu' })));
