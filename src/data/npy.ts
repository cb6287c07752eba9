// The .npy format of NumPy, version 1.0, for float32 arrays in C order.
import { readFile } from 'node:fs/promises';
import { messageOf, UserError } from '../errors.js';
import { shown } from '../shown.js';

const MAGIC = '\x93NUMPY\x01\x00';
/** Bytes before the header: magic, version, and two of the header's length. */
const START = 10;

const headerOf = (shape: readonly number[]): string => {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  return `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`;
};

/** Bytes of a .npy file: magic and version, the length of a header padded to 64 bytes, the header, the numbers. */
export function encodeNpy(data: Float32Array, shape: readonly number[]): Buffer {
  const header = headerOf(shape);
  const length = Math.ceil((START + header.length + 1) / 64) * 64 - START;
  const head = Buffer.alloc(START);
  head.write(MAGIC, 'latin1');
  head.writeUInt16LE(length, 8);
  return Buffer.concat([
    head,
    Buffer.from(`${header.padEnd(length - 1)}\n`, 'latin1'),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ]);
}

/**
 * Reads the numbers of a .npy file of a known shape.
 * Throws a UserError when it is missing, or holds anything else.
 */
export async function readNpy(file: string, shape: readonly number[]): Promise<Float32Array> {
  const bytes = await readFile(file).catch((error) => {
    throw new UserError(`${file}: cannot be read: ${messageOf(error)}`);
  });
  const expected = `expected float32 numbers [${shape.join(', ')}] as NumPy saves them`;
  const begins = bytes.subarray(0, START);
  if (begins.length < START || begins.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new UserError(`${file}: not a .npy file of version 1.0, ${expected}`);
  const body = START + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', START, body).trim();
  if (header !== headerOf(shape))
    throw new UserError(`${file}: header "${shown(header, 80)}", ${expected}`);
  const count = shape.reduce((n, d) => n * d, 1);
  if (bytes.length !== body + 4 * count)
    throw new UserError(`${file}: ${bytes.length - body} bytes of numbers, ${expected}`);
  return Float32Array.from({ length: count }, (_, i) => bytes.readFloatLE(body + 4 * i));
}
