// Opens data sets by name. A table has an entry for each: its place in the data root, and its reader.
import path from 'node:path';
import { UserError } from '../errors.js';
import { fixturePath } from '../package.js';
import { openCifar10 } from './cifar10.js';
import type { Classes } from './class-names.js';
import type { DataSource, Dataset } from './dataset.js';
import { openImageFolder } from './image-folder.js';
import { openPicture } from './one-picture.js';

type Opener = (
  source: DataSource,
  dataRoot: string,
  classes: Classes | undefined,
) => Promise<Dataset>;

/** Opens a picture folder of the data root. The message for a missing folder says how to get it. */
const inRoot =
  (folder: (source: DataSource) => string, fetched = ''): Opener =>
  (source, dataRoot, classes) =>
    openImageFolder(
      path.join(dataRoot, folder(source)),
      source,
      classes,
      `${fetched}give --data DIR or FRAGILE_DATA with a data root that holds it`,
    );

/** Opens a data set whose labels are the ten classes of CIFAR-10. */
const ofCifar =
  (open: Opener): Opener =>
  async (source, dataRoot, classes) => {
    const dataset = await open(source, dataRoot, classes);
    if (classes === undefined || classes.count === 10) return dataset;
    return {
      ...dataset,
      unclear: `labels are the 10 classes of CIFAR-10, expected the ${classes.count} of ${classes.of}`,
    };
  };

const openers: Readonly<Record<string, Opener>> = {
  imagenet: inRoot(
    () => 'imagenet',
    'put photographs of image-net.org there, with a labels.csv of file,label or in class folders with a classes.txt, or ',
  ),
  flowers: inRoot(
    ({ split = 'test' }) => path.join('flowers', split),
    'fragile fetch flowers gets it, or ',
  ),
  'cifar-10': ofCifar((source, dataRoot) =>
    openCifar10(path.join(dataRoot, 'cifar-10-batches-bin'), source),
  ),
  embedded: ofCifar((source) => openImageFolder(fixturePath('embedded'), source)),
  folder: (source, _, classes) =>
    openImageFolder(
      source.path!,
      source,
      classes,
      'data.path is relative to the working directory',
    ),
  picture: (source) => openPicture(source.path!, source),
};

/**
 * Opens a data set.
 * @param classes the network's classes, whose numbers the labels are; without them the set has classes of its own
 * Throws a UserError that names the missing file and where it was expected.
 */
export async function openDataset(
  source: DataSource,
  dataRoot: string,
  classes?: Classes,
): Promise<Dataset> {
  const open = Object.hasOwn(openers, source.name) ? openers[source.name] : undefined;
  if (open === undefined)
    throw new UserError(`data: ${source.name}: expected one of ${Object.keys(openers).join(', ')}`);
  return open(source, dataRoot, classes);
}
