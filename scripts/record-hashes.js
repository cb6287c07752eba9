// The hashes of the images of a committed run, which records of form 2 did not have: images.csv, the list of images, and
// the files of targets and masks. The data root must hold the data set that the run recorded; its hash tells.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { dataRootOf, fingerprint, listHash } from '../dist/data/dataset.js';
import { openDataset } from '../dist/data/open.js';
import { packageRoot } from '../dist/package.js';
import { inputsOf } from '../dist/record/run-record.js';
import { formatRows, headerOf } from '../dist/record/table.js';
import { contentHash, imagesTable } from '../dist/subject/used-images.js';
import { maskFiles } from '../dist/tasks/attack/regions.js';
import { targetFiles } from '../dist/tasks/attack/targets.js';
import { tasks } from '../dist/tasks/index.js';

const opened = new Map();

/** A data set of the data root and the hash of all its images; undefined where it is not there. */
function datasetOf(source) {
  const key = JSON.stringify(source);
  const known = opened.get(key) ?? open(source);
  opened.set(key, known);
  return known;
}

async function open(source) {
  try {
    const dataset = await openDataset(source, dataRootOf(undefined));
    return { dataset, sha256: await fingerprint(dataset) };
  } catch (error) {
    return { missing: error.message };
  }
}

/** The rows of images.csv for a run: the images of its rows, each followed by the images that it is paired with. */
async function imageRows(folder, task, dataset) {
  const file = path.join(folder, task.file);
  const rows = task.table.parse(readFileSync(file, 'utf8'), file);
  const entries = new Map(dataset.entries.map((entry) => [entry.id, entry]));
  const used = new Map();
  for (const { image } of rows) used.set(image, new Set());
  for (const { image, target_image: target } of rows)
    if (entries.has(target)) used.get(image).add(target);
  const ids = new Set([...used].flatMap(([image, targets]) => [image, ...targets]));
  const all = [];
  for (const image of ids) {
    const bytes = await dataset.bytesOf(entries.get(image));
    all.push({ image, sha256: createHash('sha256').update(bytes).digest('hex') });
  }
  return all;
}

/** The data set of a training's test images. */
async function testImages({ data }) {
  const { dataset, sha256, missing } = await datasetOf({ ...data, split: 'test' });
  if (missing !== undefined) throw new Error(missing);
  return { input: { of: 'test images', file: data.name, sha256 }, count: dataset.entries.length };
}

/**
 * A record of form 2 as one of form 3, and the text of its images.csv, undefined for a training.
 * Throws an Error where the data root does not hold the data that the run recorded.
 */
export async function withHashes(file, record) {
  const { config, data, inputs } = record;
  const training = config.task === 'train';
  const { dataset, sha256, missing } = await datasetOf(
    training ? { ...config.data, split: 'train' } : config.data,
  );
  if (missing !== undefined) throw new Error(missing);
  if (sha256 !== data.sha256)
    throw new Error(`data.sha256: ${data.sha256}, but ${dataset.location} has ${sha256}`);
  const named = { name: data.name, images: data.images, list: listHash(dataset) };
  if (training) {
    const test = await testImages(config);
    if (test.count !== record.outcome.testImages)
      throw new Error(
        `outcome.testImages: ${record.outcome.testImages}, but there are ${test.count}`,
      );
    const images = { of: 'training images', file: data.name, sha256 };
    return {
      next: {
        ...record,
        form: 3,
        inputs: [...inputs, images, test.input],
        data: { ...named, sha256 },
      },
    };
  }
  const task = tasks.find(({ name }) => name === config.task);
  const rows = await imageRows(path.join(packageRoot, path.dirname(file)), task, dataset);
  const attacked = config.task === 'attack';
  const files = attacked
    ? [
        ...(await inputsOf('target', targetFiles(config))),
        ...(await inputsOf('mask', maskFiles(config))),
      ]
    : [];
  return {
    next: {
      ...record,
      form: 3,
      inputs: [...inputs, ...files],
      data: { ...named, sha256: contentHash(rows) },
    },
    images: headerOf(imagesTable.columns) + formatRows(rows, imagesTable.columns),
  };
}

/** Writes images.csv of a record. */
export const writeImages = (file, images) =>
  writeFileSync(path.join(packageRoot, path.dirname(file), 'images.csv'), images);

/**
 * What is wrong with the hashes of a record of form 3: images.csv must have those of the data root, and the record the
 * hash of images.csv.
 */
export async function hashMistakes(file, { config, data }) {
  const { dataset, missing } = await datasetOf(
    config.task === 'train' ? { ...config.data, split: 'train' } : config.data,
  );
  if (missing !== undefined) return [`not compared: ${missing}`];
  const mistakes = [];
  if (data.list !== listHash(dataset))
    mistakes.push(`data.list: ${data.list}, expected ${listHash(dataset)}`);
  const list = path.join(packageRoot, path.dirname(file), 'images.csv');
  if (config.task === 'train') return mistakes;
  if (!existsSync(list)) return [...mistakes, 'images.csv: missing'];
  const rows = imagesTable.parse(readFileSync(list, 'utf8'), list);
  const entries = new Map(dataset.entries.map((entry) => [entry.id, entry]));
  for (const { image, sha256 } of rows) {
    const bytes = entries.has(image) ? await dataset.bytesOf(entries.get(image)) : Buffer.alloc(0);
    const now = createHash('sha256').update(bytes).digest('hex');
    if (now !== sha256) mistakes.push(`images.csv: ${image}: ${sha256}, expected ${now}`);
  }
  if (data.sha256 !== contentHash(rows))
    mistakes.push(`data.sha256: ${data.sha256}, expected ${contentHash(rows)}, that of images.csv`);
  return mistakes;
}
