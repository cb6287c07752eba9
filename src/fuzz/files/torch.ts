// Writes state dicts as PyTorch saves them: a pickle, and storages beside it in an archive or behind it in a stream. The
// pickle is a list of instructions, so that some can be put between others.
import { strToU8, zipSync } from 'fflate';
import type { WeightTensor } from '../../weights/safetensors.js';

type Tensors = ReadonlyMap<string, WeightTensor>;

const op = (...parts: readonly (string | number | Uint8Array)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') return Buffer.of(part);
      return typeof part === 'string' ? Buffer.from(part, 'latin1') : part;
    }),
  );

const u32 = (n: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(n >>> 0);
  return bytes;
};

const BEGIN = op(0x80, 2);
const END = op('.');
const text = (word: string): Buffer => {
  const bytes = Buffer.from(word);
  return op('X', u32(bytes.length), bytes);
};
const int = (n: number): Buffer => op('J', u32(n));
const name = (module: string, what: string): Buffer => op(`c${module}\n${what}\n`);
const tuple = (...items: readonly Buffer[]): Buffer[] => [op('('), ...items, op('t')];
const ordered = [name('collections', 'OrderedDict'), op(')'), op('R')];

const tensor = (key: string, { shape, data }: WeightTensor, view: readonly Buffer[]): Buffer[] => {
  const strides = shape.map((_, i) => shape.slice(i + 1).reduce((n, d) => n * d, 1));
  return [
    name('torch._utils', '_rebuild_tensor_v2'),
    op('('),
    ...tuple(
      ...[text('storage'), name('torch', 'FloatStorage'), text(key), text('cpu')],
      ...[int(data.length), ...view],
    ),
    op('Q'),
    int(0),
    ...tuple(...shape.map(int)),
    ...tuple(...strides.map(int)),
    op('\x89'),
    ...ordered,
    op('t'),
    op('R'),
  ];
};

/** The instructions of a state dict; its storages have the numbers of its tensors as keys. */
export const stateDict = (tensors: Tensors, view: readonly Buffer[] = []): Buffer[] => [
  ...[BEGIN, ...ordered, op('(')],
  ...[...tensors].flatMap(([key, one], i) => [text(key), ...tensor(String(i), one, view)]),
  ...[op('u'), END],
];

const bytesOf = ({ data }: WeightTensor): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

/** An archive of a pickle and storages. */
export const archiveOf = (pickle: readonly Buffer[], tensors: Tensors): Buffer =>
  Buffer.from(
    zipSync(
      {
        'archive/data.pkl': Buffer.concat(pickle),
        'archive/byteorder': strToU8('little'),
        ...Object.fromEntries(
          [...tensors.values()].map((one, i) => [`archive/data/${i}`, bytesOf(one)]),
        ),
        'archive/version': strToU8('3\n'),
      },
      { level: 0 },
    ),
  );

/** The instructions of a state dict in a stream, whose storages may be views of others. */
export const streamDict = (tensors: Tensors): Buffer[] => stateDict(tensors, [op('N')]);

/** A stream of a pickle and storages. */
export function streamOf(pickle: readonly Buffer[], tensors: Tensors): Buffer {
  const magic = Buffer.from('80028a0a6cfc9c46f9206aa850192e2e', 'hex');
  const keys = [
    BEGIN,
    op(']', '('),
    ...[...tensors.keys()].map((_, i) => text(String(i))),
    op('e'),
  ];
  const storages = [...tensors.values()].flatMap((one) => {
    const count = Buffer.alloc(8);
    count.writeBigInt64LE(BigInt(one.data.length));
    return [count, bytesOf(one)];
  });
  return Buffer.concat([
    magic,
    ...[BEGIN, op('M', 0xe9, 3), END],
    ...[BEGIN, op('}'), text('little_endian'), op('\x88', 's'), END],
    ...pickle,
    ...[...keys, END],
    ...storages,
  ]);
}

/** Instructions that ask for much, or for what no state dict has. */
export const oddInstructions: readonly Buffer[] = [
  ...[
    'N',
    '(',
    't',
    '}',
    ']',
    ')',
    '0',
    '1',
    '2',
    'R',
    's',
    'u',
    'e',
    'a',
    'b',
    'Q',
    '.',
    '\x93',
  ].map((code) => op(code)),
  name('posix', 'system'),
  name('builtins', 'eval'),
  name('argparse', 'Namespace'),
  name('numpy.core.multiarray', 'scalar'),
  name('torch', 'FloatStorage'),
  name('collections', 'OrderedDict'),
  int(-1),
  int(0x7fffffff),
  op('\x8a', 8, Buffer.alloc(8, 0xff)),
  op('\x8b', u32(0x7fffffff)),
  op('\x8b', u32(1_000_000), Buffer.alloc(1_000_000, 0x7f)),
  op('G', Buffer.from('7ff8000000000000', 'hex')),
  op('X', u32(0xffffffff)),
  text('__proto__'),
  text('module.'),
  text('\u001b[31m\n'),
  text('x'.repeat(100_000)),
  op('r', u32(0xffffffff)),
  op('j', u32(0xffffffff)),
  op('\x8e', Buffer.alloc(8, 0xff)),
  op('\x80', 9),
  // tuples of two of the one before, forty times over
  op(']', 'q', 200, ...Array.from({ length: 40 }, () => op('h', 200, 'h', 200, '\x86', 'q', 200))),
  // the same as a key of a dict
  op(...Array.from({ length: 30 }, () => op('2', '\x86')), 'N', 's'),
  op(...Array.from({ length: 20_000 }, () => '(')),
  op(']', ...Array.from({ length: 20_000 }, () => '\x85')),
];
