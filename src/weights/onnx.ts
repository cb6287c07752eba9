// Reads the initializers of an ONNX model: the part of the format that holds them, declared for protobufjs.
import protobuf from 'protobufjs/light.js';
import { UserError } from '../errors.js';
import { type ElementName, elementTypes, floats } from './elements.js';
import type { WeightTensor } from './safetensors.js';

const field = (id: number, type: string) => ({ id, type });
const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const modelProto = protobuf.Root.fromJSON({
  nested: {
    ModelProto: { fields: { irVersion: field(1, 'int64'), graph: field(7, 'GraphProto') } },
    GraphProto: { fields: { initializer: repeated(5, 'TensorProto') } },
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
        dataLocation: field(14, 'int32'),
      },
    },
  },
}).lookupType('ModelProto');

interface TensorProto {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly name: string;
  readonly rawData: Uint8Array;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly number[];
  readonly doubleData: readonly number[];
  readonly uint64Data: readonly number[];
  readonly dataLocation: number;
}

type ListName = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';

/** ONNX's numbers for element types, and the list that holds their elements where they are not raw bytes. */
const types: Readonly<Record<number, readonly [ElementName, ListName]>> = {
  1: ['F32', 'floatData'],
  2: ['U8', 'int32Data'],
  3: ['I8', 'int32Data'],
  4: ['U16', 'int32Data'],
  5: ['I16', 'int32Data'],
  6: ['I32', 'int32Data'],
  7: ['I64', 'int64Data'],
  9: ['BOOL', 'int32Data'],
  10: ['F16', 'int32Data'],
  11: ['F64', 'doubleData'],
  12: ['U32', 'uint64Data'],
  13: ['U64', 'uint64Data'],
  16: ['BF16', 'int32Data'],
};

/** The bits of 16-bit floating point numbers, which stand in a list of whole numbers. */
function ofBits(element: 'F16' | 'BF16', bits: readonly number[]): Float32Array {
  const bytes = Buffer.alloc(2 * bits.length);
  bits.forEach((b, i) => {
    bytes.writeUInt16LE(b & 0xffff, 2 * i);
  });
  return floats(elementTypes[element], bytes, 0, bits.length);
}

function tensorOf(proto: TensorProto, bad: (why: string) => UserError): WeightTensor {
  const { name, dims: shape, dataType, rawData, dataLocation } = proto;
  if (dataLocation !== 0)
    throw bad(`tensor ${name}: its numbers are in another file, expected a model that holds them`);
  const [element, list] = types[dataType] ?? [];
  if (element === undefined || list === undefined)
    throw bad(
      `tensor ${name}: element type ${dataType}, expected one of ${Object.keys(types).join(', ')}`,
    );
  const count = shape.reduce((n, d) => n * d, 1);
  const type = elementTypes[element];
  const raw = rawData.length > 0;
  const held = raw ? rawData.length / type.bytes : proto[list].length;
  if (held !== count) throw bad(`tensor ${name}: ${held} numbers for shape [${shape}]`);
  if (!raw)
    return {
      shape,
      data:
        element === 'F16' || element === 'BF16'
          ? ofBits(element, proto[list])
          : Float32Array.from(proto[list]),
    };
  const bytes = Buffer.from(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return { shape, data: floats(type, bytes, 0, count) };
}

/** Whether some bytes begin like a model: with the version of the format. */
export const isOnnx = (bytes: Buffer): boolean => bytes[0] === 0x08 && bytes[1]! < 128;

/**
 * The initializers of an ONNX model as float32, under the names they have there.
 * Throws a UserError that names the file and what is wrong with it.
 */
export function decodeOnnx(file: string, bytes: Buffer): Map<string, WeightTensor> {
  const bad = (why: string) => new UserError(`${file}: not an ONNX model with weights: ${why}`);
  let model: { readonly graph: { readonly initializer: readonly TensorProto[] } | null };
  try {
    model = modelProto.toObject(modelProto.decode(bytes), {
      longs: Number,
      defaults: true,
      arrays: true,
    }) as typeof model;
  } catch {
    throw bad('it is damaged or truncated');
  }
  const protos = model.graph?.initializer ?? [];
  if (protos.length === 0) throw bad('it has no initializers');
  return new Map(protos.map((proto) => [proto.name, tensorOf(proto, bad)]));
}
