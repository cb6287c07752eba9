// Downloads from a server that stalls, closes early, sends something else, knows no parts, or is not there,
// and what is made of archives.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { models } from '../model/index.js';
import { refusal, useFolder } from '../testing/files.js';
import { type DownloadOptions, download } from './download.js';
import { fetchRemote, remoteOf } from './fetch.js';
import { leftOut, type Remote, remotes } from './registry.js';
import { archiveOf, remoteArchive } from './testing/archive.js';
import {
  type Answer,
  closes,
  content,
  nothing,
  rest,
  says,
  sha256,
  some,
  stalls,
  useServer,
  whole,
} from './testing/server.js';

const at = useFolder();
const server = useServer();
const digest = { algorithm: 'sha256', begins: sha256(content).slice(0, 8) } as const;
const quick: DownloadOptions = { patience: 1500, pause: 1 };

const source = () => ({ url: server.url(), size: content.length, digest });
const target = () => at('weights', 'file.pth');
const fetched = (...given: Answer[]) => {
  server.answer(...given);
  return download(source(), target(), quick);
};
const left = async () => (await readdir(at('weights'))).sort();

describe('a download', () => {
  const ends: [string, Answer[], number[]][] = [
    ['in one piece', [rest], [0]],
    ['from a server that closes twice', [closes, closes, rest], [0, 50_000, 100_000]],
    ['from a server that stalls', [stalls, rest], [0, 50_000]],
    ['from a server that is busy', [says(503), nothing, rest], [0, 0, 0]],
    ['from a server that knows no parts', [closes, whole], [0, 50_000]],
  ];
  it.each(ends)('%s is the file', async (_, given, from) => {
    await fetched(...given);
    expect(content.equals(await readFile(target()))).toBe(true);
    expect(await left()).toEqual(['file.pth']);
    expect(server.asked()).toEqual(from);
  });

  it('follows redirections', async () => {
    const elsewhere: Answer = (response) => {
      response.writeHead(302, { location: '/elsewhere/file.pth' }).end();
    };
    await fetched(elsewhere, rest);
    expect(await left()).toEqual(['file.pth']);
  });

  it('goes on from what an earlier command left', async () => {
    await mkdir(at('weights'));
    await writeFile(`${target()}.part`, content.subarray(0, 299_999));
    await fetched(rest);
    expect(server.asked()).toEqual([299_999]);
    expect(content.equals(await readFile(target()))).toBe(true);
  });

  it('that was whole already is only checked', async () => {
    await mkdir(at('weights'));
    await writeFile(`${target()}.part`, content);
    await fetched(rest);
    expect(await left()).toEqual(['file.pth']);
  });

  it('tells how far it is', async () => {
    const seen: (number | undefined)[][] = [];
    server.answer(closes, rest);
    await download(source(), target(), {
      ...quick,
      onProgress: (...told) => seen.push(told),
    });
    expect(seen.at(-1)).toEqual([content.length, content.length]);
    expect(seen.every(([done], i) => i === 0 || done! >= seen[i - 1]![0]!)).toBe(true);
  });
});

describe('a download fails in one line', () => {
  const message = (...given: Answer[]) =>
    fetched(...given).then(
      () => expect.fail('it came to its end'),
      (error: Error) => error.message,
    );

  it('when something else arrives, and keeps nothing of it', async () => {
    const other: Answer = (response) => response.end(Buffer.alloc(100));
    expect(await message(other)).toBe(
      `${server.url()}: what arrived has sha256 ${sha256(Buffer.alloc(100)).slice(0, 8)}, expected ${digest.begins}; it is deleted; run the same command again to start over`,
    );
    expect(await left()).toEqual([]);
  });

  it('when an earlier part is of something else', async () => {
    await mkdir(at('weights'));
    await writeFile(`${target()}.part`, Buffer.alloc(1000));
    expect(await message(rest)).toContain(
      'it is deleted; run the same command again to start over',
    );
    expect(await left()).toEqual([]);
    await fetched(rest);
    expect(await left()).toEqual(['file.pth']);
  });

  it('when the server stays silent, and keeps what there is', async () => {
    expect(
      await message(
        closes,
        some(0, () => {}),
      ),
    ).toBe(
      `${server.url()}: nothing came for 1.5 s; what has arrived is kept; run the same command again to resume`,
    );
    expect(server.asked()).toEqual([0, 50_000, 50_000, 50_000]);
    expect((await readFile(`${target()}.part`)).length).toBe(50_000);
    expect(await left()).toEqual(['file.pth.part']);
  });

  it('when the server refuses, without asking again', async () => {
    expect(await message(says(404))).toBe(`${server.url()}: the server answered 404`);
    expect(server.asked()).toEqual([0]);
  });

  it('when the server redirects without end', async () => {
    const round: Answer = (response) => {
      response.writeHead(302, { location: '/file.pth' }).end();
    };
    expect(await message(round)).toBe(`${server.url()}: the server redirects again and again`);
  });

  it('when another part comes than was asked for', async () => {
    const shifted: Answer = (response) => {
      response.writeHead(206, { 'content-range': 'bytes 7-9/10' }).end('abc');
    };
    expect(await message(closes, shifted)).toContain('another part than it was asked for');
  });

  it('without a network', async () => {
    const unreached = 'http://nowhere.invalid/file.pth';
    const error = await download({ ...source(), url: unreached }, target(), quick).catch(
      (e: Error) => e,
    );
    expect((error as Error).message).toMatch(
      /^http:\/\/nowhere\.invalid\/file\.pth: getaddrinfo .+; expected a network on which nowhere\.invalid is reached$/,
    );
  });

  it('when it is interrupted, and keeps what there is', async () => {
    const controller = new AbortController();
    server.answer(stalls);
    const work = download(source(), target(), {
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('stopped')),
    });
    await expect(work).rejects.toThrow('stopped');
    expect(await left()).toEqual(['file.pth.part']);
  });
});

