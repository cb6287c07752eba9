// Finds and loads the weights of the model a config names.
import path from 'node:path';
import { importedOf, type ModelChoice } from '../config/model.js';
import { UserError } from '../errors.js';
import { caffeReleases, howToConvert, publishedAs, remotes } from '../fetch/registry.js';
import { type BoundNetwork, bind, networkFor } from '../model/index.js';
import { fixturePath } from '../package.js';
import { exists } from '../record/files.js';
import { readWeights } from '../weights/read.js';
import { openImport } from './import.js';

/** File endings of weights in the data root, in the order of the search. The format is detected from the content. */
const endings = ['safetensors', 'pth'] as const;

/** The name of a model's weights: the model's name, `-bn` if batch norms were chosen, and the width if it is not 1. */
export const weightsName = ({ name, as, width = 1, batchNorm = false }: ModelChoice): string =>
  [as ?? name, ...(batchNorm ? ['bn'] : []), ...(width === 1 ? [] : [width])].join('-');

/** Models with options whose weights come with the program. */
export const shippedForms: readonly ModelChoice[] = [
  { name: 'cifar-cnn', width: 0.125 },
  { name: 'vgg16-cifar10', width: 0.5, batchNorm: true },
];

/** The file of a model's weights: the config's, else the data root's, else the one that comes with the program. */
export async function findWeights(
  model: ModelChoice,
  dataRoot: string,
): Promise<string | undefined> {
  if (model.weights !== undefined) return model.weights;
  const name = weightsName(model);
  for (const ending of endings) {
    const inRoot = path.join(dataRoot, 'weights', `${name}.${ending}`);
    if (await exists(inRoot)) return inRoot;
  }
  const shipped = fixturePath(`${name}.safetensors`);
  return (await exists(shipped)) ? shipped : undefined;
}

async function weightsFile(model: ModelChoice, dataRoot: string): Promise<string> {
  const found = await findWeights(model, dataRoot);
  if (found !== undefined) return found;
  const name = weightsName(model);
  const release = Object.hasOwn(caffeReleases, name) ? caffeReleases[name] : undefined;
  const converted = release === undefined ? '' : `${howToConvert(release)}, or `;
  // torchvision's of the same network, for another preprocessing
  const others = `${name}-torchvision`;
  const fetched = [
    ...(Object.hasOwn(remotes, name) ? [`fragile fetch ${name} gets them, or `] : []),
    ...(Object.hasOwn(remotes, others)
      ? [`run on those that fragile fetch ${others} gets with --set model=${others}, or `]
      : []),
  ].join('');
  throw new UserError(
    `model ${model.name}: no weights at ${path.join(dataRoot, 'weights', `${name}.safetensors`)}; ${converted}${fetched}give --data DIR or FRAGILE_DATA with weights/${name}.safetensors, or model: { name: ${model.name}, weights: FILE }`,
  );
}

interface LoadingOptions {
  /** Published weights, by the model they are for. */
  readonly registry?: typeof remotes;
  /** Whether a network from a file is compared with the file (default true). */
  readonly checked?: boolean;
}

/**
 * Builds a model and binds its weights, or reads a network from its file. Throws a UserError if they are missing or not the model's: those that are
 * published for another one are not, though they may have the same tensors and another preprocessing.
 */
export async function loadNetwork(
  model: ModelChoice,
  dataRoot: string,
  { registry = remotes, checked = true }: LoadingOptions = {},
): Promise<{ bound: BoundNetwork; sha256: string; file: string }> {
  const imported = importedOf(model);
  if (imported !== undefined) {
    const { bound, file } = await openImport(imported, checked);
    return { bound, sha256: file.sha256, file: file.file };
  }
  const file = await weightsFile(model, dataRoot);
  const weights = await readWeights(file);
  const published = publishedAs(weights.sha256, registry) ?? model.name;
  if (published !== model.name)
    throw new UserError(
      `${file}: weights that are published for ${published}, expected those of ${model.name}; use model: ${published}`,
    );
  const network = networkFor(model.name, model, weights);
  return { bound: bind(network, weights), sha256: weights.sha256, file };
}
