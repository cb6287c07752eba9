// The fields of a model that is an ONNX file, and the defaults of experiments on it.
import path from 'node:path';
import { z } from 'zod';
import type { Resize } from '../data/resize.js';
import {
  type ColorOrder,
  type ImportOptions,
  type InputForm,
  importNetwork,
  type Layout,
  type PresetName,
  presets,
  readModel,
} from '../import/index.js';
import { type Activation, isSmooth, type ModelDefaults, type Network } from '../model/index.js';
import { file, id, strict, whole } from './forms.js';

/** What a config calls a model that is a file. */
export const IMPORTED = 'onnx';

const presetNames = Object.keys(presets) as readonly PresetName[];

/** The input of a model file as a config gives it: a preset, or numbers, or a preset with some of them. */
export interface GivenInput {
  readonly preset?: PresetName | undefined;
  readonly scale?: number | undefined;
  readonly mean?: readonly number[] | undefined;
  readonly std?: readonly number[] | undefined;
  readonly order?: ColorOrder | undefined;
  readonly layout?: Layout | undefined;
  readonly size?: readonly [number, number] | undefined;
}

/** A model file as a config names it. */
export interface ImportedModel {
  readonly name: typeof IMPORTED;
  readonly file: string;
  readonly input: PresetName | GivenInput;
  readonly output?: string | undefined;
  /** A file of class names, one a line. */
  readonly classes?: string | undefined;
  /** What it is called in results; default the file's name without its ending. */
  readonly as?: string | undefined;
  /** β of its surrogate; measured by default. */
  readonly beta?: number | undefined;
}

const channels = (least: number) =>
  z.array(z.number().min(least)).refine((list) => list.length === 1 || list.length === 3, {
    error: 'expected a number for each of 1 or 3 channels',
  });

const expectedInput = `expected ${presetNames.join(', ')} or { scale, mean, std, … }`;

const input = z.union(
  [
    z.enum(presetNames),
    strict({
      preset: z.enum(presetNames).optional(),
      scale: z.number().positive().optional(),
      mean: channels(Number.NEGATIVE_INFINITY).optional(),
      std: channels(Number.MIN_VALUE).optional(),
      order: z.enum(['rgb', 'bgr', 'gray']).optional(),
      layout: z.enum(['channels-first', 'channels-last']).optional(),
      size: z.tuple([whole(1).max(4096), whole(1).max(4096)]).optional(),
    }),
  ],
  { error: expectedInput },
);

/** The fields of a model file. */
export const importedFields = {
  file,
  input,
  output: z.string().min(1).optional(),
  classes: file.optional(),
  as: id.optional(),
  beta: z.number().positive().optional(),
};

/** The input of a model file with every default filled in, as pixels are in the order of the network. */
export function resolveInput(given: ImportedModel['input']): ImportOptions['input'] {
  const { preset = 'none', ...own } = typeof given === 'string' ? { preset: given } : given;
  const { mean, std, ...form } = { ...presets[preset], ...own } as InputForm & GivenInput;
  // one number stands for all channels
  const all = ([a, b = a, c = a]: readonly number[]) => [a!, b!, c!] as const;
  return { ...form, mean: all(mean), std: all(std) };
}

/** What importing a model file needs of a config. */
export const importOptions = (model: ImportedModel): ImportOptions => ({
  input: resolveInput(model.input),
  output: model.output,
  name: nameOfModel(model),
});

const nameOfModel = ({ as, file }: ImportedModel): string => as ?? path.parse(file).name;

/** A model file with every default filled in, and the defaults of experiments on it. */
export interface ResolvedImport {
  readonly model: Omit<ImportedModel, 'input' | 'classes'> & {
    readonly input: ImportOptions['input'] & { readonly height: number; readonly width: number };
    readonly classes: number;
    readonly names?: string;
  };
  readonly defaults: ModelDefaults;
  readonly activation: Activation;
}

/** Reads a model file and fills in every default. */
export async function resolveImported(given: ImportedModel): Promise<ResolvedImport> {
  const { input, beta, classes: names, ...rest } = given;
  const options = importOptions(given);
  const { bound, output } = importNetwork(await readModel(given.file), options);
  const { network } = bound;
  const { height, width, classes } = network;
  return {
    model: {
      ...rest,
      ...(beta === undefined ? {} : { beta }),
      output,
      as: options.name,
      input: { ...options.input, height, width },
      classes,
      ...(names === undefined ? {} : { names }),
    },
    defaults: defaultsOfImported(network, beta),
    activation: network.activation,
  };
}

/** Part of the pixels that the top-k metrics count, and the least number of them. */
const TOP = { part: 0.02, least: 100 };

/** Pictures are scaled to a little more than an input as large as ImageNet's, as their publishers do, and to a small one. */
const MARGIN = 256 / 224;
const SMALL = 64;

/** How pictures are scaled for an input. Those that have its size already are taken as they are. */
function resizeFor(height: number, width: number): Resize {
  const side = Math.max(height, width);
  if (side <= SMALL) return side;
  const shortSide = Math.round(side * MARGIN);
  return height === width ? { shortSide, unless: side } : shortSide;
}

/** What experiments on a model file take where a config says nothing. */
function defaultsOfImported(network: Network, beta: number | undefined): ModelDefaults {
  const { height, width, activation } = network;
  const pixels = height * width;
  const smooth = isSmooth(activation);
  return {
    surrogateBeta: smooth ? undefined : beta,
    matchBeta: smooth || beta === undefined ? undefined : { from: beta / 5, to: 2 * beta },
    k: Math.min(pixels, Math.max(TOP.least, Math.round(TOP.part * pixels))),
    resize: resizeFor(height, width),
  };
}
