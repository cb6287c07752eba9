// Archives that have arrived for `fragile fetch`: with members that point elsewhere, are no files or claim other sizes,
// of other formats, cut and damaged.
import { createHash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';
import { fetchRemote } from '../../fetch/fetch.js';
import { type Remote, remotes } from '../../fetch/registry.js';
import type { Random } from '../../random.js';
import { extended, type Member, tarOf } from '../files/tar.js';
import { holds, type Kind } from '../kind.js';
import { chance, changedBytes, pick } from '../mutate.js';

/** The archive in the data root, which is the user's own. */
const ARCHIVE = 'tried.tgz';

/** Data sets that come as archives. */
const sets = ['cifar-10', 'flowers'] as const;

const file = (name: string, text = name): Member => ({ name, type: '0', body: Buffer.from(text) });

const honest: Readonly<Record<(typeof sets)[number], readonly Member[]>> = {
  'cifar-10': [
    ...[1, 2, 3].map((i) => file(`cifar-10-batches-bin/data_batch_${i}.bin`)),
    file('cifar-10-batches-bin/readme.html'),
  ],
  flowers: ['roses', 'sunflowers'].flatMap((name) =>
    [1, 2, 3].map((i) => file(`flower_photos/${name}/${i}.jpg`)),
  ),
};

const oddNames = [
  ...[
    '../far.bin',
    '../../far.bin',
    '/far.bin',
    'a/../../far.bin',
    './x.bin',
    'x.bin/',
    '.bin',
    '..bin',
  ],
  ...[
    '',
    '.',
    '..',
    'roses/../x.jpg',
    'con.bin',
    'a\\b.bin',
    '\u001b[31m.bin',
    'é.bin',
    `${'d/'.repeat(40)}x.bin`,
  ],
];
const oddTypes = ['1', '2', '3', '4', '5', '6', '7', 'x', 'g', 'L', 'K', 'S', 'V', '\0', 'Z'];

/** A member that no honest archive has; `far` is a place outside of the data root. */
function oddMember(from: Member, far: string, random: Random): Member {
  switch (random.below(7)) {
    case 0:
      return { ...from, name: pick(oddNames, random) };
    case 1:
      return {
        ...from,
        type: pick(oddTypes, random),
        link: pick([far, '../far', from.name], random),
      };
    case 2:
      return { ...from, name: `${far}.bin` };
    case 3:
      return { ...from, size: pick([0, 1, 511, 513, 100_000, 0o77777777777], random) };
    case 4:
      return {
        name: 'x',
        type: 'x',
        body: extended('path', pick([far, '../far.bin', 'é.bin'], random)),
      };
    case 5:
      return {
        name: 'x',
        type: 'x',
        body: extended('size', pick(['-1', '1e9', '99999999999', 'x'], random)),
      };
    default:
      return { name: '././@LongLink', type: 'L', body: Buffer.from(`${far}.bin\0`) };
  }
}

function members(of: readonly Member[], far: string, random: Random): readonly Member[] {
  let all = of;
  for (let n = random.below(4); n > 0; n--) {
    const at = random.below(all.length);
    const odd = oddMember(all[at]!, far, random);
    all = all.toSpliced(at, chance(0.5, random) ? 1 : 0, odd);
  }
  return all;
}

/** Many zeros in few bytes: parts that unpack to 16 MB each. */
function zeros(times: number): Buffer {
  const part = gzipSync(Buffer.alloc(2 ** 24));
  return Buffer.concat(Array.from({ length: times }, () => part));
}

function archive(set: (typeof sets)[number], far: string, random: Random): Buffer {
  const tar = tarOf(members(honest[set], far, random));
  switch (random.below(10)) {
    case 0:
      return tar;
    case 1:
      return changedBytes(gzipSync(tar), random);
    case 2:
    case 3:
      return gzipSync(changedBytes(tar, random));
    case 4: {
      const zip = zipSync({ 'data_batch_1.bin': strToU8('x'), '../far.bin': strToU8('x') });
      return pick(
        [Buffer.from(zip), brotliCompressSync(tar), Buffer.from('<html>'), Buffer.alloc(0)],
        random,
      );
    }
    case 5:
      if (chance(0.1, random)) return zeros(40);
      return Buffer.concat([gzipSync(tar), changedBytes(gzipSync(tar), random)]);
    default:
      return gzipSync(tar);
  }
}

/** Unpacks an archive that lies in a data root, and looks at everything that is there then. */
async function fetched(remote: Remote, root: string): Promise<void> {
  const around = path.dirname(root);
  const { place } = await fetchRemote(remote, root, { patience: 1000, pause: 1 });
  holds(path.relative(root, place) === remote.to, `it is in ${place}`);
  holds((await readdir(around)).join() === path.basename(root), 'files beside the data root');
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const where = path.relative(root, path.join(entry.parentPath, entry.name));
    holds(entry.isFile() || entry.isDirectory(), `${where} is no file`);
    const known = where.startsWith(remote.to) || where === ARCHIVE;
    holds(entry.isDirectory() || known, `${where}: a file beside the data`);
  }
}

export const archives: Kind = {
  count: 400,
  async open() {
    return async (random, folder) => {
      const set = pick(sets, random);
      const root = path.join(folder, 'root');
      await mkdir(root);
      const bytes = archive(set, path.join(path.dirname(folder), 'far'), random);
      await writeFile(path.join(root, ARCHIVE), bytes);
      const remote: Remote = {
        ...remotes[set]!,
        // no server is asked for an archive that is there already
        url: `http://127.0.0.1:9/${ARCHIVE}`,
        digest: { algorithm: 'sha256', begins: createHash('sha256').update(bytes).digest('hex') },
      };
      return { names: [ARCHIVE], act: () => fetched(remote, root) };
    };
  },
};
