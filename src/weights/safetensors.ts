// Reads and writes safetensors files: a length, a JSON header that names every tensor with its type,
// shape and place, and the tensors' bytes. Everything a header claims is checked against the file
// before anything is believed.
import { createHash } from 'node:crypto';
import { UserError } from '../errors.js';
import { shown } from '../shown.js';
import { writeWhole } from '../write-whole.js';
import { bytesOf } from './bytes.js';
import { type ElementName, type ElementType, elementTypes, floats } from './elements.js';

/** An array of float32, with what its program does otherwise than PyTorch. */
export interface WeightTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** The columns of a matrix behind a flattened plane go by row, column and channel, as in Keras; else by channel, row and column. */
  readonly channelsLast?: true;
  /** What is added to a running variance before its root is taken, where the file says so. */
  readonly epsilon?: number;
}

export interface WeightFile {
  readonly file: string;
  /** SHA-256 of the whole file, in hexadecimal. */
  readonly sha256: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: ReadonlyMap<string, WeightTensor>;
}

/** Longest header that is read: far above any real one, of about a hundred bytes a tensor. */
const MAX_HEADER = 10_000_000;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** A value of the header in a message: what is deep or long is only named. */
function said(value: unknown): string {
  if (Array.isArray(value))
    return value.length <= 8 && value.every((item) => typeof item !== 'object')
      ? shown(JSON.stringify(value))
      : `a list of ${value.length}`;
  return isRecord(value) ? 'an object' : shown(String(JSON.stringify(value)));
}

/** A name that an object gives twice, in JSON that is well-formed and whose names stand before objects. */
function repeatedName(text: string): string | undefined {
  const names = new Set<string>();
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if ('{['.includes(character)) depth++;
    if ('}]'.includes(character)) depth--;
    if (character !== '"') continue;
    const from = at++;
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    if (depth !== 1) continue;
    const name: string = JSON.parse(text.slice(from, at + 1));
    if (names.has(name)) return name;
    names.add(name);
  }
  return undefined;
}

/** The header of a file, and where the numbers begin. */
function headerOf(bytes: Buffer, bad: (why: string) => UserError) {
  if (bytes.length < 8) throw bad(`it has ${bytes.length} bytes, expected at least 8`);
  const length = bytes.readBigUInt64LE(0);
  if (length > MAX_HEADER)
    throw bad(`its header claims ${length} bytes, expected at most ${MAX_HEADER}`);
  const start = 8 + Number(length);
  if (start > bytes.length)
    throw bad(`its header claims ${length} bytes, but the file ends after ${bytes.length - 8}`);

  let header: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start));
    header = JSON.parse(text);
  } catch {
    throw bad('its header is not JSON');
  }
  if (!isRecord(header)) throw bad('its header is not a JSON object');
  const repeated = repeatedName(text);
  if (repeated !== undefined) throw bad(`tensor ${shown(repeated)} is named twice`);
  return { header, start };
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

/**
 * Reads all tensors of a safetensors file as float32.
 * Throws a UserError that names the file and what is wrong with it: missing, truncated, oversized or inconsistent.
 */
export const readSafetensors = async (file: string): Promise<WeightFile> =>
  decodeSafetensors(file, await bytesOf(file, 'weights in safetensors format'));

/** The same of a file's bytes. */
export function decodeSafetensors(file: string, bytes: Buffer): WeightFile {
  const bad = (why: string) => new UserError(`${file}: not a safetensors file: ${why}`);
  const { header, start } = headerOf(bytes, bad);
  const { __metadata__: metadata = {}, ...entries } = header;
  if (!isRecord(metadata) || !Object.values(metadata).every((v) => typeof v === 'string'))
    throw bad('__metadata__ must map words to text');

  const size = bytes.length - start;
  const placed = Object.entries(entries).map(([name, entry]) => {
    const of = (why: string) => bad(`tensor ${shown(name)}: ${why}`);
    if (!isRecord(entry)) throw of('its entry is not an object');
    const { dtype, shape, data_offsets: offsets } = entry;
    const type: ElementType | undefined =
      typeof dtype === 'string' && Object.hasOwn(elementTypes, dtype)
        ? elementTypes[dtype as ElementName]
        : undefined;
    if (type === undefined)
      throw of(`dtype ${said(dtype)}, expected one of ${Object.keys(elementTypes).join(', ')}`);
    if (!Array.isArray(shape) || !shape.every(isCount))
      throw of(`shape ${said(shape)}, expected a list of whole numbers`);
    if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount))
      throw of(`data_offsets ${said(offsets)}, expected two whole numbers`);
    const [from, to] = offsets as [number, number];
    const elements = shape.reduce((n: number, d: number) => n * d, 1);
    if (from > to || to - from !== elements * type.bytes)
      throw of(
        `${to - from} bytes for shape ${said(shape)} of ${dtype}, expected ${elements * type.bytes}`,
      );
    if (to > size)
      throw of(`its data end at byte ${to}, but the file has only ${size}: it is truncated`);
    return { name, type, shape: shape as number[], from, to, elements };
  });

  let end = 0;
  for (const { name, from, to } of [...placed].sort((a, b) => a.from - b.from || a.to - b.to)) {
    if (from !== end)
      throw bad(`tensor ${shown(name)}: its data begin at byte ${from}, expected ${end}`);
    end = to;
  }
  if (end !== size) throw bad(`${size - end} bytes follow the last tensor`);

  return {
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    metadata: metadata as Record<string, string>,
    tensors: new Map(
      placed.map(({ name, type, shape, from, elements }) => [
        name,
        { shape, data: floats(type, bytes, start + from, elements) },
      ]),
    ),
  };
}

/** The bits of the float16 nearest to a number, ties to even. */
function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size === Number.POSITIVE_INFINITY) return sign | 0x7c00;
  const even = (x: number) => {
    const low = Math.floor(x);
    return x - low > 0.5 || (x - low === 0.5 && low % 2 === 1) ? low + 1 : low;
  };
  if (size < 2 ** -14) return sign | even(size * 2 ** 24);
  const exponent = Math.floor(Math.log2(size));
  // a fraction rounded up to 1024 carries into the exponent by itself
  const bits = ((exponent + 15) << 10) + even((size / 2 ** exponent - 1) * 1024);
  return sign | Math.min(bits, 0x7c00);
}

/** A tensor to write: as float32, or rounded to float16, or, where it holds whole numbers from −128 to 127, as those. */
export interface WrittenTensor extends WeightTensor {
  readonly dtype?: 'F32' | 'F16' | 'I8';
}

function encoded({ data, dtype = 'F32' }: WrittenTensor): Buffer {
  switch (dtype) {
    case 'F32':
      return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    case 'F16':
      return Buffer.from(Uint16Array.from(data, halfBits).buffer);
    case 'I8':
      return Buffer.from(Int8Array.from(data).buffer);
  }
}

/** Writes tensors as a safetensors file, in the order given; the file appears whole or not at all. */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, WrittenTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: metadata };
  const parts: Buffer[] = [];
  let at = 0;
  for (const [name, tensor] of tensors) {
    const bytes = encoded(tensor);
    header[name] = {
      dtype: tensor.dtype ?? 'F32',
      shape: tensor.shape,
      data_offsets: [at, at + bytes.length],
    };
    parts.push(bytes);
    at += bytes.length;
  }
  const text = Buffer.from(JSON.stringify(header));
  // spaces bring the data to a multiple of eight bytes
  const padded = Buffer.concat([text, Buffer.alloc((8 - (text.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  await writeWhole(file, Buffer.concat([length, padded, ...parts]));
}
