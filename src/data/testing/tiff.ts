// TIFF files written by hand, of kinds of pixels that sharp does not write.

/** The tag SampleFormat. */
const kinds = { whole: 1, signed: 2, float: 3 } as const;

export interface Tiff {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly bits: 8 | 16 | 32;
  readonly kind: keyof typeof kinds;
  /** Row by row, channels last; may be fewer than the picture needs. */
  readonly values: readonly number[];
}

function encoded({ bits, kind, values }: Tiff): Buffer {
  const bytes = bits / 8;
  const data = Buffer.alloc(bytes * values.length);
  values.forEach((v, i) => {
    if (kind === 'float') data.writeFloatLE(v, bytes * i);
    else if (kind === 'signed') data.writeIntLE(v, bytes * i, bytes);
    else data.writeUIntLE(v, bytes * i, bytes);
  });
  return data;
}

/** A TIFF file of one strip: gray for one channel, RGB from three on. */
export function tiffOf(tiff: Tiff): Buffer {
  const { height, width, channels, bits, kind } = tiff;
  const data = encoded(tiff);
  const [SHORT, LONG] = [3, 4];
  const each = (value: number) => Array.from({ length: channels }, () => value);
  const color = channels < 3 ? 1 : 3;
  const tags: [tag: number, type: number, values: number[]][] = [
    [256, LONG, [width]],
    [257, LONG, [height]],
    [258, SHORT, each(bits)],
    [259, SHORT, [1]],
    [262, SHORT, [channels < 3 ? 1 : 2]],
    [273, LONG, [0]],
    [277, SHORT, [channels]],
    [278, LONG, [height]],
    [279, LONG, [data.length]],
    ...(channels > color ? [[338, SHORT, each(0).slice(color)] as [number, number, number[]]] : []),
    [339, SHORT, each(kinds[kind])],
  ];
  const behind = 10 + 12 * tags.length + 4;
  const head = Buffer.alloc(behind + 16 * tags.length);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8, 4);
  head.writeUInt16LE(tags.length, 8);
  tags.forEach(([tag, type, values], i) => {
    const entry = 10 + 12 * i;
    head.writeUInt16LE(tag, entry);
    head.writeUInt16LE(type, entry + 2);
    head.writeUInt32LE(values.length, entry + 4);
    const bytes = type === SHORT ? 2 : 4;
    const place = bytes * values.length > 4 ? behind + 16 * i : entry + 8;
    if (place > entry + 8) head.writeUInt32LE(place, entry + 8);
    for (const [n, value] of (tag === 273 ? [head.length] : values).entries())
      head.writeUIntLE(value, place + bytes * n, bytes);
  });
  return Buffer.concat([head, data]);
}
