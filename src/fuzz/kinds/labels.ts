// Folders of pictures and what says their labels: class folders, labels.csv and classes.txt, complete, odd and broken.
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { modelOnDataset } from '../../cli/subject.js';
import { listHash } from '../../data/dataset.js';
import { fixturePath } from '../../package.js';
import { permutation, type Random } from '../../random.js';
import { openImages, openSubject, requireClasses } from '../../subject/subject.js';
import { tinyModel, tinyOptions, writeTiny } from '../files/tiny.js';
import { holds, type Kind } from '../kind.js';
import { chance, changedBytes, changedText, oddText, pick } from '../mutate.js';

const classes = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
const oddFolders = [
  '__MACOSX',
  '.hidden',
  'empty',
  'Airplane',
  'cát',
  'ca\u0301t',
  'a b',
  'n02085620',
  '@eaDir',
];
const oddFiles = [
  '.DS_Store',
  'Thumbs.db',
  'readme.txt',
  'a.PNG',
  'a b.png',
  'é.png',
  '=1.png',
  ',.png',
];

/** Names of class folders: those of the network, numbers, or others. */
function folderNames(random: Random): string[] {
  const names = pick(
    [
      classes,
      classes,
      classes.map((_, i) => String(i)),
      classes.map((_, i) => String(i + 1)),
      ['a', 'b'],
    ],
    random,
  );
  const some = permutation(names.length, random)
    .slice(0, chance(0.5, random) ? names.length : 1 + random.below(names.length))
    .map((i) => names[i]!);
  return [...some, ...(chance(0.5, random) ? [pick(oddFolders, random)] : [])];
}

interface Tree {
  /** Files, by their paths; an empty text is a picture. */
  readonly pictures: readonly string[];
  readonly folders: readonly string[];
}

function treeOf(random: Random): Tree {
  const folders = chance(0.75, random) ? folderNames(random) : [];
  const pictures = folders
    .filter((name) => name !== 'empty')
    .flatMap((name) => {
      const at = chance(0.05, random) ? path.join(name, 'deeper') : name;
      return Array.from({ length: random.below(3) }, (_, i) => path.join(at, `${i}.png`));
    });
  const beside = folders.length === 0 || chance(0.2, random) ? ['x.png', 'y.png'] : [];
  const odd = chance(0.3, random) ? [pick(oddFiles, random)] : [];
  return { folders, pictures: [...pictures, ...beside, ...odd] };
}

function labelsCsv({ pictures }: Tree, random: Random): string {
  const [file, label] = pick(
    [
      ['file', 'label'],
      ['filename', 'class'],
      ['file', 'class'],
    ] as const,
    random,
  );
  const of = (i: number) => pick([String(i % 10), classes[i % 10]!, String(i)], random);
  return [`${file},${label}`, ...pictures.map((name, i) => `${name},${of(i)}`), ''].join(
    pick(['\n', '\n', '\r\n'], random),
  );
}

const classesTxt = (random: Random): string =>
  classes.map((name, i) => pick([name, `${i} ${name}`, `${name} ${i}`], random)).join('\n');

const oddLabels = [
  '-1',
  '10',
  '1.5',
  '1e3',
  '0x1',
  '../x.png',
  '/etc/passwd',
  'a/../b.png',
  ...oddText,
];

async function write(folder: string, random: Random, picture: Buffer): Promise<void> {
  const tree = treeOf(random);
  for (const name of tree.folders) await mkdir(path.join(folder, name), { recursive: true });
  for (const name of tree.pictures) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    const bytes = chance(0.03, random) ? changedBytes(picture, random) : picture;
    await writeFile(path.join(folder, name), bytes);
  }
  if (chance(0.1, random)) await symlink('nowhere', path.join(folder, 'link.png'));
  if (chance(0.05, random)) await symlink('.', path.join(folder, 'round'));
  const texts: [string, number, () => string][] = [
    ['labels.csv', 0.4, () => labelsCsv(tree, random)],
    ['classes.txt', 0.25, () => classesTxt(random)],
  ];
  for (const [name, probability, text] of texts) {
    if (!chance(probability, random)) continue;
    const whole = text();
    const bytes = Buffer.from(chance(0.7, random) ? changedText(whole, random, oddLabels) : whole);
    await writeFile(
      path.join(folder, name),
      chance(0.1, random) ? changedBytes(bytes, random) : bytes,
    );
  }
}

/** Opens a folder the way an experiment on the tiny network does, and looks at all it lists. */
async function opened(folder: string, weights: string, correct: boolean): Promise<void> {
  const config = await modelOnDataset(tinyModel.name, 'folder', [
    ...[`data.path=${folder}`, `data.correct=${correct}`],
    ...[`model.width=${tinyModel.width}`, `model.weights=${weights}`],
  ]);
  const subject = await openSubject(config, folder);
  const dataset = await openImages(config, subject);
  requireClasses(config, dataset, subject.network.network);
  const { entries } = dataset;
  holds(
    new Set(entries.map(({ id }) => id)).size === entries.length,
    'a picture that is listed twice',
  );
  for (const { id, label } of entries) {
    const inside = path.relative(folder, path.resolve(folder, id));
    holds(!inside.startsWith('..'), `${id}: a picture outside of the folder`);
    holds(
      label === undefined || (Number.isInteger(label) && label >= 0 && label < 10),
      `${id}: label ${label}`,
    );
  }
  holds(listHash(dataset).length === 64, 'a list without a hash');
}

export const labels: Kind = {
  count: 600,
  prepare: (base) => writeTiny(path.join(base, 'tiny.safetensors')),
  async open(base) {
    const picture = await readFile(fixturePath('embedded', 'frog', '0.png'));
    const weights = path.join(base, 'tiny.safetensors');
    return async (random, folder) => {
      const tried = path.join(folder, 'tried');
      await mkdir(tried);
      if (!chance(0.02, random)) await write(tried, random, picture);
      const correct = chance(0.5, random);
      return {
        names: ['tried', 'data'],
        act: () => opened(tried, weights, correct),
        command: [
          ...['evaluate', '--dataset', 'folder', ...tinyOptions(weights), '--workers', '1'],
          ...['--set', `data.path=${tried}`, '--set', `data.correct=${correct}`, '--quiet'],
        ],
      };
    };
  },
};
