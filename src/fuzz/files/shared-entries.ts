// Makes of a zip archive one whose directory lists the same bytes again and again, under other names.

const DIRECTORY = 0x02014b50;
const END = 0x06054b50;

/** An archive with its last entry listed so many times more. */
export function sharedEntries(archive: Buffer, times: number): Buffer {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0 || archive.readUInt32LE(end) !== END) throw new Error('not a zip archive');
  const from = archive.readUInt32LE(end + 16);
  const directory = archive.subarray(from, end);
  const last = directory.lastIndexOf(Buffer.from('PK\x01\x02', 'latin1'));
  if (directory.readUInt32LE(last) !== DIRECTORY) throw new Error('not a zip archive');
  const entry = directory.subarray(last);
  const copies = Array.from({ length: times }, (_, i) => {
    const copy = Buffer.from(entry);
    copy.write(String(i).padStart(5, '0'), 46, 'latin1');
    return copy;
  });
  const tail = Buffer.from(archive.subarray(end));
  const count = Math.min(0xffff, tail.readUInt16LE(8) + times);
  tail.writeUInt16LE(count, 8);
  tail.writeUInt16LE(count, 10);
  tail.writeUInt32LE(directory.length + times * entry.length, 12);
  return Buffer.concat([archive.subarray(0, from), directory, ...copies, tail]);
}
