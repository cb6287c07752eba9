// A server on this machine that does what servers and networks do: stalls, closes early, sends something
// else, knows no parts.
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';

/** The file that is served. */
export const content = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** Answers one request; `from` is where the part that is asked for begins. */
export type Answer = (response: ServerResponse, from: number) => void;

export const whole: Answer = (response) => {
  response.writeHead(200, { 'content-length': content.length }).end(content);
};
export const rest: Answer = (response, from) => {
  if (from === 0) return whole(response, 0);
  if (from >= content.length) return void response.writeHead(416).end();
  response.writeHead(206, {
    'content-length': content.length - from,
    'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
  });
  response.end(content.subarray(from));
};
/** Sends some bytes of what was asked for, and then does something else. */
export const some =
  (count: number, then: (response: ServerResponse) => void): Answer =>
  (response, from) => {
    if (from === 0) response.writeHead(200, { 'content-length': content.length });
    else
      response.writeHead(206, {
        'content-length': content.length - from,
        'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
      });
    response.write(content.subarray(from, from + count), () => then(response));
  };
export const closes = some(50_000, (response) => response.socket!.end());
export const stalls = some(50_000, () => {});
/** Sends everything with a pause in the middle, so that others begin meanwhile. */
export const slowly: Answer = (response) => {
  response.writeHead(200, { 'content-length': content.length });
  response.write(content.subarray(0, 150_000), () =>
    setTimeout(() => response.end(content.subarray(150_000)), 300),
  );
};
export const nothing: Answer = (response) => response.destroy();
export const says =
  (status: number): Answer =>
  (response) => {
    response.writeHead(status).end();
  };

/** A server for the tests of a file: its address, the answers it is to give, and where the parts it was asked for began. */
export function useServer(): {
  url: () => string;
  answer: (...given: Answer[]) => void;
  asked: () => readonly number[];
} {
  let answers: Answer[] = [];
  let asked: number[] = [];
  const server = createServer((request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    asked.push(from);
    // the last answer is given again and again
    (answers.length > 1 ? answers.shift()! : answers[0]!)(response, from);
  });
  beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked = [];
  });
  return {
    url: () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/file.pth`,
    answer: (...given) => {
      answers = given;
    },
    asked: () => asked,
  };
}
