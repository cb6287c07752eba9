// Reads what PyTorch saves: a pickle of tensors that name their storages, and the storages' bytes, in a
// zip archive or, before PyTorch 1.6, one after another behind the pickle. Nothing in a file is executed.
import { UserError } from '../errors.js';
import { shown } from '../shown.js';
import { archiveParts } from './archive.js';
import { type ElementName, elementTypes, floats } from './elements.js';
import { isInert } from './inert.js';
import { type Environment, kindOf, Opaque, PickleError, unpickle, type Value } from './pickle.js';
import type { WeightTensor } from './safetensors.js';
import { unfolding } from './unfolded.js';

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

/** Most axes of a tensor, as in PyTorch. */
const MOST_AXES = 64;

function rebuilt(storage: Value, offset: Value, shape: Value, strides: Value): StridedTensor {
  if (
    !(storage instanceof Storage) ||
    !isCount(offset) ||
    !isCounts(shape) ||
    !isCounts(strides) ||
    shape.length !== strides.length ||
    shape.length > MOST_AXES
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

/** A dict of a list of pairs. */
function orderedDict(pairs: Value = []): Value {
  if (!Array.isArray(pairs) || !pairs.every((pair) => Array.isArray(pair) && pair.length === 2))
    throw new PickleError('it makes a dict of what is no list of pairs');
  return new Map(pairs as [Value, Value][]);
}

/** A tensor that has attributes, or is of a class of its own. */
function rebuiltFrom(make: Value, _type: Value, args: Value): Value {
  if (make !== rebuilt || !Array.isArray(args) || args.length > 8)
    throw new PickleError('a tensor has no proper storage, offset, shape and strides');
  const [storage, offset, shape, strides] = args as Value[];
  return rebuilt(storage!, offset!, shape!, strides!);
}

const data = (tensor: Value): Value => tensor;

/** An attribute of an inert object, as enumerations are saved, is inert. */
function attribute(of: Value): Value {
  if (of instanceof Opaque) return of;
  throw new PickleError('refused: it asks for an attribute of what is no setting');
}

const environment: Environment = {
  globals: {
    ...storageTypes,
    '__builtin__.getattr': attribute,
    'builtins.getattr': attribute,
    'collections.OrderedDict': orderedDict,
    'collections.defaultdict': () => new Map(),
    'torch._utils._rebuild_tensor': rebuilt,
    'torch._utils._rebuild_tensor_v2': rebuilt,
    'torch._utils._rebuild_parameter': data,
    'torch._utils._rebuild_parameter_with_state': data,
    'torch._tensor._rebuild_from_type_v2': rebuiltFrom,
  },
  isInert,
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

/** Where a tensor's numbers stand in its storage: the first place, the one behind the last, and whether they are in a row. */
function placesOf({ storage, offset, shape, strides }: StridedTensor, count: number) {
  const first = storage.first + offset;
  const last =
    count === 0 ? first - 1 : shape.reduce((n, d, i) => n + (d - 1) * strides[i]!, first);
  let row = 1;
  const contiguous = shape.reduceRight((so, d, i) => {
    const fits = d === 1 || strides[i] === row;
    row *= d;
    return so && fits;
  }, true);
  return { first, last, contiguous };
}

const countOf = ({ shape }: StridedTensor): number => shape.reduce((n, d) => n * d, 1);

function numbers(name: string, tensor: StridedTensor, place: Place): WeightTensor {
  const { storage, shape, strides } = tensor;
  const type = elementTypes[storage.element];
  const bytes = place(storage);
  const held = Math.floor(bytes.length / type.bytes);
  const count = countOf(tensor);
  const { first, last, contiguous } = placesOf(tensor, count);
  if (!(last < held))
    throw new PickleError(
      `tensor ${shown(name)}: ${count} numbers up to place ${last} of a storage of ${held}`,
    );
  if (count === 0) return { shape, data: new Float32Array() };
  if (contiguous) return { shape, data: floats(type, bytes, first * type.bytes, count) };

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const data = new Float32Array(count);
  const index = new Array<number>(shape.length).fill(0);
  let at = first;
  for (let i = 0; i < count; i++) {
    data[i] = type.read(view, at * type.bytes);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return { shape, data };
}

/** Where checkpoints keep their state dict, also one in another; of several the first. */
const homes = ['state_dict', 'model_state_dict', 'model', 'net', 'ema'];
const HOMES = `${homes.slice(0, -1).join(', ')} or ${homes.at(-1)}`;

/** How many homes may stand in one another; a dict may hold itself. */
const DEEPEST = 4;

/** The dict of tensors in what a pickle has built. */
function dictIn(root: Value, depth = 0): Map<Value, Value> {
  if (!(root instanceof Map))
    throw new PickleError(
      `it holds ${kindOf(root)}, expected a dict of tensors by name, or one under ${HOMES}`,
    );
  const home = homes.find((key) => root.get(key) instanceof Map);
  return home === undefined || depth === DEEPEST ? root : dictIn(root.get(home)!, depth + 1);
}

/** The tensors of a state dict, or of the one in a checkpoint. */
function stateDict(root: Value, size: number, place: Place): Map<string, WeightTensor> {
  const tensors = new Map<string, WeightTensor>();
  const unfold = unfolding(size, (why) => new PickleError(why));
  for (const [name, value] of dictIn(root)) {
    if (typeof name !== 'string')
      throw new PickleError(`it has an entry under ${kindOf(name)}, expected tensors by name`);
    if (!(value instanceof StridedTensor))
      throw new PickleError(
        `entry ${shown(name)} is ${kindOf(value)}, expected tensors by name, or those under ${HOMES}`,
      );
    unfold(name, countOf(value));
    tensors.set(name, numbers(name, value, place));
  }
  return tensors;
}

function readArchive(bytes: Buffer): Map<string, WeightTensor> {
  const entries = archiveParts(bytes, (why) => new PickleError(why));
  const pickle = entries.get('data.pkl');
  if (pickle === undefined) throw new PickleError('its archive has no data.pkl');
  if (entries.get('byteorder')?.toString() === 'big')
    throw new PickleError('its numbers are big-endian, expected little-endian');
  const { value } = unpickle(pickle, 0, environment);
  return stateDict(value, bytes.length, ({ key, element, count }) => {
    const data = entries.get(`data/${key}`);
    const expected = count * elementTypes[element].bytes;
    if (data?.length !== expected)
      throw new PickleError(
        `storage ${shown(key)} has ${data?.length ?? 'no'} bytes, expected ${expected}`,
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
    throw new PickleError(`its protocol is ${kindOf(protocol)}, expected ${LEGACY_PROTOCOL}`);
  const system = next();
  if (system instanceof Map && system.get('little_endian') === false)
    throw new PickleError('its numbers are big-endian, expected little-endian');
  const root = next();
  const keys = next();
  if (!Array.isArray(keys)) throw new PickleError('it does not list its storages');
  const storages = new Map<string, Buffer>();
  for (const key of keys as Value[]) {
    const element = typeof key === 'string' ? elements.get(key) : undefined;
    if (typeof key !== 'string' || element === undefined)
      throw new PickleError(`it lists ${kindOf(key)}, expected storages of its tensors`);
    const count = at + 8 <= bytes.length ? Number(bytes.readBigInt64LE(at)) : Number.NaN;
    const end = at + 8 + count * elementTypes[element].bytes;
    if (!isCount(count) || end > bytes.length)
      throw new PickleError(`it ends inside storage ${shown(key)}: it is truncated`);
    storages.set(key, bytes.subarray(at + 8, end));
    at = end;
  }
  return stateDict(root, bytes.length, ({ key }) => {
    const data = storages.get(key);
    if (data === undefined) throw new PickleError(`storage ${shown(key)} is missing`);
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
