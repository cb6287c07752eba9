// fragile convert
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { dataRootOf } from '../data/dataset.js';
import { messageOf, UserError } from '../errors.js';
import { caffeReleases, type Release } from '../fetch/registry.js';
import { makeFolder } from '../folder.js';
import { squeezenetFromCaffe } from '../model/index.js';
import { readCaffe } from '../weights/caffe.js';
import { readSafetensors, writeSafetensors } from '../weights/safetensors.js';
import { checkOut } from './picture.js';
import { status } from './status.js';

interface Options {
  readonly out?: string;
  readonly data?: string;
  readonly fresh?: true;
}

/**
 * Makes a SqueezeNet's weights from a Caffe model. Prints their file and its SHA-256; a note goes to stderr where the
 * model is not the published one.
 */
export async function convertCommand(
  file: string,
  options: Options,
  releases: Readonly<Record<string, Release>> = caffeReleases,
): Promise<number> {
  checkOut(options.out, 'the name of a file');
  const { layers, bytes } = await readCaffe(file);
  const { name, tensors } = squeezenetFromCaffe(file, layers);
  const out = options.out ?? path.join(dataRootOf(options.data), 'weights', `${name}.safetensors`);
  if (existsSync(out) && !options.fresh)
    throw new UserError(
      `${out}: exists already; use --fresh to replace it or --out for another file`,
    );
  try {
    await makeFolder(path.dirname(out));
    await writeSafetensors(out, tensors);
  } catch (error) {
    throw new UserError(`${out}: cannot be written: ${messageOf(error)}`);
  }
  const { sha256 } = await readSafetensors(out);
  process.stdout.write(`${name}: ${out}, SHA-256 ${sha256}\n`);
  const published = releases[name]!.sha256;
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== published)
    process.stderr.write(
      `fragile: note: ${file} has SHA-256 ${found}; the published file has ${published}\n`,
    );
  return status.done;
}
