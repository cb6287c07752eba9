// Pictures of every format: cut, with bits flipped, with other sizes in their headers, and with other content.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { openDataset } from '../../data/open.js';
import { pictureEndings } from '../../data/picture.js';
import type { Random } from '../../random.js';
import { oddPictures, SIDES, validPictures } from '../files/pictures.js';
import { tinyOptions, writeTiny } from '../files/tiny.js';
import { holds, type Kind } from '../kind.js';
import { changedBytes, pick } from '../mutate.js';

/** The check of a chunk of a PNG. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** Sides for headers. */
const sides = [0, 1, 7, 46, 48, 255, 256, 4096, 16_383, 32_767, 65_535, 1_000_000, 0x7fffffff];

/** A file with other sizes where the sides of its picture stand. */
function otherSides(bytes: Buffer, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  const places = [SIDES.width, SIDES.height].flatMap((side) =>
    Array.from({ length: Math.min(changed.length - 4, 600) }, (_, at) => at).flatMap((at) => [
      ...(changed.readUInt16BE(at) === side
        ? [(n: number) => changed.writeUInt16BE(n & 0xffff, at)]
        : []),
      ...(changed.readUInt16LE(at) === side
        ? [(n: number) => changed.writeUInt16LE(n & 0xffff, at)]
        : []),
      ...(changed.readUInt32BE(at) === side ? [(n: number) => changed.writeUInt32BE(n, at)] : []),
      ...(changed.readUInt32LE(at) === side ? [(n: number) => changed.writeUInt32LE(n, at)] : []),
    ]),
  );
  if (places.length === 0) return changedBytes(bytes, random);
  pick(places, random)(pick(sides, random));
  if (changed.toString('latin1', 12, 16) === 'IHDR')
    changed.writeUInt32BE(crc32(changed.subarray(12, 29)), 29);
  return changed;
}

const writeAll = async (folder: string, files: readonly Buffer[]) => {
  await mkdir(folder);
  for (const [i, bytes] of files.entries())
    await writeFile(path.join(folder, String(i).padStart(3, '0')), bytes);
};
const readAll = async (folder: string): Promise<Buffer[]> =>
  Promise.all((await readdir(folder)).sort().map((name) => readFile(path.join(folder, name))));

const INPUT = { height: 32, width: 32 };

/** Reads a picture as the image of a network. */
async function shown(file: string, resizing: object): Promise<void> {
  const dataset = await openDataset({ name: 'picture', path: file, ...resizing }, '');
  const image = await dataset.load(dataset.entries[0]!, INPUT);
  holds(image.length === 3 * INPUT.height * INPUT.width, `an image of ${image.length} numbers`);
  holds(
    image.every((v) => v >= 0 && v <= 255),
    'an image with values that are not from 0 to 255',
  );
}

const resizings = [
  {},
  {},
  {},
  { resize: 1 },
  { resize: 500 },
  { crop: 1 },
  { resize: 64, crop: 48 },
];

export const pictures: Kind = {
  count: 800,
  async prepare(base) {
    await writeAll(path.join(base, 'valid'), await validPictures());
    await writeAll(path.join(base, 'odd'), await oddPictures());
    await writeTiny(path.join(base, 'tiny.safetensors'));
  },
  async open(base) {
    const valid = await readAll(path.join(base, 'valid'));
    const odd = await readAll(path.join(base, 'odd'));
    const makers: readonly ((random: Random) => Buffer)[] = [
      (random) => changedBytes(pick(valid, random), random),
      (random) => changedBytes(pick(valid, random), random),
      (random) => otherSides(pick(valid, random), random),
      (random) => otherSides(pick(valid, random), random),
      (random) => pick(odd, random),
      (random) => changedBytes(pick(odd, random), random),
      (random) => pick(valid, random),
      (random) => {
        const bytes = pick(valid, random);
        return bytes.subarray(0, random.below(bytes.length));
      },
    ];
    return async (random, folder) => {
      const file = path.join(folder, `tried${pick(pictureEndings, random)}`);
      await writeFile(file, pick(makers, random)(random));
      const resizing = pick(resizings, random);
      return {
        names: [path.basename(file)],
        act: () => shown(file, resizing),
        command: [
          ...['explain', file, ...tinyOptions(path.join(base, 'tiny.safetensors'))],
          ...Object.entries(resizing).flatMap(([key, n]) => ['--set', `data.${key}=${n}`]),
          ...['--out', path.join(folder, 'out.png')],
        ],
      };
    };
  },
};
