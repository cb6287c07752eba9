// What a run writes beside its rows when the config asks for it: a trace of every evaluated iterate, the
// kept iterates themselves, as numbers and as pictures, and the saliency maps.
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { encodeNpy } from '../data/npy.js';
import { encodePng } from '../data/picture.js';
import type { Size } from '../data/resize.js';
import type { CellResult } from './cells.js';
import { readIfThere, writeWhole } from './files.js';
import { cellKey } from './plan.js';
import { type ResultRow, traceColumns } from './results.js';
import { formatRows, headerOf } from './table.js';

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

/** Adds the lines of one cell. */
export async function appendTrace(file: string, { trace }: CellResult): Promise<void> {
  // in one go: long texts appended at the same time would be mixed
  appendFileSync(file, formatRows(trace, traceColumns));
}

/** Longest name, without the endings, that every file system takes. */
const LONGEST = 200;

/** A file name made of words that may hold any characters; no two lists of words have the same. */
export function fileName(...words: readonly string[]): string {
  const name = words.map((w) => w.replace(/[^\w.-]/g, '_')).join('+');
  if (name === words.join('+') && name.length <= LONGEST) return name;
  const digest = createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, 16);
  return `${name.slice(0, LONGEST)}+${digest}`;
}

/**
 * Writes the kept iterates of a cell to `perturbed`, float32 numbers [3,H,W] and a rounded picture of each, and
 * to `maps` their maps and the clean image's, float32 [H,W].
 * @param folder the run's
 */
export async function saveKept(
  folder: string,
  row: ResultRow,
  { kept, cleanMap }: CellResult,
  { height, width }: Size,
): Promise<void> {
  const [images, maps] = [path.join(folder, 'perturbed'), path.join(folder, 'maps')];
  for (const made of [images, maps]) await mkdir(made, { recursive: true });
  const saveMap = (name: string, map: Float32Array) =>
    writeWhole(path.join(maps, `${name}.npy`), encodeNpy(map, [height, width]));
  if (cleanMap !== undefined) await saveMap(fileName(row.image, row.method), cleanMap);
  for (const { select, x, map } of kept) {
    const name = fileName(
      row.image,
      row.method,
      row.attack,
      String(row.epsilon),
      ...(select === '' ? [] : [select]),
    );
    await writeWhole(path.join(images, `${name}.npy`), encodeNpy(x, [3, height, width]));
    await writeWhole(path.join(images, `${name}.png`), await encodePng(x, height, width));
    await saveMap(name, map);
  }
}
