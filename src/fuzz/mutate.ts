// Changes of bytes and of text, as damage, mistakes and malice make them.
import type { Random } from '../random.js';

/** One of several, all equally likely. */
export const pick = <T>(from: readonly T[], random: Random): T => from[random.below(from.length)]!;

/** Whether something of a probability happens. */
export const chance = (probability: number, random: Random): boolean =>
  random.uniform() < probability;

/** One, or more with falling probability. */
export function few(random: Random): number {
  let n = 1;
  while (n < 8 && chance(0.4, random)) n++;
  return n;
}

/** Whole numbers at the edges of what fields of files hold. */
const edges = [
  0, 1, 2, 127, 128, 255, 256, 32767, 32768, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
];
const longEdges = [
  0n,
  1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 63n,
  2n ** 64n - 1n,
];

/** Bytes near the ends of a file, where most formats have their structure, or anywhere. */
const NEAR = 512;

/** A place in some bytes. */
function placeIn(length: number, random: Random): number {
  if (length === 0) return 0;
  const near = Math.min(length, NEAR);
  switch (random.below(3)) {
    case 0:
      return random.below(near);
    case 1:
      return length - 1 - random.below(near);
    default:
      return random.below(length);
  }
}

type Change = (bytes: Buffer, at: number, random: Random) => Buffer;

const cut = (bytes: Buffer, at: number, length: number, insert: Uint8Array = Buffer.alloc(0)) =>
  Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + length)]);

const noise = (length: number, random: Random): Buffer =>
  Buffer.from(Array.from({ length }, () => random.below(256)));

/** A short length, at times a long one. */
const lengthOf = (random: Random): number => 1 + random.below(chance(0.2, random) ? 4096 : 16);

/** Bytes of a whole number from the edges, in either order. */
function edge(random: Random): Buffer {
  const bytes = Buffer.alloc(8);
  const size = pick([2, 4, 8], random);
  if (size === 8) bytes.writeBigUInt64LE(pick(longEdges, random));
  else bytes.writeUInt32LE(pick(edges, random));
  const number = bytes.subarray(0, size);
  return chance(0.5, random) ? number : number.reverse();
}

const changes: readonly Change[] = [
  (bytes, at, random) => cut(bytes, at, 1, Buffer.of((bytes[at] ?? 0) ^ (1 << random.below(8)))),
  (bytes, at, random) => cut(bytes, at, 1, noise(1, random)),
  (bytes, at, random) => {
    const number = edge(random);
    return cut(bytes, at, number.length, number);
  },
  (bytes, at, random) => cut(bytes, at, lengthOf(random)),
  (bytes, at, random) => cut(bytes, at, 0, noise(lengthOf(random), random)),
  (bytes, at, random) => cut(bytes, at, 0, bytes.subarray(at, at + lengthOf(random))),
  (bytes, at, random) => {
    const length = lengthOf(random);
    return cut(bytes, at, length, Buffer.alloc(Math.min(length, bytes.length - at)));
  },
  (bytes, at, random) => {
    const from = placeIn(bytes.length, random);
    const other = Buffer.from(bytes.subarray(from, from + lengthOf(random)));
    return cut(bytes, at, other.length, other);
  },
  (bytes, at) => bytes.subarray(0, at),
];

/** Bytes after a few changes. */
export function changedBytes(bytes: Buffer, random: Random): Buffer {
  let changed = bytes;
  for (let n = few(random); n > 0; n--)
    changed = pick(changes, random)(changed, placeIn(changed.length, random), random);
  return changed;
}

/** Words and characters that are mistaken for something else somewhere. */
export const oddText: readonly string[] = [
  ...[
    '',
    ' ',
    '\t',
    '\r',
    '\r\n',
    '\n\n',
    '\0',
    '\ufeff',
    '\u001b[31m',
    '\u0007',
    '\u009b',
    '\u202e',
  ],
  ...['"', "'", '`', ',', ';', ':', '#', '%', '&', '*', '!', '|', '\\', '/', '../', '~', '=', '-'],
  ...[
    'NaN',
    'Infinity',
    '-Infinity',
    '1e999',
    '-0',
    '1e-320',
    '0x10',
    '1_000',
    '99999999999999999999',
  ],
  ...['null', 'undefined', 'true', 'yes', '__proto__', 'constructor', 'toString', 'hasOwnProperty'],
  ...['<script>alert(1)</script>', '=1+1', '{{x}}', '%s%n', 'é', 'e\u0301', '𝕏', '\ud800'],
  'a'.repeat(300),
  'word '.repeat(2000),
];

/** Text after a few changes of characters and lines, with odd words and those of a format put in. */
export function changedText(text: string, random: Random, words: readonly string[] = []): string {
  let lines = text.split('\n');
  for (let n = few(random); n > 0; n--) {
    const at = random.below(lines.length);
    const line = lines[at]!;
    const from = random.below(line.length + 1);
    const to = Math.min(line.length, from + random.below(8));
    const word = pick(words.length > 0 && chance(0.5, random) ? words : oddText, random);
    const other = random.below(lines.length);
    switch (random.below(8)) {
      case 0:
        lines = lines.toSpliced(at, 1);
        break;
      case 1:
        lines = lines.toSpliced(at, 0, lines[other]!);
        break;
      case 2:
        lines = lines.toSpliced(at, 0, word);
        break;
      case 3:
        lines = lines.with(at, lines[other]!).with(other, line);
        break;
      case 4:
        lines = lines.with(at, line.slice(0, from) + line.slice(to));
        break;
      default:
        lines = lines.with(
          at,
          line.slice(0, from) + word + line.slice(chance(0.5, random) ? from : to),
        );
    }
    if (lines.length === 0) lines = [''];
  }
  return lines.join('\n');
}
