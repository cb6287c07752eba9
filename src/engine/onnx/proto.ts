// The part of the ONNX file format that programs need, declared for protobufjs: ten messages with the
// field numbers of onnx.proto.
import protobuf from 'protobufjs/light.js';

const field = (id: number, type: string) => ({ id, type });
const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field(1, 'int64'),
        producerName: field(2, 'string'),
        graph: field(7, 'GraphProto'),
        opsetImport: repeated(8, 'OperatorSetIdProto'),
      },
    },
    OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    GraphProto: {
      fields: {
        node: repeated(1, 'NodeProto'),
        name: field(2, 'string'),
        initializer: repeated(5, 'TensorProto'),
        input: repeated(11, 'ValueInfoProto'),
        output: repeated(12, 'ValueInfoProto'),
      },
    },
    NodeProto: {
      fields: {
        input: repeated(1, 'string'),
        output: repeated(2, 'string'),
        name: field(3, 'string'),
        opType: field(4, 'string'),
        attribute: repeated(5, 'AttributeProto'),
        domain: field(7, 'string'),
      },
    },
    AttributeProto: {
      fields: {
        name: field(1, 'string'),
        f: field(2, 'float'),
        i: field(3, 'int64'),
        s: field(4, 'bytes'),
        ints: { ...repeated(8, 'int64'), options: { packed: false } },
        type: field(20, 'int32'),
      },
    },
    TensorProto: {
      fields: {
        dims: { ...repeated(1, 'int64'), options: { packed: false } },
        dataType: field(2, 'int32'),
        name: field(8, 'string'),
        rawData: field(9, 'bytes'),
      },
    },
    ValueInfoProto: { fields: { name: field(1, 'string'), type: field(2, 'TypeProto') } },
    TypeProto: {
      fields: { tensorType: field(1, 'Tensor') },
      nested: {
        Tensor: { fields: { elemType: field(1, 'int32'), shape: field(2, 'TensorShapeProto') } },
      },
    },
    TensorShapeProto: {
      fields: { dim: repeated(1, 'Dimension') },
      nested: { Dimension: { fields: { dimValue: field(1, 'int64') } } },
    },
  },
});

const modelProto = root.lookupType('ModelProto');

/** ONNX's numbers for element types. */
export const elementType = { float32: 1, int32: 6, int64: 7 } as const;

export interface NodeProto {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly object[];
}
export interface TensorProto {
  readonly name: string;
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly rawData: Uint8Array;
}
export interface ValueProto {
  readonly name: string;
  readonly shape: readonly number[];
}
export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly input: readonly ValueProto[];
  readonly output: readonly ValueProto[];
}

/** An attribute of a node: a whole number, a list of them, or a word. */
export function attribute(name: string, value: number | readonly number[] | string): object {
  if (typeof value === 'number') return { name, i: value, type: 2 };
  if (typeof value === 'string') return { name, s: Buffer.from(value), type: 3 };
  return { name, ints: value, type: 7 };
}

const valueInfo = ({ name, shape }: ValueProto) => ({
  name,
  type: {
    tensorType: {
      elemType: elementType.float32,
      shape: { dim: shape.map((dimValue) => ({ dimValue })) },
    },
  },
});

/** The bytes of an ONNX model whose inputs and outputs are float32. */
export function encodeModel(graph: GraphProto, opset: number): Uint8Array {
  const message = {
    irVersion: 8,
    producerName: 'fragile',
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      ...graph,
      name: 'program',
      input: graph.input.map(valueInfo),
      output: graph.output.map(valueInfo),
    },
  };
  return modelProto.encode(modelProto.fromObject(message)).finish();
}
