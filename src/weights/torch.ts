// Reads what PyTorch saves: a pickle of tensors that name their storages, and the storages' bytes, in a
// zip archive or, before PyTorch 1.6, one after another behind the pickle. Nothing in a file is executed.
import { unzipSync } from 'fflate';
import { UserError } from '../errors.js';
import { type ElementName, elementTypes, floats } from './elements.js';
import { type Environment, PickleError, unpickle, type Value } from './pickle.js';
import type { WeightTensor } from './safetensors.js';

/** The pickled number that files without an archive begin with. */
const MAGIC = Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex');
const LEGACY_PROTOCOL = 1001;

export const isTorchArchive = (bytes: Buffer): boolean =>
  bytes.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'));
export const isTorchStream = (bytes: Buffer): boolean =>
  bytes.subarray(0, MAGIC.length).equals(MAGIC);

/** The type of a storage's elements. */
class StorageType {
  constructor(readonly element: ElementName) {}
}

/** A storage as a pickle names it; a view of another begins at its element `first`. */
class Storage {
  constructor(
    readonly key: string,
    readonly element: ElementName,
    readonly count: number,
    readonly first: number,
  ) {}
}

class StridedTensor {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const isCount = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0;
const isCounts = (v: unknown): v is readonly number[] => Array.isArray(v) && v.every(isCount);

function rebuilt(storage: Value, offset: Value, shape: Value, strides: Value): StridedTensor {
  if (
    !(storage instanceof Storage) ||
    !isCount(offset) ||
    !isCounts(shape) ||
    !isCounts(strides) ||
    shape.length !== strides.length
  )
    throw new PickleError('a tensor has no proper storage, offset, shape and strides');
  return new StridedTensor(storage, offset, shape, strides);
}

const storageTypes = Object.fromEntries(
  (
    [
      ['Double', 'F64'],
      ['Float', 'F32'],
      ['Half', 'F16'],
      ['BFloat16', 'BF16'],
      ['Long', 'I64'],
      ['Int', 'I32'],
      ['Short', 'I16'],
      ['Char', 'I8'],
      ['Byte', 'U8'],
      ['Bool', 'BOOL'],
    ] as const
  ).map(([name, element]) => [`torch.${name}Storage`, new StorageType(element)]),
);

const environment: Environment = {
  globals: {
    ...storageTypes,
    'collections.OrderedDict': (pairs: Value = []) => new Map(pairs as [Value, Value][]),
    'torch._utils._rebuild_tensor': rebuilt,
    'torch._utils._rebuild_tensor_v2': rebuilt,
    'torch._utils._rebuild_parameter': (data: Value) => data,
  },
  persistent(id) {
    const [what, type, key, , count, view] = Array.isArray(id) ? (id as Value[]) : [];
    const first = Array.isArray(view) ? view[1] : 0;
    if (
      what !== 'storage' ||
      !(type instanceof StorageType) ||
      typeof key !== 'string' ||
      !isCount(count) ||
      !isCount(first)
    )
      throw new PickleError('it names something else than a storage of numbers');
    return new Storage(key, type.element, count, first);
  },
};

/** Where a storage's bytes are. */
type Place = (storage: Storage) => Buffer;

function numbers(name: string, tensor: StridedTensor, place: Place): WeightTensor {
  const { storage, offset, shape, strides } = tensor;
  const type = elementTypes[storage.element];
  const bytes = place(storage);
  const held = Math.floor(bytes.length / type.bytes);
  const count = shape.reduce((n, d) => n * d, 1);
  const first = storage.first + offset;
  const last =
    count === 0 ? first - 1 : shape.reduce((n, d, i) => n + (d - 1) * strides[i]!, first);
  if (last >= held || count > held)
    throw new PickleError(
      `tensor ${name}: ${count} numbers up to place ${last} of a storage of ${held}`,
    );
  let row = 1;
  const contiguous = shape.reduceRight((so, d, i) => {
    const fits = d === 1 || strides[i] === row;
    row *= d;
    return so && fits;
  }, true);
  if (contiguous) return { shape, data: floats(type, bytes, first * type.bytes, count) };

  const all = floats(type, bytes, 0, held);
  const data = new Float32Array(count);
  const index = new Array<number>(shape.length).fill(0);
  let at = first;
  for (let i = 0; i < count; i++) {
    data[i] = all[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return { shape, data };
}

/** The tensors of a state dict, or of one that stands in a checkpoint under `state_dict`. */
function stateDict(root: Value, place: Place): Map<string, WeightTensor> {
  const inner = root instanceof Map ? root.get('state_dict') : undefined;
  const dict = inner instanceof Map ? inner : root;
  if (!(dict instanceof Map))
    throw new PickleError('it holds no dict, expected tensors by name, or those under state_dict');
  const tensors = new Map<string, WeightTensor>();
  for (const [name, value] of dict) {
    if (typeof name !== 'string' || !(value instanceof StridedTensor))
      throw new PickleError(
        `entry ${String(name)} is no tensor, expected tensors by name, or those under state_dict`,
      );
    tensors.set(name, numbers(name, value, place));
  }
  return tensors;
}

function readArchive(bytes: Buffer): Map<string, WeightTensor> {
  const entries = new Map<string, Buffer>();
  try {
    const found = unzipSync(bytes, {
      filter({ name, compression }) {
        if (compression !== 0) throw new PickleError(`${name} is compressed, expected stored`);
        return true;
      },
    });
    for (const [name, part] of Object.entries(found))
      entries.set(
        name.slice(name.indexOf('/') + 1),
        Buffer.from(part.buffer, part.byteOffset, part.byteLength),
      );
  } catch (error) {
    if (error instanceof PickleError) throw error;
    throw new PickleError('its archive is damaged or truncated');
  }
  const pickle = entries.get('data.pkl');
  if (pickle === undefined) throw new PickleError('its archive has no data.pkl');
  if (entries.has('constants.pkl'))
    throw new PickleError('it is a TorchScript program, expected a state dict');
  if (entries.get('byteorder')?.toString() === 'big')
    throw new PickleError('its numbers are big-endian, expected little-endian');
  return stateDict(unpickle(pickle, 0, environment).value, ({ key, element, count }) => {
    const data = entries.get(`data/${key}`);
    const expected = count * elementTypes[element].bytes;
    if (data?.length !== expected)
      throw new PickleError(
        `storage ${key} has ${data?.length ?? 'no'} bytes, expected ${expected}`,
      );
    return data;
  });
}

function readStream(bytes: Buffer): Map<string, WeightTensor> {
  let at = MAGIC.length;
  const elements = new Map<string, ElementName>();
  const next = () => {
    const { value, end } = unpickle(bytes, at, {
      ...environment,
      persistent(id) {
        const storage = environment.persistent(id) as Storage;
        elements.set(storage.key, storage.element);
        return storage;
      },
    });
    at = end;
    return value;
  };
  const protocol = next();
  if (protocol !== LEGACY_PROTOCOL)
    throw new PickleError(`it has protocol ${String(protocol)}, expected ${LEGACY_PROTOCOL}`);
  const system = next();
  if (system instanceof Map && system.get('little_endian') === false)
    throw new PickleError('its numbers are big-endian, expected little-endian');
  const root = next();
  const keys = next();
  if (!Array.isArray(keys)) throw new PickleError('it does not list its storages');
  const storages = new Map<string, Buffer>();
  for (const key of keys as Value[]) {
    const element = elements.get(String(key));
    if (element === undefined) throw new PickleError(`no tensor has its storage ${String(key)}`);
    const count = at + 8 <= bytes.length ? Number(bytes.readBigInt64LE(at)) : Number.NaN;
    const end = at + 8 + count * elementTypes[element].bytes;
    if (!isCount(count) || end > bytes.length)
      throw new PickleError(`it ends inside storage ${String(key)}: it is truncated`);
    storages.set(String(key), bytes.subarray(at + 8, end));
    at = end;
  }
  return stateDict(root, ({ key }) => {
    const data = storages.get(key);
    if (data === undefined) throw new PickleError(`storage ${key} is missing`);
    return data;
  });
}

/**
 * All tensors of a PyTorch state dict as float32.
 * Throws a UserError that names the file and what is wrong with it, or what it asked for that is not given.
 */
export function decodeTorch(file: string, bytes: Buffer): Map<string, WeightTensor> {
  try {
    return isTorchArchive(bytes) ? readArchive(bytes) : readStream(bytes);
  } catch (error) {
    if (error instanceof PickleError)
      throw new UserError(`${file}: not a PyTorch state dict: ${error.message}`);
    throw error;
  }
}
