// A folder of pictures. Labels come from a labels.csv (columns file,label) beside them, or from class
// folders; without either the pictures have none.
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { messageOf, UserError } from '../errors.js';
import type { Dataset, ImageEntry } from './dataset.js';
import { pictureEndings } from './picture.js';
import { loadPicture, type Resizing } from './resize.js';

const LABELS = 'labels.csv';
const CLASSES = 'classes.txt';

const isPicture = (name: string): boolean =>
  pictureEndings.some((ending) => name.toLowerCase().endsWith(ending));

/** What is in a folder but for hidden files; a link to a folder counts as one. */
async function listing(folder: string, hint: string | undefined) {
  const said = hint === undefined ? '' : `; ${hint}`;
  const status = await stat(folder).catch(() => undefined);
  if (status === undefined)
    throw new UserError(`${folder}: no such folder; expected one with pictures${said}`);
  if (!status.isDirectory())
    throw new UserError(`${folder}: not a folder; expected one with pictures${said}`);
  const found = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw new UserError(`${folder}: cannot be read: ${messageOf(error)}`);
  });
  return Promise.all(
    found
      .filter(({ name }) => !name.startsWith('.'))
      .map(async (f) => ({
        name: f.name,
        isFolder: f.isSymbolicLink()
          ? await stat(path.join(folder, f.name)).then(
              (target) => target.isDirectory(),
              () => false,
            )
          : f.isDirectory(),
      })),
  );
}

/** Names of the pictures in a folder, in order. */
async function picturesIn(folder: string): Promise<string[]> {
  const found = await listing(folder, undefined);
  return found
    .filter((f) => !f.isFolder && isPicture(f.name))
    .map((f) => f.name)
    .sort();
}

/** Entries from labels.csv: the pictures it lists, in its order. */
async function labelled(folder: string): Promise<ImageEntry[]> {
  const file = path.join(folder, LABELS);
  let rows: { record: Record<string, string>; info: { lines: number } }[];
  try {
    rows = parse(await readFile(file), { columns: true, bom: true, trim: true, info: true });
  } catch (error) {
    throw new UserError(`${file}: not a CSV file: ${messageOf(error)}`);
  }
  if (rows.length === 0)
    throw new UserError(`${file}: lists no pictures; expected a line file,label and one for each`);
  const there = new Set(await readdir(folder, { recursive: true }));
  const seen = new Set<string>();
  return rows.map(({ record, info: { lines } }) => {
    const { file: id, label } = record;
    if (id === undefined || label === undefined)
      throw new UserError(
        `${file}: columns ${Object.keys(record).join(', ')}, expected file,label`,
      );
    if (!/^\d+$/.test(label))
      throw new UserError(
        `${file}:${lines}: label ${label || '(empty)'}, expected a class number from 0`,
      );
    const place = path.normalize(id);
    if (!there.has(place))
      throw new UserError(`${file}:${lines}: ${id || '(empty)'}: no such picture in ${folder}`);
    if (seen.has(place)) throw new UserError(`${file}:${lines}: ${id}: listed twice`);
    seen.add(place);
    return { id, label: Number(label) };
  });
}

/** Class names in order: the first words of classes.txt where there is one, else the class folders. */
async function classNames(folder: string, folders: readonly string[]): Promise<readonly string[]> {
  const text = await readFile(path.join(folder, CLASSES), 'utf8').catch(() => undefined);
  if (text === undefined) return folders;
  const names = text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s/)[0]!);
  const odd = folders.find((name) => !names.includes(name));
  if (odd !== undefined)
    throw new UserError(
      `${path.join(folder, odd)}: a class folder that ${CLASSES} does not name, expected one of ${names.length} such as ${names[0]}`,
    );
  return names;
}

/** Entries from class folders. A class's number is its folder's place in the order of names, or its line in classes.txt. */
async function classified(folder: string, folders: readonly string[]): Promise<ImageEntry[]> {
  const names = await classNames(folder, folders);
  const lists = await Promise.all(
    folders.map(async (name) =>
      (await picturesIn(path.join(folder, name))).map((file) => ({
        id: `${name}/${file}`,
        label: names.indexOf(name),
      })),
    ),
  );
  return lists.flat();
}

async function entriesOf(folder: string, hint: string | undefined): Promise<readonly ImageEntry[]> {
  const found = await listing(folder, hint);
  if (found.some((f) => f.name === LABELS)) return labelled(folder);
  const flat = await picturesIn(folder);
  if (flat.length > 0) return flat.map((id) => ({ id }));
  const folders = found.filter((f) => f.isFolder).map((f) => f.name);
  return classified(folder, folders.sort());
}

/**
 * Opens a folder of pictures.
 * @param hint what to do when it is missing
 * Throws a UserError when it is missing, has no pictures, or its labels.csv is not what it should be.
 */
export async function openImageFolder(
  folder: string,
  resizing: Resizing,
  hint?: string,
): Promise<Dataset> {
  const entries = await entriesOf(folder, hint);
  if (entries.length === 0)
    throw new UserError(
      `${folder}: no pictures; expected ${pictureEndings.join(' ')} files, here or in class folders`,
    );
  return {
    location: folder,
    entries,
    load: ({ id }, size) => loadPicture(path.join(folder, id), size, resizing),
    fileOf: ({ id }) => path.join(folder, id),
    bytesOf: ({ id }) => readFile(path.join(folder, id)),
  };
}
