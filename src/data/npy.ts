// The .npy format of NumPy, version 1.0, for float32 arrays in C order.

/** Bytes of a .npy file: magic and version, the length of a header padded to 64 bytes, the header, the numbers. */
export function encodeNpy(data: Float32Array, shape: readonly number[]): Buffer {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`;
  const start = 10;
  const length = Math.ceil((start + header.length + 1) / 64) * 64 - start;
  const head = Buffer.alloc(start);
  head.write('\x93NUMPY\x01\x00', 'latin1');
  head.writeUInt16LE(length, 8);
  return Buffer.concat([
    head,
    Buffer.from(`${header.padEnd(length - 1)}\n`, 'latin1'),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ]);
}
