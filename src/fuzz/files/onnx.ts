// Writes ONNX models that hold nothing but initializers.
import protobuf from 'protobufjs/light.js';

const field = (id: number, type: string) => ({ id, type });
const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const model = protobuf.Root.fromJSON({
  nested: {
    Model: { fields: { irVersion: field(1, 'int64'), graph: field(7, 'Graph') } },
    Graph: { fields: { initializer: repeated(5, 'Tensor') } },
    Tensor: {
      fields: {
        dims: repeated(1, 'int64'),
        dataType: field(2, 'int32'),
        floatData: repeated(4, 'float'),
        name: field(8, 'string'),
        rawData: field(9, 'bytes'),
        externalData: repeated(13, 'Entry'),
        dataLocation: field(14, 'int32'),
      },
    },
    Entry: { fields: { key: field(1, 'string'), value: field(2, 'string') } },
  },
}).lookupType('Model');

export interface OnnxTensor {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly name: string;
  readonly rawData: Uint8Array;
  readonly dataLocation: number;
}

/** Bytes of a model. What is not a message of its fields becomes one as far as it can. */
export const onnxOf = (initializer: unknown): Buffer =>
  Buffer.from(model.encode(model.fromObject({ irVersion: 8, graph: { initializer } })).finish());
