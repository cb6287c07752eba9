// What is in a folder of pictures, at any depth. Hidden files, folders of systems and tools, and the output folders of
// this program are passed over.
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../errors.js';
import { whyMissing } from '../folder.js';
import { shown } from '../shown.js';
import { pictureEndings } from './picture.js';

/** Folders that systems and tools leave among pictures, in lower case. Those with a leading dot are hidden anyway. */
const ofSystems = new Set([
  '$recycle.bin',
  '#recycle',
  '@eadir',
  '__macosx',
  '__pycache__',
  'lost+found',
  'node_modules',
  'system volume information',
]);

const passedOver = (name: string): boolean =>
  name.startsWith('.') || ofSystems.has(name.toLowerCase());

const isPicture = (name: string): boolean =>
  pictureEndings.some((ending) => name.toLowerCase().endsWith(ending));

/** A folder of pictures and the folders in it, each with its pictures at any depth. Names are in order. */
export interface FolderTree {
  /** Names of the pictures directly in the folder. */
  readonly pictures: readonly string[];
  readonly folders: readonly {
    readonly name: string;
    /** Names below the folder of this name, such as `a.png` or `more/b.png`. */
    readonly pictures: readonly string[];
  }[];
}

const inOrder = <T>(items: readonly T[], name: (item: T) => string): T[] =>
  [...items].sort((a, b) => (name(a) < name(b) ? -1 : name(a) > name(b) ? 1 : 0));

/** The names in a folder; a link to a folder is a folder. */
async function namesIn(folder: string) {
  const found = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw new UserError(`${shown(folder)}: cannot be read: ${shown(messageOf(error))}`);
  });
  const kinds = await Promise.all(
    found
      .filter(({ name }) => !passedOver(name))
      .map(async (entry) => ({ name: entry.name, isFolder: await leadsToFolder(folder, entry) })),
  );
  return {
    pictures: kinds.flatMap(({ name, isFolder }) => (!isFolder && isPicture(name) ? name : [])),
    folders: kinds.flatMap(({ name, isFolder }) => (isFolder ? name : [])),
  };
}

async function leadsToFolder(
  folder: string,
  entry: { readonly name: string; isSymbolicLink(): boolean; isDirectory(): boolean },
): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  const target = await stat(path.join(folder, entry.name)).catch(() => undefined);
  return target?.isDirectory() ?? false;
}

/** Whether a folder holds the results of a run. */
const isOutput = (folder: string): Promise<boolean> =>
  stat(path.join(folder, 'run.json')).then(
    (found) => found.isFile(),
    () => false,
  );

/**
 * Reads a folder and all below it.
 * @param above the folders it is in, in their real places, since links may lead round in a circle
 */
async function treeOf(folder: string, above: readonly string[]): Promise<FolderTree> {
  const real = await realpath(folder);
  if (above.includes(real)) return { pictures: [], folders: [] };
  const { pictures, folders } = await namesIn(folder);
  const below = await Promise.all(
    folders.map(async (name) => {
      const inside = path.join(folder, name);
      if (await isOutput(inside)) return [];
      const tree = await treeOf(inside, [...above, real]);
      const deeper = tree.folders.flatMap((f) => f.pictures.map((file) => `${f.name}/${file}`));
      return { name, pictures: [...tree.pictures, ...deeper].sort() };
    }),
  );
  return { pictures: pictures.sort(), folders: inOrder(below.flat(), ({ name }) => name) };
}

/**
 * Reads a folder of pictures.
 * @param hint what to do when it is missing
 * Throws a UserError when it is missing, no folder, or cannot be read.
 */
export async function readTree(folder: string, hint?: string): Promise<FolderTree> {
  const said = hint === undefined ? '' : `; ${hint}`;
  const status = await stat(folder).catch(() => undefined);
  if (status === undefined)
    throw new UserError(
      `${folder}: no such folder${await whyMissing(folder)}; expected one with pictures${said}`,
    );
  if (!status.isDirectory())
    throw new UserError(`${folder}: not a folder; expected one with pictures${said}`);
  return treeOf(folder, []);
}
