// Archives that are not the publisher's, are damaged, unpack to far more than they should, or are unpacked at once.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { refusal, useFolder } from '../testing/files.js';
import { DownloadError, type DownloadOptions } from './download.js';
import { fetchRemote } from './fetch.js';
import type { Remote } from './registry.js';
import { archiveOf, remoteArchive } from './testing/archive.js';
import { sha256, useServer } from './testing/server.js';

const at = useFolder();
const server = useServer();
const quick: DownloadOptions = { patience: 1500, pause: 1 };
const folder = () => at('root', 'cifar-10-batches-bin');
const left = async () => (await readdir(at('root'))).sort();

let bytes: Buffer;
let remote: Remote;
/** Serves some bytes as the archive of CIFAR-10. */
function serve(served: Buffer, size = served.length): void {
  server.answer((response) => response.end(served));
  remote = { ...remoteArchive('cifar-10', served, server.url()), size };
}
beforeEach(async () => {
  await mkdir(at('root'));
  bytes = await archiveOf(at(), { 'cifar-10-batches-bin/test_batch.bin': 'test' });
  serve(bytes, 100_000);
});

describe('an archive that is in the data root', () => {
  it('is unpacked, and stays, if it is the publisher’s', async () => {
    await writeFile(at('root', 'archive.tgz'), bytes);
    expect(await fetchRemote(remote, at('root'), quick)).toEqual({
      place: folder(),
      before: false,
    });
    expect(await readdir(folder())).toEqual(['test_batch.bin']);
    expect(await left()).toEqual(['archive.tgz', 'cifar-10-batches-bin']);
    expect(server.asked()).toEqual([]);
  });

  it('is refused if it is not, and stays', async () => {
    const other = await archiveOf(at(), { 'cifar-10-batches-bin/test_batch.bin': 'other' });
    await writeFile(at('root', 'archive.tgz'), other);
    expect(await refusal(fetchRemote(remote, at('root'), quick))).toBe(
      `${at('root', 'archive.tgz')}: it has sha256 ${sha256(other)}, expected the publisher's archive with ${sha256(bytes)}; remove it, and fetch brings that one`,
    );
    expect(await left()).toEqual(['archive.tgz']);
  });
});

it('zeros behind an archive are not read', async () => {
  const long = gzipSync(Buffer.concat([gunzipSync(bytes), Buffer.alloc(60_000_000)]));
  serve(long, 40_000_000);
  expect((await fetchRemote(remote, at('root'), quick)).place).toBe(folder());
  expect(await readdir(folder())).toEqual(['test_batch.bin']);
});

describe('one line, and no folder', () => {
  async function message(): Promise<string> {
    const error = await fetchRemote(remote, at('root'), quick).then(
      () => expect.fail('it came to its end'),
      (e: Error) => e,
    );
    expect(error).toBeInstanceOf(DownloadError);
    expect(error.message).not.toContain('\n');
    expect(await left()).toEqual(['archive.tgz']);
    return error.message;
  }

  it('for a few bytes that become many', async () => {
    const file = { 'cifar-10-batches-bin/test_batch.bin': '0'.repeat(10_000_000) };
    serve(await archiveOf(at(), file), 1_000_000);
    expect(await message()).toBe(
      `${at('root', 'archive.tgz')}: it unpacks to more than 2000000 bytes, expected fewer`,
    );
  });

  it.each<[string, (whole: Buffer) => Buffer, string]>([
    [
      'for one that is cut',
      (whole) => whole.subarray(0, whole.length - 20),
      'archive.tgz: not a whole archive: unexpected end of file',
    ],
    ['for one that is damaged', (whole) => Buffer.from(whole).fill(255, 60, 90), ''],
    [
      'for something else',
      () => Buffer.from('<!DOCTYPE html>'),
      'archive.tgz: not a whole archive: incorrect header check',
    ],
    [
      'for one whose second file is damaged',
      (whole) => {
        const tar = gunzipSync(whole);
        // many files, so that some still arrive when the damage is found
        const [file, end] = [tar.subarray(0, 1024), tar.subarray(1024)];
        const damaged = Buffer.from(file).fill('x', 0, 9);
        return gzipSync(Buffer.concat([...Array<Buffer>(90).fill(file), damaged, end]));
      },
      'archive.tgz: not a whole archive: TAR_ENTRY_INVALID: checksum failure',
    ],
    [
      'for packed text',
      () => gzipSync('text '.repeat(1000)),
      'none of the expected files is in it',
    ],
    ['for a packed archive', (whole) => gzipSync(whole), 'it is packed twice'],
  ])('%s', async (_, change, why) => {
    serve(change(bytes), 100_000);
    expect(await message()).toContain(why);
  });
});

it('fetches at once make one folder, and leave nothing else', async () => {
  const ended = await Promise.all([1, 2, 3].map(() => fetchRemote(remote, at('root'), quick)));
  expect(ended.map(({ place }) => place)).toEqual(Array(3).fill(folder()));
  expect(await readFile(at('root', 'cifar-10-batches-bin', 'test_batch.bin'), 'utf8')).toBe('test');
  expect(await left()).toEqual(['cifar-10-batches-bin']);
});
