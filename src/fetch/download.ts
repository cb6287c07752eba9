// Downloads a file so that nothing is lost and nothing is believed: what has arrived stays in a file
// beside the target, the next attempt asks for the rest, and only a file whose hash is the publisher's
// gets the target's name.
import { createHash } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  writeFileSync,
} from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import http, { type IncomingMessage } from 'node:http';
import https, { type RequestOptions } from 'node:https';
import path from 'node:path';
import { messageOf } from '../errors.js';
import { makeFolder } from '../folder.js';
import { claimPart, releasePart, removeParts } from './parts.js';
import type { Digest, Remote } from './registry.js';

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

/** What is downloaded. */
export type Source = Pick<Remote, 'url' | 'size' | 'digest'>;

/** Attempts in a row that bring nothing. */
const ATTEMPTS = 3;

/** How many times its known size a file may have before it is something else. */
export const EXCESS = 2;

/** A server's refusal, which another attempt would meet again. */
class Refused extends Error {}

/** A server that sends something else, of which nothing is worth keeping. */
class Excess extends Error {}

/** A fault of the disk, which another attempt would meet again. */
class DiskFault extends Error {}

/** Why a request failed, as far down as it is said. */
function reason(error: unknown): string {
  const { cause, code } = error as { cause?: unknown; code?: string };
  if (cause instanceof Error) return reason(cause);
  return messageOf(error) || (code ?? 'the connection failed');
}

const REDIRECTIONS = 5;

/** Where a server redirects to: never from an encrypted connection to another kind. */
function redirected(from: string, location: string): string {
  const expected = from.startsWith('https:') ? ['https:'] : ['http:', 'https:'];
  let to: URL;
  try {
    to = new URL(location, from);
  } catch {
    throw new Refused('the server redirects to something that is no address');
  }
  if (!expected.includes(to.protocol))
    throw new Refused(`the server redirects to ${to.protocol}, expected ${expected.join(' or ')}`);
  return to.href;
}

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
  response.destroy();
  if (followed === REDIRECTIONS) throw new Refused('the server redirects again and again');
  return answerOf(redirected(url, headers.location), options, followed + 1);
}

/** Hands on all that comes, at once, so that nothing is lost when no more comes. */
const receive = (response: IncomingMessage, take: (chunk: Buffer) => void) =>
  new Promise<void>((resolve, reject) => {
    response
      .on('data', (chunk: Buffer) => {
        try {
          take(chunk);
        } catch (error) {
          response.destroy(error as Error);
        }
      })
      .on('end', resolve)
      .on('error', reject)
      .on('close', () => reject(new Error('the connection was closed early')));
  });

/** Changes a file on the disk. */
function onDisk(change: () => void): void {
  try {
    change();
  } catch (cause) {
    throw new DiskFault('', { cause });
  }
}

/** Whether an answer's bytes follow those that are there, or begin anew. Throws for an answer without any. */
function continues({ statusCode: status = 0, headers }: IncomingMessage, there: number): boolean {
  if (status === 200) return false;
  if (status !== 206) {
    const answered = `the server answered ${status}`;
    throw status >= 500 ? new Error(answered) : new Refused(answered);
  }
  if (!headers['content-range']?.startsWith(`bytes ${there}-`))
    throw new Refused('the server sent another part than it was asked for');
  return true;
}

/** One attempt: asks for what is missing and appends it to an open file. Gives whether that has its whole length. */
async function attempt(
  { url, size }: Source,
  file: number,
  { onProgress, signal, patience = 30_000 }: DownloadOptions,
): Promise<boolean> {
  const there = fstatSync(file).size;
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
  let response: IncomingMessage | undefined;
  try {
    response = await answerOf(url, {
      headers: there > 0 ? { Range: `bytes=${there}-` } : {},
      signal: AbortSignal.any([dead.signal, ...(signal === undefined ? [] : [signal])]),
    });
    // there is nothing behind what is there: its hash will tell
    if (response.statusCode === 416 && there > 0) return true;
    const resumed = continues(response, there);
    // a server that knows no parts sends everything
    if (!resumed && there > 0) onDisk(() => ftruncateSync(file));
    let done = resumed ? there : 0;
    const length = response.headers['content-length'];
    const total = length === undefined ? undefined : done + Number(length);
    // without a pause: what comes and goes before anyone listens is lost
    await receive(response, (chunk) => {
      if (done + chunk.length > EXCESS * size)
        throw new Excess(`the server sends more than ${EXCESS} times the ${size} bytes expected`);
      onDisk(() => writeFileSync(file, chunk));
      alive();
      done += chunk.length;
      onProgress?.(done, total);
    });
    return total === undefined || done === total;
  } catch (error) {
    throw dead.signal.aborted ? dead.signal.reason : error;
  } finally {
    clearTimeout(timer);
    response?.destroy();
  }
}

/** The hash of a file, in hexadecimal. */
async function hashOf(file: string, algorithm: Digest['algorithm']): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Attempts to bring the rest of a file, as long as they bring something. */
async function attempts(source: Source, file: number, options: DownloadOptions): Promise<void> {
  const size = () => fstatSync(file).size;
  const { url } = source;
  for (let fruitless = 0; ; ) {
    const before = size();
    let failure = 'the connection was closed early';
    try {
      if (await attempt(source, file, options)) return;
    } catch (error) {
      options.signal?.throwIfAborted();
      if (error instanceof DiskFault) throw error.cause;
      failure = reason(error);
      if (error instanceof Excess) {
        ftruncateSync(file);
        throw new DownloadError(`${url}: ${failure}; it is deleted`);
      }
      if (error instanceof Refused) throw new DownloadError(`${url}: ${failure}`);
    }
    fruitless = size() > before ? 0 : fruitless + 1;
    if (fruitless === ATTEMPTS)
      throw new DownloadError(
        `${url}: ${failure}; ${
          size() > 0
            ? 'what has arrived is kept; run the same command again to resume'
            : `expected a network on which ${new URL(url).host} is reached`
        }`,
      );
    await sleep(options.pause ?? 1000);
  }
}

/** The hash of a file as far as the publisher's goes, if the two differ. */
export async function otherHash(file: string, digest: Digest): Promise<string | undefined> {
  const hash = (await hashOf(file, digest.algorithm)).slice(0, digest.begins.length);
  return hash === digest.begins ? undefined : hash;
}

/**
 * Downloads a file to a place, going on from what an earlier download left there.
 * Throws a DownloadError of one line when the server is not reached, refuses, or sends something else
 * than the publisher's file; what arrived is kept but in the last case. Throws the signal's
 * reason when it is aborted, and Node's error when the disk is full or cannot be written.
 */
export async function download(
  source: Source,
  target: string,
  options: DownloadOptions = {},
): Promise<void> {
  const { url, digest } = source;
  await makeFolder(path.dirname(target));
  const part = await claimPart(target);
  try {
    const file = openSync(part, 'a');
    try {
      await attempts(source, file, options);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    const other = await otherHash(part, digest);
    if (other !== undefined) {
      await rm(part);
      throw new DownloadError(
        `${url}: what arrived has ${digest.algorithm} ${other}, expected ${digest.begins}; it is deleted; run the same command again to start over`,
      );
    }
    await rename(part, target);
    await removeParts(target);
  } finally {
    await releasePart(target, part);
  }
}
