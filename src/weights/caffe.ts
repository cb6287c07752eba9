// Reads a Caffe model: a protobuf message NetParameter of layers, each with a name and its blobs of numbers, in the
// layout of today (`layer`) and the one before (`layers`). Messages are read field by field and numbers are copied
// once, so that memory stays within a few times the size of the file, whatever a field claims.
import { stat } from 'node:fs/promises';
import protobuf from 'protobufjs/light.js';
import { UserError } from '../errors.js';
import { bytesOf } from './bytes.js';
import { elementTypes, floats } from './elements.js';
import type { WeightTensor } from './safetensors.js';

/** The blobs of each layer that has some, by the layer's name: filters, then a bias. */
export type CaffeLayers = ReadonlyMap<string, readonly WeightTensor[]>;

/** What is wrong with the content, without the file's name. */
class Damage extends Error {}

const EXPECTED = 'a Caffe model (.caffemodel)';
/** Largest file that is read: twelve times a SqueezeNet. */
const MAX_BYTES = 64_000_000;
/** Most layers and blobs, and most axes of a blob, which are Caffe's own. */
const MAX_PARTS = 10_000;
const MAX_AXES = 32;

/** Numbers of the fields with layers, and in these of the fields with name and blobs. */
const layerFields: Readonly<Record<number, { readonly name: number; readonly blobs: number }>> = {
  2: { name: 4, blobs: 6 },
  100: { name: 1, blobs: 7 },
};
/** Numbers of a blob's fields. The oldest blobs have four sizes, each in a field of its own. */
const blob = { sizes: [1, 2, 3, 4], data: 5, shape: 7, doubles: 8 } as const;
const VARINT = 0;
const DELIMITED = 2;
const GROUP = 3;

/** Names a layer in a message: quoted, and cut if it is long. */
export const shownLayer = (name: string): string =>
  JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name);

/** Calls back with each field of a message: its number, and its bytes, or its value if that is a varint. */
function eachField(message: Buffer, use: (field: number, value: Buffer | number) => void): void {
  const reader = protobuf.Reader.create(message);
  while (reader.pos < message.length) {
    const tag = reader.tag();
    const [field, wire] = [tag >>> 3, tag & 7];
    if (wire === VARINT) use(field, reader.int32());
    else if (wire === DELIMITED) use(field, reader.bytes() as Buffer);
    else {
      const from = reader.pos;
      reader.skipType(wire, 0, field);
      if (wire !== GROUP) use(field, message.subarray(from, reader.pos));
    }
  }
}

/** Appends the sizes in the message BlobShape, which are packed or one by one. */
function shapeOf(message: Buffer, sizes: number[]): void {
  eachField(message, (field, value) => {
    if (field !== 1 || sizes.length > MAX_AXES) return;
    if (typeof value === 'number') sizes.push(value);
    else {
      const packed = protobuf.Reader.create(value);
      while (packed.pos < value.length && sizes.length <= MAX_AXES) sizes.push(packed.int32());
    }
  });
}

/** Bytes that arrive in pieces, of which there cannot be more than the message has. */
class Pieces {
  private bytes: Buffer | undefined;
  private end = 0;

  constructor(private readonly most: number) {}

  add(piece: Buffer): void {
    this.bytes ??= Buffer.alloc(this.most);
    this.end += piece.copy(this.bytes, this.end);
  }

  numbers(type: 'F32' | 'F64'): Float32Array {
    const count = this.end / elementTypes[type].bytes;
    if (!Number.isInteger(count)) throw new Damage('a blob ends within a number');
    return this.bytes === undefined
      ? new Float32Array(0)
      : floats(elementTypes[type], this.bytes, 0, count);
  }
}

function tensorOf(message: Buffer, layer: string): WeightTensor {
  const old: number[] = [];
  const sizes: number[] = [];
  // packed numbers are one piece, others one each
  const singles = new Pieces(message.length);
  const doubles = new Pieces(message.length);
  eachField(message, (field, value) => {
    const place = (blob.sizes as readonly number[]).indexOf(field);
    if (typeof value === 'number') {
      if (place >= 0) old[place] = value;
    } else if (field === blob.data) singles.add(value);
    else if (field === blob.doubles) doubles.add(value);
    else if (field === blob.shape) shapeOf(value, sizes);
  });
  if (sizes.length > MAX_AXES)
    throw new Damage(`layer ${shownLayer(layer)}: a blob has more than ${MAX_AXES} axes`);
  // a size that is left out is 0 in the oldest blobs
  const shape = sizes.length > 0 ? sizes : Array.from(old, (size = 0) => size);
  const inDoubles = doubles.numbers('F64');
  const data = inDoubles.length > 0 ? inDoubles : singles.numbers('F32');
  if (shape.reduce((n, d) => n * d, 1) !== data.length)
    throw new Damage(
      `layer ${shownLayer(layer)}: a blob has ${data.length} numbers for shape [${shape}]`,
    );
  return { shape, data };
}

/** The layers of a Caffe model that have blobs. Throws whatever reading meets. */
function decode(bytes: Buffer): CaffeLayers {
  const layers = new Map<string, readonly WeightTensor[]>();
  let parts = 0;
  const count = () => {
    if (++parts > MAX_PARTS) throw new Damage(`it has more than ${MAX_PARTS} layers and blobs`);
  };
  eachField(bytes, (field, message) => {
    const fields = layerFields[field];
    if (fields === undefined || typeof message === 'number') return;
    count();
    let name = '';
    const blobs: Buffer[] = [];
    eachField(message, (part, value) => {
      if (typeof value === 'number') return;
      if (part === fields.name) name = value.toString();
      if (part !== fields.blobs) return;
      count();
      blobs.push(value);
    });
    if (blobs.length === 0) return;
    if (layers.has(name)) throw new Damage(`layer ${shownLayer(name)} is there twice`);
    layers.set(
      name,
      blobs.map((each) => tensorOf(each, name)),
    );
  });
  if (layers.size === 0) throw new Damage('it has no layer with weights');
  return layers;
}

/**
 * The blobs of a Caffe model's layers as float32, and the file's bytes.
 * Throws a UserError that names the file and what is wrong with it.
 */
export async function readCaffe(file: string): Promise<{ layers: CaffeLayers; bytes: Buffer }> {
  const size = await stat(file).then(
    (s) => s.size,
    () => 0,
  );
  const bad = (why: string) => new UserError(`${file}: not ${EXPECTED}: ${why}`);
  if (size > MAX_BYTES)
    throw new UserError(
      `${file}: it has ${Math.round(size / 1e6)} MB, expected ${EXPECTED} of a SqueezeNet, which has 5 MB`,
    );
  const bytes = await bytesOf(file, EXPECTED);
  try {
    return { layers: decode(bytes), bytes };
  } catch (error) {
    throw bad(error instanceof Damage ? error.message : 'it is damaged, truncated or another file');
  }
}
