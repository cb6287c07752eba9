// A folder of pictures. Labels come from a labels.csv beside them, or from class folders; without either the pictures
// have none.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.js';
import { shown } from '../shown.js';
import { type Classes, readClassNames } from './class-names.js';
import type { Dataset } from './dataset.js';
import { type FolderTree, readTree } from './folder-tree.js';
import { LABELS, type LabelledFile, readLabels } from './labels-file.js';
import { isNumber, type Known, numberFolders, numberLabels } from './numbering.js';
import { pictureEndings } from './picture.js';
import { loadPicture, type Resizing } from './resize.js';

type Labelled = Pick<Dataset, 'entries' | 'unclear' | 'note'>;

/** The pictures that a labels.csv lists, in its order. */
async function listed(
  files: readonly LabelledFile[],
  { folder, classes }: Pick<Known, 'folder' | 'classes'>,
): Promise<Labelled> {
  const named = files.some(({ label }) => !isNumber(label));
  const own = named ? await readClassNames(folder) : undefined;
  const { numberOf, ...said } = numberLabels(files, { folder, own, classes });
  return { entries: files.map(({ id, label }) => ({ id, label: numberOf(label) })), ...said };
}

/** The pictures of class folders, class by class in the order of their names. */
function classified({ folders }: FolderTree, known: Known): Labelled {
  const names = (filled: boolean) =>
    folders.filter(({ pictures }) => pictures.length > 0 === filled).map(({ name }) => name);
  const { numberOf, ...said } = numberFolders({ filled: names(true), empty: names(false) }, known);
  const entries = folders.flatMap(({ name, pictures }) => {
    const label = numberOf(name);
    return pictures.map((file) => ({ id: `${name}/${file}`, label }));
  });
  return { entries, ...said };
}

/** The pictures of a folder without labels.csv. Throws a UserError for none, and for pictures beside class folders. */
async function unlisted(
  folder: string,
  { classes, hint }: Pick<Known, 'classes'> & { readonly hint: string | undefined },
): Promise<Labelled> {
  const tree = await readTree(folder, hint);
  const filled = tree.folders.filter(({ pictures }) => pictures.length > 0);
  const [stray] = tree.pictures;
  if (stray === undefined && filled.length === 0)
    throw new UserError(
      `${folder}: no pictures; expected ${pictureEndings.join(' ')} files, here or in class folders`,
    );
  if (stray === undefined)
    return classified(tree, { folder, own: await readClassNames(folder), classes });
  if (filled.length > 0)
    throw new UserError(
      `${path.join(folder, shown(stray))}: a picture beside folders with pictures such as ${shown(filled[0]!.name)}, expected one or the other: move pictures into class folders or out of ${folder}, or list those to use in a ${LABELS}`,
    );
  return { entries: tree.pictures.map((id) => ({ id })) };
}

/**
 * Opens a folder of pictures.
 * @param classes the network's classes, whose numbers the labels are; without them class folders are numbered in
 * the order of their names
 * @param hint what to do when it is missing
 * Throws a UserError when it is missing, has no pictures, or its labels.csv or classes.txt is not what it should be.
 */
export async function openImageFolder(
  folder: string,
  resizing: Resizing,
  classes?: Classes,
  hint?: string,
): Promise<Dataset> {
  const files = await readLabels(folder);
  const labelled =
    files === undefined
      ? await unlisted(folder, { classes, hint })
      : await listed(files, { folder, classes });
  return {
    location: folder,
    ...labelled,
    load: ({ id }, size) => loadPicture(path.join(folder, id), size, resizing),
    fileOf: ({ id }) => path.join(folder, id),
    bytesOf: ({ id }) => readFile(path.join(folder, id)),
  };
}
