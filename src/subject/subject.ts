// The subject of a config, opened: the network with its weights, the images, and the explanation methods.
import path from 'node:path';
import type { ExplanationConfig } from '../config/explanations.js';
import { type MethodItem, makeMethod, methodNames } from '../config/methods.js';
import type { CommonConfig, ImageConfig } from '../config/subject.js';
import type { Dataset } from '../data/dataset.js';
import { openDataset } from '../data/open.js';
import { UserError } from '../errors.js';
import { type Method, obstacleTo } from '../explain/index.js';
import type { BoundNetwork } from '../model/index.js';
import type { Input } from '../record/run-record.js';
import { shown } from '../shown.js';
import { classesOf, readClassFile } from './class-names.js';
import { loadNetwork } from './network.js';
import { loadPatterns } from './patterns.js';
import { type ExplainedClass, explainedClass } from './target-class.js';

/** A network with its weights, and the data root. */
export interface Subject {
  readonly dataRoot: string;
  readonly network: BoundNetwork;
  readonly weights: Input;
  /** The file of its class names, where the config gives one. */
  readonly names?: Input;
}

/**
 * Opens the network of a config.
 * @param checked whether a network from a file is compared with the file (default true)
 * Throws a UserError where its weights are missing or not the network's.
 */
export async function openSubject(
  { model }: Pick<CommonConfig, 'model'>,
  dataRoot: string,
  { checked = true }: { readonly checked?: boolean } = {},
): Promise<Subject> {
  const { bound, file, sha256 } = await loadNetwork(model, dataRoot, { checked });
  if (bound.network.classes !== model.classes)
    throw new UserError(
      `${file}: weights of ${bound.network.classes} classes, expected ${model.classes}; name them: model: { name: ${model.name}, weights: ${file} }`,
    );
  const weights = { of: 'weights', file: path.basename(file), sha256 };
  if (model.names === undefined) return { dataRoot, network: bound, weights };
  const { names, input } = await readClassFile(model.names, bound.network);
  const network = { ...bound, network: { ...bound.network, classNames: names } };
  return { dataRoot, network, weights, names: input };
}

/** The files that all rows on a network depend on. */
export const inputsOf = ({ weights, names }: Subject): readonly Input[] =>
  names === undefined ? [weights] : [weights, names];

/** Throws a UserError where a label is not sure, or is not a class of the network. */
export function requireClasses(
  { data }: ImageConfig,
  { entries, unclear }: Dataset,
  { classes, name }: Pick<BoundNetwork['network'], 'classes' | 'name'>,
): void {
  const instead = data.correct
    ? '; data: { correct: false } uses images whatever their labels'
    : '';
  if (unclear !== undefined) throw new UserError(`data: ${data.name}: ${unclear}${instead}`);
  const odd = entries.find(({ label }) => label !== undefined && label >= classes);
  if (odd !== undefined)
    throw new UserError(
      `data: ${data.name}: label ${odd.label} of ${shown(odd.id)}, expected 0 to ${classes - 1}, the classes of ${name}${instead}`,
    );
}

/**
 * Opens the images of a config.
 * @param whose classes the labels are: the network's, or the data set's own
 * Throws a UserError if they are missing; with `correct: true` also if labels are missing or are not classes of the
 * network.
 */
export async function openImages(
  config: ImageConfig,
  { dataRoot, network: { network } }: Subject,
  whose: 'network' | 'own' = 'network',
): Promise<Dataset> {
  const classes = whose === 'network' ? await classesOf(network, dataRoot) : undefined;
  const dataset = await openDataset(config.data, dataRoot, classes);
  if (!config.data.correct) return dataset;
  requireClasses(config, dataset, network);
  if (dataset.entries.every(({ label }) => label === undefined))
    throw new UserError(
      `data: correct: true, but the pictures in ${dataset.location} have no labels; expected correct: false, a labels.csv or class folders`,
    );
  return dataset;
}

/** A config of explanations with its network, images and methods, opened. */
export interface Explaining<Config extends ExplanationConfig = ExplanationConfig> {
  readonly config: Config;
  readonly network: BoundNetwork;
  readonly dataset: Dataset;
  /** In the order of the config. */
  readonly methods: readonly Method[];
  /** The class of each image that maps are for. */
  readonly target: ExplainedClass;
}

/**
 * Opens the images and the methods of a config.
 * Throws a UserError where something is missing or does not fit the network.
 */
export async function openExplaining<Config extends ExplanationConfig>(
  config: Config,
  subject: Subject,
): Promise<Explaining<Config>> {
  const dataset = await openImages(config, subject);
  const { methods } = await openMethods(config, subject);
  const { network } = subject.network;
  const target = await explainedClass(config.target, dataset, network, subject.dataRoot);
  return { config, network: subject.network, dataset, methods, target };
}

/** Throws a UserError for a method that has no rule for a layer of the network. */
function requireRules(item: MethodItem, at: number, { network }: BoundNetwork): void {
  const of = item.name === 'smoothgrad' ? item.of.name : item.name;
  const obstacle = obstacleTo(of, network);
  if (obstacle === undefined) return;
  const others = methodNames.filter((name) => obstacleTo(name, network) === undefined);
  throw new UserError(
    `explain.${at}: ${of} has no rule for ${shown(obstacle.layer)} (${obstacle.what}); ${others.join(', ')} work on this network`,
  );
}

/** The methods of a config in its order, and the files of patterns they read. */
export interface Methods {
  readonly methods: readonly Method[];
  readonly patterns: readonly Input[];
}

/**
 * Makes the methods of a config.
 * Throws a UserError if the patterns of a method are missing or are not the network's.
 */
export async function openMethods(
  config: ExplanationConfig,
  { network, dataRoot }: Subject,
): Promise<Methods> {
  const methods: Method[] = [];
  const patterns: Input[] = [];
  const read = async (file: string | undefined) => {
    const found = await loadPatterns(config, network, dataRoot, file);
    patterns.push(found.input);
    return found.patterns;
  };
  for (const [at, item] of config.explain.entries()) {
    requireRules(item, at, network);
    methods.push(await makeMethod(item, { network, semantics: config.semantics, patterns: read }));
  }
  return { methods, patterns };
}
