// Reads arrays and lists of words from HDF5 files. A file is opened in a file system of its own, in memory, so that
// nothing else can be reached from it, and no array is read before its size is known to fit the file.
import { randomUUID } from 'node:crypto';
import type { Dataset, Group } from 'h5wasm';
import { shown } from '../shown.js';
import { type ElementName, elementTypes, floats } from './elements.js';
import { mostNumbers, unfolding } from './unfolded.js';

export const SIGNATURE = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1');

/** An array as float32. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** An open file. */
export interface Hdf5 {
  readonly root: Group;
  /** What stands at a path below a group: a group, the numbers of an array, or undefined where it is neither. */
  readonly group: (below: Group, path: string) => Group | undefined;
  readonly array: (below: Group, path: string) => Numbers | undefined;
  /** The paths of all arrays. */
  readonly paths: () => string[];
  /** The words of an attribute, also one that is split over `attribute0`, `attribute1` and so on; none where it is missing. */
  readonly words: (of: Group, attribute: string) => string[];
}

type Bad = (why: string) => Error;
type Library = typeof import('h5wasm');
type Module = Awaited<Library['ready']>;
type Entity = ReturnType<Group['get']>;

const ELSEWHERE = 'in another file, expected a file that holds all';
/** Most names in a file, and most groups in one another: links may make circles. */
const MOST_NAMES = 100_000;
const DEEPEST = 32;

const [INTEGER, FLOAT, ENUMERATION] = [0, 1, 8];

/** The element type of an array. */
function elementOf({ type, size, signed }: Dataset['metadata']): ElementName | undefined {
  const bits = 8 * size;
  const name =
    type === FLOAT
      ? `F${bits}`
      : type === INTEGER || type === ENUMERATION
        ? `${signed ? 'I' : 'U'}${bits}`
        : '';
  return Object.hasOwn(elementTypes, name) ? (name as ElementName) : undefined;
}

const product = (sizes: readonly number[]): number => sizes.reduce((n, d) => n * d, 1);

/** What refuses an array before it is read. */
function flawOf({ metadata, filters }: Dataset, most: number): string | undefined {
  if (metadata.virtual_sources !== undefined) return `is put together from arrays ${ELSEWHERE}`;
  if (metadata.shape === null || elementOf(metadata) === undefined) return 'holds no numbers';
  if (filters.length > 0)
    return 'is compressed or filtered, expected plain numbers, as h5repack -f NONE writes them';
  if (!(product(metadata.chunks ?? []) <= most))
    return 'is in chunks that are larger than the file';
  return undefined;
}

/** The bytes of an array, little-endian, as the library leaves them in its memory. */
function bytesOf(library: Module, { file_id, path }: Dataset, length: number): Buffer {
  const at = library._malloc(Math.max(length, 1));
  if (at === 0) throw new Error('no memory');
  try {
    library.get_dataset_data(file_id, path, null, null, null, BigInt(at));
    return Buffer.from(library.HEAPU8.slice(at, at + length).buffer);
  } finally {
    library._free(at);
  }
}

/** Readers of an open file of so many bytes. */
function readersOf(library: Library, module: Module, root: Group, size: number, bad: Bad): Hdf5 {
  const most = mostNumbers(size);
  const unfold = unfolding(size, bad);
  const at = (below: Group, path: string): Entity => {
    let found: Entity = below;
    for (const part of path.split('/').filter((name) => name !== '')) {
      if (!(found instanceof library.Group)) return null;
      found = found.get(part);
      if (found instanceof library.ExternalLink) throw bad(`${shown(path)} is ${ELSEWHERE}`);
    }
    return found;
  };
  const numbersOf = (array: Dataset, path: string): Numbers => {
    const flaw = flawOf(array, most);
    if (flaw !== undefined) throw bad(`${shown(path)} ${flaw}`);
    const { metadata } = array;
    const [shape, element] = [metadata.shape!, elementTypes[elementOf(metadata)!]];
    const count = product(shape);
    unfold(path, count);
    try {
      const bytes = bytesOf(module, array, count * element.bytes);
      return { shape, data: floats(element, bytes, 0, count) };
    } catch (error) {
      // storage outside the file has no other mark than that it cannot be opened
      if (/external/i.test(String(error))) throw bad(`${shown(path)} is ${ELSEWHERE}`);
      throw error;
    }
  };
  const attributes = (of: Group, name: string): string[] => {
    const attribute = of.attrs[name]!;
    // h5py writes an empty list as one of numbers
    if (attribute.metadata.total_size === 0) return [];
    if (!(attribute.metadata.size * attribute.metadata.total_size <= size))
      throw bad(`the attribute ${name} is larger than the file`);
    const { value } = attribute;
    const words: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (!words.every((word) => typeof word === 'string'))
      throw bad(`the attribute ${name} holds no words`);
    return words as string[];
  };
  return {
    root,
    group(below, path) {
      const found = at(below, path);
      return found instanceof library.Group ? found : undefined;
    },
    array(below, path) {
      const found = at(below, path);
      return found instanceof library.Dataset ? numbersOf(found, path) : undefined;
    },
    paths() {
      const found: string[] = [];
      let names = 0;
      const visit = (group: Group, before: string, depth: number): void => {
        for (const name of group.keys()) {
          if (++names > MOST_NAMES || depth > DEEPEST)
            throw bad('it has too many groups, or groups that hold themselves');
          const path = `${before}${name}`;
          const entity = at(group, name);
          if (entity instanceof library.Dataset) found.push(path);
          if (entity instanceof library.Group) visit(entity, `${path}/`, depth + 1);
        }
      };
      visit(root, '', 1);
      return found;
    },
    words(of, attribute) {
      const has = (name: string) => Object.hasOwn(of.attrs, name);
      if (has(attribute)) return attributes(of, attribute);
      const words: string[] = [];
      for (let part = 0; has(`${attribute}${part}`); part++)
        for (const word of attributes(of, `${attribute}${part}`)) words.push(word);
      return words;
    },
  };
}

/**
 * Opens an HDF5 file and reads what is asked of it.
 * @param bad makes the error of a file that is damaged or holds what is not read
 * @param read throws only what its own `bad` makes; anything else means that the file is damaged
 */
export async function readHdf5<T, E extends Error>(
  bytes: Buffer,
  bad: (why: string) => E,
  read: (file: Hdf5, bad: (why: string) => E) => T,
): Promise<T> {
  const library = await import('h5wasm');
  const module = await library.ready;
  // the library would print its failures instead of throwing them
  module.activate_throwing_error_handler();
  const refusals = new Set<unknown>();
  const refuse = (why: string): E => {
    const refusal = bad(why);
    refusals.add(refusal);
    return refusal;
  };
  // no file can name it, not even itself
  const name = `/${randomUUID()}.h5`;
  module.FS.writeFile(name, bytes);
  let opened: InstanceType<Library['File']> | undefined;
  try {
    opened = new library.File(name, 'r');
    return read(readersOf(library, module, opened, bytes.length, refuse), refuse);
  } catch (error) {
    throw refusals.has(error) ? error : bad('it is damaged or truncated');
  } finally {
    try {
      opened?.close();
    } finally {
      module.FS.unlink(name);
    }
  }
}
