// Files of weights put together by hand.
import { writeFile } from 'node:fs/promises';
import { zipSync } from 'fflate';
import { expect } from 'vitest';
import { refusal } from '../../testing/files.js';
import { readWeights } from '../read.js';

/** What is said of a file of these bytes, without the file's name. It is one line, and not a long one. */
export async function refusalOf(file: string, bytes: Uint8Array | string): Promise<string> {
  await writeFile(file, bytes);
  const message = await refusal(readWeights(file));
  expect(message.startsWith(`${file}: `)).toBe(true);
  const said = message.slice(file.length + 2);
  expect(said).not.toMatch(/\p{Cc}/u);
  expect(said.length).toBeLessThan(700);
  return said;
}

/** A pickle of protocol 2 put together by hand. */
export const pickle = (...parts: readonly (string | Buffer)[]) =>
  Buffer.concat([
    Buffer.from('\x80\x02', 'latin1'),
    ...parts.map((p) => (typeof p === 'string' ? Buffer.from(p, 'latin1') : p)),
    Buffer.from('.'),
  ]);
export const archive = (data: Uint8Array, more: Record<string, Uint8Array> = {}) =>
  zipSync({ 'a/data.pkl': data, ...more }, { level: 0 });
export const text = (word: string) => `X${String.fromCharCode(word.length)}\0\0\0${word}`;

/** A pickled dict { x: tensor } with a storage of `count` floats. */
export const tensorPickle = (count: number, offset: number, shape: string, strides: string) =>
  pickle(
    '}',
    text('x'),
    'ctorch._utils\n_rebuild_tensor_v2\n(',
    `(${text('storage')}ctorch\nFloatStorage\n${text('0')}${text('cpu')}K${String.fromCharCode(count)}tQ`,
    `K${String.fromCharCode(offset)}(${shape}t(${strides}t\x89}tRs`,
  );
export const four = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);
