// What a run writes beside its rows when the config asks for it: a trace of every evaluated iterate, and the
// kept iterates themselves, as numbers and as pictures.
import { appendFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { encodeNpy } from '../data/npy.js';
import { encodePng } from '../data/picture.js';
import type { CellResult } from './cells.js';
import { readIfThere, writeWhole } from './files.js';
import { cellKey } from './plan.js';
import { formatRows, headerOf, type ResultRow, traceColumns } from './results.js';

/** Begins trace.csv, or keeps of an earlier one the lines of finished cells. */
export async function openTrace(file: string, done: ReadonlySet<string>): Promise<void> {
  const text = (await readIfThere(file)) ?? '';
  const whole: Record<string, string>[] = parse(text.slice(0, text.lastIndexOf('\n') + 1), {
    columns: true,
    relax_column_count: true,
  });
  const kept = whole.filter((r) =>
    done.has(
      cellKey({
        image: r.image ?? '',
        method: r.method ?? '',
        attack: r.attack ?? '',
        epsilon: Number(r.epsilon),
      }),
    ),
  );
  await writeWhole(file, headerOf(traceColumns) + formatRows(kept, traceColumns));
}

export const appendTrace = (file: string, { trace }: CellResult): Promise<void> =>
  appendFile(file, formatRows(trace, traceColumns));

/** A file name made of words that may hold any characters. */
const fileName = (...words: readonly string[]): string =>
  words.map((w) => w.replace(/[^A-Za-z0-9.]+/g, '_')).join('-');

/** Writes the kept iterates of a cell: float32 numbers [3,H,W] and a rounded picture of each. */
export async function saveKept(
  folder: string,
  row: ResultRow,
  { kept }: CellResult,
  size: { height: number; width: number },
): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const { select, x } of kept) {
    const name = fileName(
      row.image,
      row.method,
      row.attack,
      String(row.epsilon),
      ...(select === '' ? [] : [select]),
    );
    await writeWhole(path.join(folder, `${name}.npy`), encodeNpy(x, [3, size.height, size.width]));
    await writeWhole(path.join(folder, `${name}.png`), await encodePng(x, size.height, size.width));
  }
}
