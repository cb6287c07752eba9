// Servers that break the rules, downloads at once, and disks that take no more: one line, and nothing wrong is kept.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { useFolder } from '../testing/files.js';
import { DownloadError, type DownloadOptions, download } from './download.js';
import { fetchRemote } from './fetch.js';
import { remotes } from './registry.js';
import {
  type Answer,
  content,
  rest,
  says,
  sha256,
  slowly,
  some,
  useServer,
  whole,
} from './testing/server.js';

const at = useFolder();
const server = useServer();
const digest = { algorithm: 'sha256', begins: sha256(content) } as const;
const quick: DownloadOptions = { patience: 1500, pause: 1 };
const target = () => at('weights', 'file.pth');
const source = () => ({ url: server.url(), size: content.length, digest });

const fetched = (...given: Answer[]) => {
  server.answer(...given);
  return download(source(), target(), quick);
};
/** The line of a download that fails, without the address. */
async function message(...given: Answer[]): Promise<string> {
  const error = await fetched(...given).then(
    () => expect.fail('it came to its end'),
    (e: Error) => e,
  );
  expect(error).toBeInstanceOf(DownloadError);
  expect(error.message).not.toContain('\n');
  return error.message.replace(`${server.url()}: `, '');
}
const left = async () => (await readdir(at('weights'))).sort();
const isWhole = async () => content.equals(await readFile(target()));
/** A part that an earlier command left. */
async function part(bytes: Uint8Array, name = 'file.pth.part') {
  await mkdir(at('weights'), { recursive: true });
  await writeFile(at('weights', name), bytes);
}

describe('a server is refused at once', () => {
  const redirects =
    (location: string): Answer =>
    (response) => {
      response.writeHead(302, { location });
      // a body without end
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(65_536), more);
      };
      more();
    };
  it.each([
    ['that has nothing behind nothing', says(416), 'the server answered 416'],
    ['that answers without content', says(204), 'the server answered 204'],
    [
      'that redirects to another protocol',
      redirects('ftp://127.0.0.1/file.pth'),
      'the server redirects to ftp:, expected http: or https:',
    ],
    [
      'that redirects to a file',
      redirects('file:///etc/passwd'),
      'the server redirects to file:, expected http: or https:',
    ],
    [
      'that redirects to nowhere',
      redirects('http://['),
      'the server redirects to something that is no address',
    ],
    [
      'that redirects in a circle, with bodies that do not end',
      redirects('/file.pth'),
      'the server redirects again and again',
    ],
    ['that redirects without an address', says(302), 'the server answered 302'],
  ])('%s', async (_, answer, why) => {
    expect(await message(answer)).toBe(why);
    expect(await left()).toEqual([]);
  });

  it('that sends without end', async () => {
    const endless: Answer = (response) => {
      response.writeHead(200);
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(65_536), more);
      };
      more();
    };
    expect(await message(endless)).toBe(
      'the server sends more than 2 times the 300000 bytes expected; it is deleted',
    );
    expect(await left()).toEqual([]);
  });
});