/** A remote archive that the server gives out. */
const served = (name: string, bytes: Buffer): Remote => {
  server.answer((response) => response.end(bytes));
  return remoteArchive(name, bytes, server.url());
};

describe('an archive becomes a folder', () => {
  it('with the batches of CIFAR-10 and nothing else', async () => {
    const bytes = await archiveOf(at(), {
      'cifar-10-batches-bin/data_batch_1.bin': 'one',
      'cifar-10-batches-bin/test_batch.bin': 'test',
      'cifar-10-batches-bin/readme.html': 'no',
    });
    const { place, before } = await fetchRemote(served('cifar-10', bytes), at('root'), quick);
    expect([place, before]).toEqual([at('root', 'cifar-10-batches-bin'), false]);
    expect((await readdir(place)).sort()).toEqual(['data_batch_1.bin', 'test_batch.bin']);
    expect(await readFile(path.join(place, 'test_batch.bin'), 'utf8')).toBe('test');
    expect(await readdir(at('root'))).toEqual(['cifar-10-batches-bin']);
  });

  it('with 500 photographs of each class for training and 100 for testing, by name', async () => {
    const photographs = ['roses', 'sunflowers', 'tulips'].flatMap((name) =>
      Array.from({ length: 601 }, (_, i) => {
        const file = `${String(i).padStart(3, '0')}.jpg`;
        return [`flower_photos/${name}/${file}`, `${name} ${i}`] as const;
      }),
    );
    const bytes = await archiveOf(at(), Object.fromEntries(photographs));
    const { place } = await fetchRemote(served('flowers', bytes), at('root'), quick);
    expect((await readdir(place)).sort()).toEqual(['test', 'train']);
    for (const name of ['roses', 'sunflowers']) {
      const train = (await readdir(path.join(place, 'train', name))).sort();
      expect([train.length, train[0], train.at(-1)]).toEqual([500, '000.jpg', '499.jpg']);
      const test = (await readdir(path.join(place, 'test', name))).sort();
      expect([test.length, test[0], test.at(-1)]).toEqual([100, '500.jpg', '599.jpg']);
      expect(await readFile(path.join(place, 'test', name, '599.jpg'), 'utf8')).toBe(`${name} 599`);
    }
    expect(await readdir(path.join(place, 'train'))).not.toContain('tulips');
  });

  it('only if it holds what is expected', async () => {
    const bytes = await archiveOf(at(), { 'other.html': 'no' });
    await expect(fetchRemote(served('cifar-10', bytes), at('root'), quick)).rejects.toThrow(
      'none of the expected files is in it',
    );
    expect(await readdir(at('root'))).not.toContain('cifar-10-batches-bin');
  });
});

describe('names', () => {
  it('that are not known are a mistake that lists those that are', async () => {
    const known =
      'squeezenet1_1-torchvision, resnet18, vgg16, alexnet, densenet121, inception_v3, cifar-10, flowers';
    expect(await refusal(Promise.resolve().then(() => remoteOf('resnet50')))).toBe(
      `fetch: resnet50: expected one of ${known}`,
    );
    for (const [name, why] of Object.entries(leftOut))
      expect(await refusal(Promise.resolve().then(() => remoteOf(name)))).toBe(
        `fetch: ${name}: ${why}; expected one of ${known}`,
      );
  });

  it.each(Object.entries(remotes).filter(([, { to }]) => to.startsWith('weights')))(
    '%s is a model, and its file is named by its hash',
    (name, { url, digest, to }) => {
      expect(Object.keys(models)).toContain(name);
      expect(url).toContain(`-${digest.begins}.pth`);
      expect(digest).toMatchObject({
        algorithm: 'sha256',
        begins: expect.stringMatching(/^\w{8}$/),
      });
      expect(to).toBe(path.join('weights', `${name}.pth`));
    },
  );
});
