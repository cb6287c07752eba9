// fragile list
import path from 'node:path';
import { methodNames } from '../config/methods.js';
import { semanticsFields } from '../config/semantics.js';
import { dataFields } from '../config/subject.js';
import { dataRootOf } from '../data/dataset.js';
import { openDataset } from '../data/open.js';
import type { Resize } from '../data/resize.js';
import { placeOf } from '../fetch/fetch.js';
import { caffeReleases, type Remote, remotes } from '../fetch/registry.js';
import { defaultsOf, type Layer, models, networkOf } from '../model/index.js';
import { findWeights, shippedForms } from '../subject/network.js';
import { metricNames } from '../tasks/commands.js';
import { tasks } from '../tasks/index.js';
import { print } from './say.js';
import { status } from './status.js';
import { aligned } from './table.js';

interface Options {
  readonly data?: string;
}

/** The files and data sets that can be fetched, and where fetched ones are. */
export async function fetchableRows(
  dataRoot: string,
  registry: Readonly<Record<string, Remote>> = remotes,
): Promise<string[][]> {
  const rows = Object.entries(registry).map(async ([name, remote]) => [
    name,
    `${Math.round(remote.size / 1e6)}`,
    (await placeOf(remote, dataRoot)) ?? '',
    remote.what,
    remote.licence,
  ]);
  return [['to fetch', 'MB', 'in the data root', 'what', 'terms'], ...(await Promise.all(rows))];
}

/** What is said of weights or a data set that are not there: how they are had, where a command brings them. */
function missing(name: string): string {
  if (Object.hasOwn(remotes, name)) return `not there: fragile fetch ${name}`;
  const release = Object.hasOwn(caffeReleases, name) ? caffeReleases[name] : undefined;
  return release === undefined
    ? 'not there'
    : `not there: fragile convert ${path.basename(release.path)}`;
}

/** The preprocessing of pixels 0..255, as a formula. */
function preprocessingOf(layer: Layer): string {
  if (layer.kind !== 'preprocess') return '';
  const { scale, mean, std } = layer;
  const scaled = scale === 1 ? 'x' : `x/${scale}`;
  const centered = `${scaled} − ${'parameter' in mean ? 'mean image' : `(${mean.join(', ')})`}`;
  return std.every((s) => s === 1) ? centered : `(${centered}) / (${std.join(', ')})`;
}

/** How pictures are scaled before their center is cropped. */
const scalingOf = (resize: Resize): string =>
  typeof resize === 'object'
    ? `${resize.shortSide}, but ${resize.unless}×${resize.unless} as it is`
    : `${resize}`;

async function modelRows(dataRoot: string): Promise<string[][]> {
  const plain = Object.keys(models).map((name) => ({ name }));
  const rows = [...plain, ...shippedForms].map(async (model) => {
    const { name, ...form } = model;
    const { height, width, classes, layers } = networkOf(name, form);
    const weights = (await findWeights(model, dataRoot)) ?? missing(name);
    const called = [name, ...Object.entries(form).map((field) => field.join(': '))].join(', ');
    return [
      called,
      `${height}×${width}`,
      scalingOf(defaultsOf(name).resize),
      preprocessingOf(layers[0]!),
      `${classes}`,
      weights,
    ];
  });
  return [
    ['model', 'input', 'cropped out of a short side of', 'of RGB x', 'classes', 'weights'],
    ...(await Promise.all(rows)),
  ];
}

async function datasetRows(dataRoot: string): Promise<string[][]> {
  const rows = Object.keys(dataFields)
    .filter((name) => name !== 'folder' && name !== 'picture')
    .map(async (name) => {
      const opened = await openDataset({ name }, dataRoot).catch(() => undefined);
      return opened === undefined
        ? [name, '', missing(name)]
        : [name, `${opened.entries.length}`, opened.location];
    });
  return [
    ['data set', 'images', 'where'],
    ...(await Promise.all(rows)),
    ['folder', '', 'pictures of yours: data: { name: folder, path: DIR }'],
    ['picture', '', 'one of yours: data: { name: picture, path: FILE }'],
  ];
}

/** The fields of semantics with their values in both presets. */
function semanticsRows(): string[][] {
  const shown = (value: unknown) =>
    Array.isArray(value) ? `[${value.join(', ')}]` : String(value);
  const rows = Object.entries(semanticsFields).map(
    ([field, { values, paper, authors, program, what }]) => [
      field,
      values.join(', '),
      shown(paper),
      shown(authors),
      program,
      what,
    ],
  );
  return [['semantics', 'values', 'paper', 'authors', 'whose program', 'what'], ...rows];
}

/**
 * Lists models, data sets, methods, attacks, metrics and semantics, the contents of the data root, and what can be
 * fetched.
 */
export async function listCommand({ data }: Options): Promise<number> {
  const dataRoot = dataRootOf(data);
  const words = [
    ['explanations', ...methodNames],
    ['attacks', ...new Set(tasks.flatMap(({ form }) => form.words.attack?.names ?? []))],
    ['metrics', ...metricNames],
  ].map(([what, ...which]) => `${what}: ${which.join(', ')}\n`);
  const tables = [
    await modelRows(dataRoot),
    await datasetRows(dataRoot),
    await fetchableRows(dataRoot),
    semanticsRows(),
  ];
  print([...tables.map(aligned), words.join('')].join('\n'));
  return status.done;
}
