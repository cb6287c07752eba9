// The types of number that weight files hold, and how they become float32.

/** A float16 number from its 16 bits. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const word = new DataView(new ArrayBuffer(4));
/** A bfloat16 number from its 16 bits: the upper half of a float32. */
function brain(bits: number): number {
  word.setUint32(0, bits << 16);
  return word.getFloat32(0);
}

export interface ElementType {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
}

/** Types by the names that safetensors gives them, little-endian. */
export const elementTypes = {
  F64: { bytes: 8, read: (v, at) => v.getFloat64(at, true) },
  F32: { bytes: 4, read: (v, at) => v.getFloat32(at, true) },
  F16: { bytes: 2, read: (v, at) => half(v.getUint16(at, true)) },
  BF16: { bytes: 2, read: (v, at) => brain(v.getUint16(at, true)) },
  I64: { bytes: 8, read: (v, at) => Number(v.getBigInt64(at, true)) },
  U64: { bytes: 8, read: (v, at) => Number(v.getBigUint64(at, true)) },
  I32: { bytes: 4, read: (v, at) => v.getInt32(at, true) },
  U32: { bytes: 4, read: (v, at) => v.getUint32(at, true) },
  I16: { bytes: 2, read: (v, at) => v.getInt16(at, true) },
  U16: { bytes: 2, read: (v, at) => v.getUint16(at, true) },
  I8: { bytes: 1, read: (v, at) => v.getInt8(at) },
  U8: { bytes: 1, read: (v, at) => v.getUint8(at) },
  BOOL: { bytes: 1, read: (v, at) => v.getUint8(at) },
} as const satisfies Readonly<Record<string, ElementType>>;

export type ElementName = keyof typeof elementTypes;

/** Numbers that stand one after another as float32; those that are so already and stand on a multiple of four bytes are not copied. */
export function floats(type: ElementType, bytes: Buffer, at: number, count: number): Float32Array {
  const from = bytes.byteOffset + at;
  if (type === elementTypes.F32 && from % 4 === 0)
    return new Float32Array(bytes.buffer, from, count);
  const view = new DataView(bytes.buffer, from, count * type.bytes);
  const out = new Float32Array(count);
  for (let i = 0; i < count; i++) out[i] = type.read(view, i * type.bytes);
  return out;
}