describe('a server that breaks off or counts wrong', () => {
  const raw =
    (text: string): Answer =>
    (response) => {
      response.socket!.end(text);
    };
  it.each<[string, Answer]>([
    ['is no web server', raw('220 ftp ready\r\n')],
    ['gives a length that is no number', raw('HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\nabc')],
    [
      'gives two lengths',
      raw('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nabc'),
    ],
    ['cuts a chunk', raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n40\r\nabc')],
  ])('is asked again: it %s', async (_, answer) => {
    await fetched(answer, whole);
    expect(await isWhole()).toBe(true);
    expect(await left()).toEqual(['file.pth']);
  });

  it('is never believed: more comes than it said', async () => {
    const longer: Answer = (response) => {
      response.socket!.end(
        Buffer.concat([
          Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${content.length}\r\n\r\n`),
          content,
          Buffer.from('and more'),
        ]),
      );
    };
    await fetched(longer);
    expect(await isWhole()).toBe(true);
  });

  it('is never believed: less comes than there is', async () => {
    const shorter: Answer = (response) => {
      response.writeHead(200, { 'content-length': 1000 }).end(content.subarray(0, 1000));
    };
    expect(await message(shorter)).toMatch(/^what arrived has sha256 .*; it is deleted; run/);
    expect(await left()).toEqual([]);
  });

  it('is never believed: an earlier part is longer than the file', async () => {
    await part(Buffer.concat([content, Buffer.from('more')]));
    expect(await message(rest)).toMatch(/^what arrived has sha256 .*; it is deleted; run/);
    expect(server.asked()).toEqual([300_004]);
    expect(await left()).toEqual([]);
  });
});

describe('downloads of one file', () => {
  it('at once do not disturb each other, and leave nothing', async () => {
    server.answer(slowly);
    const three = [1, 2, 3].map(() => download(source(), target(), quick));
    await Promise.all(three);
    expect(server.asked()).toEqual([0, 0, 0]);
    expect(await isWhole()).toBe(true);
    expect(await left()).toEqual(['file.pth']);
  });

  it('go on with the longest part of a process that is gone, and remove the others', async () => {
    await part(content.subarray(0, 1000));
    await part(content.subarray(0, 2000), 'file.pth.999999999-0123abcd.part');
    // the number of a process may come again
    await part(content.subarray(0, 3000), `file.pth.${process.pid}-0123abcd.part`);
    await fetched(rest);
    expect(server.asked()).toEqual([3000]);
    expect(await isWhole()).toBe(true);
    expect(await left()).toEqual(['file.pth']);
  });

  it('leave the part of a process that runs, and files of other names, alone', async () => {
    const others = [
      `file.pth.${process.ppid}-0123abcd.part`,
      'file.pth.mine.part',
      'file.pth2.part',
    ];
    for (const name of others) await part(content.subarray(0, 3000), name);
    await fetched(rest);
    expect(server.asked()).toEqual([0]);
    expect(await left()).toEqual(['file.pth', ...others].sort());
  });

  it('that end early at once both keep what they have, and the longer is gone on with', async () => {
    const stop = new AbortController();
    server.answer(
      some(10_000, () => {}),
      some(50_000, () => {}),
      rest,
    );
    let arrived = 0;
    const both = [1, 2].map(() =>
      download(source(), target(), {
        ...quick,
        signal: stop.signal,
        onProgress: (done) => {
          arrived += done === 10_000 || done === 50_000 ? done : 0;
          if (arrived === 60_000) stop.abort(new Error('stopped'));
        },
      }),
    );
    for (const one of await Promise.allSettled(both)) expect(one.status).toBe('rejected');
    expect((await left()).length).toBe(2);
    await download(source(), target(), quick);
    expect(server.asked()).toEqual([0, 0, 50_000]);
    expect(await isWhole()).toBe(true);
    expect(await left()).toEqual(['file.pth']);
  });
});

describe('a disk', () => {
  const remote = () => ({ ...remotes.resnet18!, url: server.url(), size: content.length, digest });
  const refused = async (root: string) => {
    server.answer(rest);
    const error = await fetchRemote(remote(), root, quick).then(
      () => expect.fail('it came to its end'),
      (e: Error) => e,
    );
    expect(error).toBeInstanceOf(DownloadError);
    return error.message;
  };

  it.skipIf(!existsSync('/dev/full'))('that is full ends it without another attempt', async () => {
    await mkdir(at('weights'));
    await symlink('/dev/full', at('weights', 'resnet18.pth.part'));
    expect(await refused(at())).toBe(
      `${at('weights', 'resnet18.pth')}: cannot be written: no space left on the device`,
    );
    expect(server.asked()).toEqual([0]);
    expect(await left()).toEqual([]);
  });

  it('that takes no folder ends it before anything is asked', async () => {
    await writeFile(at('root'), '');
    expect(await refused(at('root'))).toBe(`${at('root')}: cannot be made: it exists already`);
    if (existsSync('/proc/self'))
      expect(await refused('/proc/fragile')).toBe(
        '/proc/fragile: cannot be made: no such file or folder',
      );
    expect(server.asked()).toEqual([]);
  });
});
