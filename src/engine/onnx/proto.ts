// The part of the ONNX file format that programs need, declared for protobufjs: eleven messages with the
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
        externalData: repeated(13, 'StringStringEntryProto'),
        dataLocation: field(14, 'int32'),
      },
    },
    StringStringEntryProto: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
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

/** A model, and by name the bytes of its large constants, which stand beside it. */
export interface EncodedModel {
  readonly model: Uint8Array;
  readonly external: readonly { readonly path: string; readonly data: Uint8Array }[];
  /** Whether a matrix is so large that it should not be laid out anew for every product it is in. */
  readonly largeMatrix: boolean;
}

/** Constants of more bytes than this stand beside the model: they are not copied into it, and it may hold 2 GB at most. */
const LARGE = 2 ** 20;
const EXTERNAL = 1;
/** Bytes of a large matrix; products of several images with a smaller one are faster when it is laid out. */
const LARGE_MATRIX = 2 ** 26;

const isLarge = ({ rawData }: TensorProto) => rawData.length > LARGE;

const beside = ({ rawData, ...tensor }: TensorProto) => ({
  ...tensor,
  dataLocation: EXTERNAL,
  externalData: Object.entries({ location: tensor.name, offset: 0, length: rawData.length }).map(
    ([key, value]) => ({ key, value: String(value) }),
  ),
});

/** An ONNX model whose inputs and outputs are float32. */
export function encodeModel(graph: GraphProto, opset: number): EncodedModel {
  const message = {
    irVersion: 8,
    producerName: 'fragile',
    opsetImport: [{ domain: '', version: opset }],
    graph: {
      ...graph,
      name: 'program',
      initializer: graph.initializer.map((t) => (isLarge(t) ? beside(t) : t)),
      input: graph.input.map(valueInfo),
      output: graph.output.map(valueInfo),
    },
  };
  return {
    model: modelProto.encode(modelProto.fromObject(message)).finish(),
    external: graph.initializer
      .filter(isLarge)
      .map(({ name, rawData }) => ({ path: name, data: rawData })),
    largeMatrix: graph.initializer.some(
      ({ dims, rawData }) => dims.length === 2 && rawData.length > LARGE_MATRIX,
    ),
  };
}
