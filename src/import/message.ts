// The messages of an ONNX model file, as far as networks need them.
import protobuf from 'protobufjs/light.js';

const field = (id: number, type: string) => ({ id, type });
const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const root = protobuf.Root.fromJSON({
  nested: {
    ModelProto: {
      fields: {
        irVersion: field(1, 'int64'),
        producerName: field(2, 'string'),
        producerVersion: field(3, 'string'),
        graph: field(7, 'GraphProto'),
        opsetImport: repeated(8, 'OperatorSetIdProto'),
      },
    },
    OperatorSetIdProto: { fields: { domain: field(1, 'string'), version: field(2, 'int64') } },
    GraphProto: {
      fields: {
        node: repeated(1, 'NodeProto'),
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
        t: field(5, 'TensorProto'),
        floats: repeated(7, 'float'),
        ints: repeated(8, 'int64'),
        strings: repeated(9, 'bytes'),
        type: field(20, 'int32'),
      },
    },
    TensorProto: {
      fields: {
        dims: repeated(1, 'int64'),
        dataType: field(2, 'int32'),
        floatData: repeated(4, 'float'),
        int32Data: repeated(5, 'int32'),
        int64Data: repeated(7, 'int64'),
        name: field(8, 'string'),
        rawData: field(9, 'bytes'),
        doubleData: repeated(10, 'double'),
        uint64Data: repeated(11, 'uint64'),
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
      nested: {
        Dimension: { fields: { dimValue: field(1, 'int64'), dimParam: field(2, 'string') } },
      },
    },
  },
});

const model = root.lookupType('ModelProto');

/** A 64-bit number, which the library has as an object where it knows a class for it. */
export type Whole = number | { toString(): string };

export interface TensorProto {
  readonly name: string;
  readonly dims: readonly Whole[];
  readonly dataType: number;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly Whole[];
  readonly doubleData: readonly number[];
  readonly uint64Data: readonly Whole[];
  readonly rawData: Uint8Array;
  readonly externalData: readonly { readonly key: string; readonly value: string }[];
  readonly dataLocation: number;
}

export interface AttributeProto {
  readonly name: string;
  readonly f: number;
  readonly i: Whole;
  readonly s: Uint8Array;
  readonly t: TensorProto | null;
  readonly floats: readonly number[];
  readonly ints: readonly Whole[];
  readonly type: number;
}

export interface NodeProto {
  readonly name: string;
  readonly opType: string;
  readonly domain: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute: readonly AttributeProto[];
}

export interface ValueProto {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: {
        readonly dim: readonly { readonly dimValue: Whole; readonly dimParam: string }[];
      } | null;
    } | null;
  } | null;
}

export interface ModelProto {
  readonly irVersion: Whole;
  readonly producerName: string;
  readonly producerVersion: string;
  readonly opsetImport: readonly { readonly domain: string; readonly version: Whole }[];
  readonly graph: {
    readonly node: readonly NodeProto[];
    readonly initializer: readonly TensorProto[];
    readonly input: readonly ValueProto[];
    readonly output: readonly ValueProto[];
  } | null;
}

/** Reads a model; throws what the library throws where the bytes are none. Fields that are absent have empty values. */
export const decodeModel = (bytes: Uint8Array): ModelProto =>
  model.decode(bytes) as unknown as ModelProto;

/** Writes a model, for tests. */
export const encodeModel = (message: object): Uint8Array =>
  model.encode(model.fromObject(message)).finish();
