// Downloads a file so that nothing is lost and nothing is believed: what has arrived stays in a file
// beside the target, the next attempt asks for the rest, and only a file whose hash is the publisher's
// gets the target's name.
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import path from 'node:path';
import { messageOf } from '../errors.js';
import { makeFolder } from '../folder.js';
import type { Digest } from './registry.js';

/** A download that did not come to its end, in one line. */
export class DownloadError extends Error {}

export interface DownloadOptions {
  /** Called with the bytes that are there so far, and of how many where the server says so. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte after which a connection counts as dead (default 30,000). */
  readonly patience?: number;
  /** Milliseconds before a next attempt (default 1,000). */
  readonly pause?: number;
}

/** Attempts in a row that bring nothing. */
const ATTEMPTS = 3;

const sizeOf = (file: string): Promise<number> =>
  stat(file).then(
    (s) => s.size,
    () => 0,
  );

/** A server's refusal, which another attempt would meet again. */
class Refused extends Error {}

/** Why a request failed, as far down as it is said. */
function reason(error: unknown): string {
  const { cause, code } = error as { cause?: unknown; code?: string };
  if (cause instanceof Error) return reason(cause);
  return messageOf(error) || (code ?? 'the connection failed');
}

const REDIRECTIONS = 5;

/** A server's answer, once it has begun; redirections are followed. */
async function answerOf(
  url: string,
  options: RequestOptions,
  followed = 0,
): Promise<IncomingMessage> {
  const { get } = url.startsWith('https:') ? https : http;
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, options, resolve).on('error', reject);
  });
  const { statusCode = 0, headers } = response;
  if (statusCode < 300 || statusCode >= 400 || headers.location === undefined) return response;
  response.resume();
  if (followed === REDIRECTIONS) throw new Refused('the server redirects again and again');
  return answerOf(new URL(headers.location, url).href, options, followed + 1);
}

/** Appends to a file all that comes, at once, so that nothing is lost when no more comes. */
const append = (response: IncomingMessage, file: number, onChunk: (size: number) => void) =>
  new Promise<void>((resolve, reject) => {
    response
      .on('data', (chunk: Buffer) => {
        try {
          writeFileSync(file, chunk);
          onChunk(chunk.length);
        } catch (error) {
          response.destroy(error as Error);
        }
      })
      .on('end', resolve)
      .on('error', reject)
      .on('close', () => reject(new Error('the connection was closed early')));
  });

/** One attempt: asks for what is missing and appends it. Gives whether the file has its whole length. */
async function attempt(
  url: string,
  part: string,
  { onProgress, signal, patience = 30_000 }: DownloadOptions,
): Promise<boolean> {
  const there = await sizeOf(part);
  const dead = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => dead.abort(new Error(`nothing came for ${patience / 1000} s`)),
      patience,
    );
  };
  alive();
  try {
    const response = await answerOf(url, {
      headers: there > 0 ? { Range: `bytes=${there}-` } : {},
      signal: AbortSignal.any([dead.signal, ...(signal === undefined ? [] : [signal])]),
    });
    const { statusCode: status = 0, headers } = response;
    const resumed = status === 206;
    if (status !== 200 && !resumed) {
      response.resume();
      // there is nothing behind what is there: its hash will tell
      if (status === 416) return true;
      const answered = `the server answered ${status}`;
      throw status >= 500 ? new Error(answered) : new Refused(answered);
    }
    if (resumed && !headers['content-range']?.startsWith(`bytes ${there}-`)) {
      response.destroy();
      throw new Refused('the server sent another part than it was asked for');
    }
    // a server that knows no parts sends everything
    let done = resumed ? there : 0;
    const length = headers['content-length'];
    const total = length === undefined ? undefined : done + Number(length);
    // without a pause: what comes and goes before anyone listens is lost
    const file = openSync(part, resumed ? 'a' : 'w');
    try {
      await append(response, file, (size) => {
        alive();
        done += size;
        onProgress?.(done, total);
      });
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    return total === undefined || done === total;
  } catch (error) {
    throw dead.signal.aborted ? dead.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** The hash of a file, in hexadecimal. */
async function hashOf(file: string, algorithm: Digest['algorithm']): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Downloads a file to a place, going on from what an earlier download left there.
 * Throws a DownloadError of one line when the server is not reached, refuses, or sends something else
 * than the publisher's file; what arrived of it is kept but in the last case. Throws the signal's
 * reason when it is aborted.
 */
export async function download(
  url: string,
  target: string,
  digest: Digest,
  options: DownloadOptions = {},
): Promise<void> {
  const part = `${target}.part`;
  await makeFolder(path.dirname(target));
  for (let fruitless = 0; ; ) {
    const before = await sizeOf(part);
    let failure = 'the connection was closed early';
    try {
      if (await attempt(url, part, options)) break;
    } catch (error) {
      options.signal?.throwIfAborted();
      failure = reason(error);
      if (error instanceof Refused) throw new DownloadError(`${url}: ${failure}`);
    }
    fruitless = (await sizeOf(part)) > before ? 0 : fruitless + 1;
    if (fruitless === ATTEMPTS) {
      const kept = (await sizeOf(part)) > 0;
      throw new DownloadError(
        `${url}: ${failure}; ${
          kept
            ? 'what has arrived is kept; run the same command again to resume'
            : `expected a network on which ${new URL(url).host} is reached`
        }`,
      );
    }
    await sleep(options.pause ?? 1000);
  }
  const hash = await hashOf(part, digest.algorithm);
  if (!hash.startsWith(digest.begins)) {
    await rm(part);
    throw new DownloadError(
      `${url}: what arrived has ${digest.algorithm} ${hash.slice(0, digest.begins.length)}, expected ${digest.begins}; it is deleted; run the same command again to start over`,
    );
  }
  await rename(part, target);
}
