// Writes tar archives, also those that no honest program writes.

export interface Member {
  readonly name: string;
  /** The type of a member: a file, a hard link, a link, a device, a folder, a pipe, or a header of the format. */
  readonly type: string;
  readonly link?: string;
  readonly body: Uint8Array;
  /** The size it claims; default that of its body. */
  readonly size?: number;
}

const BLOCK = 512;

/** The header of a member, with its check sum. */
function headerOf({ name, type, link = '', body, size = body.length }: Member): Buffer {
  const header = Buffer.alloc(BLOCK);
  const octal = (n: number, length: number) =>
    n
      .toString(8)
      .padStart(length - 1, '0')
      .slice(0, length - 1);
  header.write(name, 0, 100);
  header.write(octal(0o644, 8), 100);
  header.write(octal(0, 8), 108);
  header.write(octal(0, 8), 116);
  header.write(octal(size, 12), 124);
  header.write(octal(0, 12), 136);
  header.fill(' ', 148, 156);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 7)}\0 `, 148, 'latin1');
  return header;
}

/** Bytes of an archive. */
export const tarOf = (members: readonly Member[]): Buffer =>
  Buffer.concat([
    ...members.flatMap((member) => [
      headerOf(member),
      member.body,
      Buffer.alloc((BLOCK - (member.body.length % BLOCK)) % BLOCK),
    ]),
    Buffer.alloc(2 * BLOCK),
  ]);

/** The record of an extended header, such as a long path. */
export function extended(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length++;
  return Buffer.from(`${length} ${key}=${value}\n`);
}
