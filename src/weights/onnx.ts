// Reads the initializers of an ONNX model: the part of the format that holds them, field by field, so that a message that
// claims much makes nothing before what it claims is known to be there.
import protobuf from 'protobufjs/minimal.js';
import { UserError } from '../errors.js';
import { shown } from '../shown.js';
import { type ElementName, elementTypes, floats } from './elements.js';
import type { WeightTensor } from './safetensors.js';
import { unfolding } from './unfolded.js';

type Reader = protobuf.Reader;

/** ONNX's numbers for element types, and the field that holds their elements where they are not raw bytes. */
const types: Readonly<Record<number, readonly [ElementName, ListId]>> = {
  1: ['F32', 4],
  2: ['U8', 5],
  3: ['I8', 5],
  4: ['U16', 5],
  5: ['I16', 5],
  6: ['I32', 5],
  7: ['I64', 7],
  9: ['BOOL', 5],
  10: ['F16', 5],
  11: ['F64', 10],
  12: ['U32', 11],
  13: ['U64', 11],
  16: ['BF16', 5],
};

/** A 64-bit number, which the library has as an object where it knows a class for it. */
const whole = (value: unknown): number => Number(value);

/** The fields of TensorProto that are lists of numbers, and how one is read. */
const lists = {
  4: (r: Reader) => r.float(),
  5: (r: Reader) => r.int32(),
  7: (r: Reader) => whole(r.int64()),
  10: (r: Reader) => r.double(),
  11: (r: Reader) => whole(r.uint64()),
} as const;
type ListId = keyof typeof lists;

/** Other fields of TensorProto, and those of the messages around it. */
const field = {
  graph: 7,
  initializer: 5,
  dims: 1,
  dataType: 2,
  name: 8,
  rawData: 9,
  dataLocation: 14,
} as const;

/** Ends the type of a field in its tag; bytes, and lists that are packed, have a length before them. */
const LENGTH = 2;
/** Most axes of a tensor. */
const MOST_AXES = 64;

/** Walks over the fields of a message. What is not taken by `take` is skipped. */
function eachField(
  bytes: Uint8Array,
  take: (id: number, isBytes: boolean, reader: Reader) => boolean,
): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (!take(tag >>> 3, (tag & 7) === LENGTH, reader)) reader.skipType(tag & 7);
  }
}

/** Walks over the numbers of a list, whether they are packed or one by one. */
function eachNumber(
  isPacked: boolean,
  reader: Reader,
  read: (reader: Reader) => number,
  take: (value: number) => void,
): void {
  if (!isPacked) {
    take(read(reader));
    return;
  }
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new RangeError('a list ends behind the message');
  while (reader.pos < end) take(read(reader));
}

/** What a tensor says of itself, and how many numbers each of its lists has. */
interface Description {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dataType: number;
  readonly elsewhere: boolean;
  readonly raw: Uint8Array;
  readonly listed: ReadonlyMap<number, number>;
}

function described(bytes: Uint8Array): Description {
  let [name, dataType, location] = ['', 0, 0];
  let raw: Uint8Array = new Uint8Array();
  const shape: number[] = [];
  const listed = new Map<number, number>();
  eachField(bytes, (id, isBytes, reader) => {
    if (id === field.name && isBytes) name = reader.string();
    else if (id === field.rawData && isBytes) raw = reader.bytes();
    else if (id === field.dataType && !isBytes) dataType = reader.int32();
    else if (id === field.dataLocation && !isBytes) location = reader.int32();
    else if (id === field.dims)
      eachNumber(isBytes, reader, lists[7], (size) => {
        if (shape.push(size) > MOST_AXES) throw new RangeError('too many axes');
      });
    else if (id in lists) {
      let count = listed.get(id) ?? 0;
      eachNumber(isBytes, reader, lists[id as ListId], () => {
        count++;
      });
      listed.set(id, count);
    } else return false;
    return true;
  });
  return { name, shape, dataType, elsewhere: location !== 0, raw, listed };
}

/** The numbers of a list. */
function numbersOf(bytes: Uint8Array, list: ListId, count: number): Float64Array {
  const numbers = new Float64Array(count);
  let at = 0;
  eachField(bytes, (id, isBytes, reader) => {
    if (id !== list) return false;
    eachNumber(isBytes, reader, lists[list], (value) => {
      numbers[at++] = value;
    });
    return true;
  });
  return numbers;
}

/** The bits of 16-bit floating point numbers, which stand in a list of whole numbers. */
function ofBits(element: 'F16' | 'BF16', numbers: Float64Array): Float32Array {
  const bits = Buffer.from(Uint16Array.from(numbers).buffer);
  return floats(elementTypes[element], bits, 0, numbers.length);
}

/** @param unfold refuses what is more than the file holds */
function tensorOf(
  bytes: Uint8Array,
  { name, shape, dataType, elsewhere, raw, listed }: Description,
  unfold: (name: string, count: number) => void,
  bad: (why: string) => UserError,
): WeightTensor {
  const of = (why: string) => bad(`tensor ${shown(name)}: ${why}`);
  if (elsewhere) throw of('its numbers are in another file, expected a model that holds them');
  const [element, list] = types[dataType] ?? [];
  if (element === undefined || list === undefined)
    throw of(`element type ${dataType}, expected one of ${Object.keys(types).join(', ')}`);
  const count = shape.reduce((n, d) => n * d, 1);
  const type = elementTypes[element];
  const held = raw.length > 0 ? raw.length / type.bytes : (listed.get(list) ?? 0);
  if (held !== count) throw of(`${held} numbers for shape ${shown(`[${shape}]`)}`);
  unfold(name, count);
  if (raw.length > 0)
    return {
      shape,
      data: floats(type, Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength), 0, count),
    };
  const numbers = numbersOf(bytes, list, count);
  const isHalf = element === 'F16' || element === 'BF16';
  return { shape, data: isHalf ? ofBits(element, numbers) : Float32Array.from(numbers) };
}

/** Whether some bytes begin like a model: with the version of the format. */
export const isOnnx = (bytes: Buffer): boolean => bytes[0] === 0x08 && bytes[1]! < 128;

/**
 * The initializers of an ONNX model as float32, under the names they have there.
 * Throws a UserError that names the file and what is wrong with it.
 */
export function decodeOnnx(file: string, bytes: Buffer): Map<string, WeightTensor> {
  const bad = (why: string) => new UserError(`${file}: not an ONNX model with weights: ${why}`);
  const unfold = unfolding(bytes.length, bad);
  const tensors = new Map<string, WeightTensor>();
  const read = (initializer: Uint8Array) => {
    const description = described(initializer);
    const { name } = description;
    if (tensors.has(name)) throw bad(`two tensors are named ${shown(name)}`);
    tensors.set(name, tensorOf(initializer, description, unfold, bad));
  };
  const inside =
    (wanted: number, take: (bytes: Uint8Array) => void) =>
    (id: number, isBytes: boolean, reader: Reader) => {
      if (id !== wanted || !isBytes) return false;
      take(reader.bytes());
      return true;
    };
  try {
    eachField(
      bytes,
      inside(field.graph, (graph) => eachField(graph, inside(field.initializer, read))),
    );
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw bad('it is damaged or truncated');
  }
  if (tensors.size === 0) throw bad('it has no initializers');
  return tensors;
}
