// Finds and loads the weights of the model a config names.
import path from 'node:path';
import { UserError } from '../errors.js';
import { type BoundNetwork, bind, networkOf } from '../model/index.js';
import { fixturePath } from '../package.js';
import { readWeights } from '../weights/read.js';
import type { ResolvedConfig } from './config.js';
import { exists } from './files.js';

/** Weights that come with the program. */
const embedded: Partial<Record<ResolvedConfig['model']['name'], string>> = {
  'cifar-cnn': 'cifar-cnn.safetensors',
};

/** Where the weights of a model are: the config's file, else the data root's, else those that come with the program. */
async function weightsFile(
  { name, weights }: ResolvedConfig['model'],
  dataRoot: string,
): Promise<string> {
  if (weights !== undefined) return weights;
  const inRoot = path.join(dataRoot, 'weights', `${name}.safetensors`);
  const there = await exists(inRoot);
  const shipped = embedded[name];
  if (there || shipped === undefined) {
    if (!there)
      throw new UserError(
        `model ${name}: no weights at ${inRoot}; give --data DIR or FRAGILE_DATA with weights/${name}.safetensors, or model: { name: ${name}, weights: FILE }`,
      );
    return inRoot;
  }
  return fixturePath(shipped);
}

/** Builds a model and binds its weights. Throws a UserError where they are missing or not the model's. */
export async function loadNetwork(
  model: ResolvedConfig['model'],
  dataRoot: string,
): Promise<{ bound: BoundNetwork; sha256: string; file: string }> {
  const file = await weightsFile(model, dataRoot);
  const weights = await readWeights(file);
  return { bound: bind(networkOf(model.name, model), weights), sha256: weights.sha256, file };
}
