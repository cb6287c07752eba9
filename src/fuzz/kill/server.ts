// A server on this machine that sends a file slowly, and parts of it when it is asked for them.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SlowServer {
  readonly url: string;
  close(): void;
}

/** Pieces in which a file is sent, and milliseconds between them. */
const PIECES = 20;
const PAUSE = 25;

/** Serves files by their names. */
export async function serve(files: Readonly<Record<string, Buffer>>): Promise<SlowServer> {
  const send = async (request: IncomingMessage, response: ServerResponse) => {
    const content = files[request.url!.slice(1)]!;
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from > 0 && from >= content.length) return void response.writeHead(416).end();
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': content.length - from,
      ...(from > 0
        ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` }
        : {}),
    });
    const piece = Math.ceil(content.length / PIECES);
    for (let at = from; at < content.length && !response.destroyed; at += piece) {
      response.write(content.subarray(at, at + piece));
      await new Promise((resolve) => setTimeout(resolve, PAUSE));
    }
    response.end();
  };
  const server = createServer((request, response) => void send(request, response));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
