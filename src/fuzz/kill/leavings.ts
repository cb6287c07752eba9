// What a command left in its folder, but for times, and how that differs from what another left.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';

/** Columns of tables and fields of records that are times. */
const times: readonly string[] = ['seconds', 'modified', 'start', 'end', 'secondsPerEpoch'];

const timeless: Readonly<Record<string, (bytes: Buffer) => string>> = {
  '.csv': (bytes) => {
    const rows: Record<string, string>[] = parse(bytes, { columns: true });
    return stringify(
      rows.map((row) =>
        Object.fromEntries(Object.entries(row).filter(([key]) => !times.includes(key))),
      ),
      { header: true },
    );
  },
  '.json': (bytes) =>
    JSON.stringify(JSON.parse(bytes.toString()), (key, value) => {
      // a time stays a time, or none
      if (times.includes(key)) return value === null ? null : 'time';
      return key === 'output' ? 'folder' : value;
    }),
};

/** The files below a folder, by their paths, without times. */
export async function leavingsOf(folder: string): Promise<Map<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const all = new Map<string, string>();
  for (const file of files) {
    const bytes = await readFile(file);
    const name = path.relative(folder, file);
    all.set(name, timeless[path.extname(file)]?.(bytes) ?? bytes.toString('latin1'));
  }
  return all;
}

/** The first line in which two texts differ. */
function differingLine(a: string, b: string): string {
  const [left, right] = [a.split('\n'), b.split('\n')];
  const at = left.findIndex((line, i) => line !== right[i]);
  const shown = (line: string | undefined) => JSON.stringify(line?.slice(0, 200) ?? null);
  return `${left.length} and ${right.length} lines; line ${at + 1} is ${shown(right[at])}, expected ${shown(left[at])}`;
}

/** The first difference of what was left from what was expected; undefined if there is none. */
export function difference(
  expected: ReadonlyMap<string, string>,
  left: ReadonlyMap<string, string>,
): string | undefined {
  for (const name of left.keys()) if (!expected.has(name)) return `left ${name}`;
  for (const [name, content] of expected) {
    const there = left.get(name);
    if (there === undefined) return `lacks ${name}`;
    if (there !== content) return `${name} differs: ${differingLine(content, there)}`;
  }
  return undefined;
}
