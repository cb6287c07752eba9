// labels.csv: the pictures of a set, in its order, with their labels.
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { messageOf, UserError } from '../errors.js';
import { shown } from '../shown.js';
import { readText } from './text-file.js';

export const LABELS = 'labels.csv';

/** A line of labels.csv. */
export interface LabelledFile {
  /** The picture's name below the folder. */
  readonly id: string;
  readonly label: string;
  /** File and line, for messages. */
  readonly place: string;
}

/** The names that each column may have. */
const columns = { file: ['file', 'filename'], label: ['label', 'class'] } as const;

type Row = { record: Readonly<Record<string, string>>; info: { lines: number } };

function parsed(file: string, text: string): Row[] {
  const [header = ''] = text.trimStart().split(/[\r\n]/, 1);
  const separator = header.includes(',') ? undefined : /[;\t]/.exec(header)?.[0];
  if (separator !== undefined)
    throw new UserError(
      `${file}: columns between ${separator === ';' ? 'semicolons' : 'tabs'}, expected commas: file,label`,
    );
  try {
    return parse(text, {
      columns: (names: string[]) => names.map((name) => name.toLowerCase()),
      trim: true,
      info: true,
      skip_empty_lines: true,
      skip_records_with_empty_values: true,
    });
  } catch (error) {
    throw new UserError(`${file}: not a CSV file: ${shown(messageOf(error))}`);
  }
}

/** Gives the function from a name in labels.csv to the name of the file; undefined if there is none. */
async function pathsIn(folder: string): Promise<(name: string) => Promise<string | undefined>> {
  const there = await readdir(folder, { recursive: true }).catch((error) => {
    throw new UserError(`${folder}: cannot be read: ${shown(messageOf(error))}`);
  });
  const composed = new Map(there.map((name) => [name.normalize('NFC'), name]));
  const literal = new Set(there);
  const found = async (name: string) => {
    const place = path.normalize(name);
    if (literal.has(place)) return name;
    const other = composed.get(place.normalize('NFC'));
    if (other !== undefined) return other.split(path.sep).join('/');
    // the list does not have what is behind links to folders
    const behind = await stat(path.join(folder, place)).catch(() => undefined);
    return behind === undefined ? undefined : name;
  };
  return async (name) => (await found(name)) ?? found(name.replaceAll('\\', '/'));
}

/** Whether a name leads out of the folder it is in. */
const leadsOut = (name: string): boolean => {
  const place = path.posix.normalize(name.replaceAll('\\', '/'));
  return path.win32.isAbsolute(place) || place === '..' || place.startsWith('../');
};

/**
 * Reads labels.csv of a folder; undefined if there is none.
 * Throws a UserError if it is not a CSV file with its columns, or lists what is not in the folder.
 */
export async function readLabels(folder: string): Promise<readonly LabelledFile[] | undefined> {
  const file = path.join(folder, LABELS);
  const text = await readText(file);
  if (text === undefined) return undefined;
  const rows = parsed(file, text);
  if (rows.length === 0)
    throw new UserError(`${file}: lists no pictures; expected a line file,label and one for each`);
  const header = Object.keys(rows[0]!.record);
  const columnOf = (names: readonly string[]) => names.find((name) => header.includes(name));
  const [fileColumn, labelColumn] = [columnOf(columns.file), columnOf(columns.label)];
  if (fileColumn === undefined || labelColumn === undefined)
    throw new UserError(
      `${file}: columns ${shown(header.join(', '))}, expected file,label or filename,class`,
    );
  const pathOf = await pathsIn(folder);
  const seen = new Set<string>();
  const listed: LabelledFile[] = [];
  for (const { record, info } of rows) {
    const place = `${file}:${info.lines}`;
    const [name, label] = [record[fileColumn]!, record[labelColumn]!];
    const mistake = (why: string) => new UserError(`${place}: ${why}`);
    if (/^[-+]?[\d.,]*$/.test(label) && !/^\d+$/.test(label))
      throw mistake(`label ${shown(label) || '(empty)'}, expected a class number from 0 or a name`);
    if (leadsOut(name))
      throw mistake(`${shown(name)}: leads out of ${folder}, expected a picture in it`);
    const id = name === '' ? undefined : await pathOf(name);
    if (id === undefined)
      throw mistake(`${shown(name) || '(empty)'}: no such picture in ${folder}`);
    if (seen.has(path.normalize(id))) throw mistake(`${shown(name)}: listed twice`);
    seen.add(path.normalize(id));
    listed.push({ id, label, place });
  }
  return listed;
}
