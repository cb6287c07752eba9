// Writes the formats of weights that are protobuf messages, valid or changed: ONNX models with nothing but initializers,
// and Caffe models.
import protobuf from 'protobufjs/light.js';
import type { Random } from '../../random.js';
import type { WeightTensor } from '../../weights/safetensors.js';
import { few } from '../mutate.js';
import { changedValue } from '../values.js';

const field = (id: number, type: string) => ({ id, type });
const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const root = protobuf.Root.fromJSON({
  nested: {
    Onnx: { fields: { irVersion: field(1, 'int64'), graph: field(7, 'Graph') } },
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
    Caffe: { fields: { name: field(1, 'string'), layer: repeated(100, 'Layer') } },
    Layer: { fields: { name: field(1, 'string'), blobs: repeated(7, 'Blob') } },
    Blob: {
      fields: {
        num: field(1, 'int32'),
        data: repeated(5, 'float'),
        shape: field(7, 'Shape'),
        doubleData: repeated(8, 'double'),
      },
    },
    Shape: { fields: { dim: repeated(1, 'int64') } },
  },
});

type Tensors = ReadonlyMap<string, WeightTensor>;

/** A kind of message: its value for some tensors, and the bytes of a value. */
export interface Messages {
  readonly of: (tensors: Tensors) => unknown;
  /** Throws for a value that cannot be written. */
  readonly write: (value: unknown) => Buffer;
}

const written = (type: string, message: object): Buffer => {
  const kind = root.lookupType(type);
  return Buffer.from(kind.encode(kind.fromObject(message)).finish());
};

export const onnx: Messages = {
  of: (tensors) =>
    [...tensors].map(([name, { shape, data }]) => ({
      ...{ name, dims: shape, dataType: 1, dataLocation: 0 },
      rawData: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
    })),
  write: (initializer) => written('Onnx', { irVersion: 8, graph: { initializer } }),
};

export const caffe: Messages = {
  of: (tensors) =>
    [...tensors].map(([name, { shape, data }]) => ({
      name,
      blobs: [{ data: [...data], shape: { dim: shape } }],
    })),
  write: (layer) => written('Caffe', { name: 'net', layer }),
};

/** A file of tensors whose messages are changed as values. */
export function changedMessages({ of, write }: Messages, tensors: Tensors, random: Random): Buffer {
  let message = of(tensors);
  for (let n = few(random); n > 0; n--) {
    const changed = changedValue(message, random);
    try {
      write(changed);
      message = changed;
    } catch {
      // it cannot be written: another change is made
    }
  }
  return write(message);
}
