// A network from an ONNX file, opened: read, compared with what ONNX Runtime makes of the file as it is, and what a user
// should know of it said.

import type { ImportedModel } from '../config/imported-model.js';
import { importOptions } from '../config/model.js';
import { processor } from '../engine/choice.js';
import { openEngine } from '../engine/choose.js';
import { runFile } from '../engine/onnx/run-file.js';
import { UserError } from '../errors.js';
import { compilePredictor } from '../explain/index.js';
import {
  type Imported,
  importNetwork,
  inputColors,
  type ModelFile,
  readModel,
  type Squashing,
} from '../import/index.js';
import { softmax } from '../metric/output.js';
import { note } from '../note.js';
import { keyedRandom } from '../random.js';

/** How far scores may be apart, as a part of the largest: of weights of 32 and of 16 bits. */
const TOLERANCE = { full: 1e-4, half: 1e-2 };

/** A picture of smooth colors and noise, [3,H,W] in 0..255. */
function checkPicture(height: number, width: number): Float32Array {
  const random = keyedRandom(1, 'picture of the self-check');
  return Float32Array.from({ length: 3 * height * width }, (_, i) => {
    const [color, row, column] = [
      Math.floor(i / (height * width)),
      Math.floor(i / width) % height,
      i % width,
    ];
    const wave = Math.sin((5 * row) / height + color) * Math.cos((7 * column) / width - color);
    return 127.5 + 90 * wave + 60 * (random.uniform() - 0.5);
  });
}

/** The picture as the file takes it. */
function inputOf({ planes }: Imported, picture: Float32Array, form: ImportedModel): Float32Array {
  const { channels, height, width, layout } = planes;
  const given = importOptions(form).input;
  const { order } = given;
  const { scale, mean, std } = inputColors(form.file, given, channels).preprocessing;
  const pixels = height * width;
  const own = picture.map((value, i) => {
    const c = Math.floor(i / pixels);
    return (value / scale - mean[c]!) / std[c]!;
  });
  const channel = (c: number, at: number): number => {
    if (order === 'gray') return (own[at]! + own[pixels + at]! + own[2 * pixels + at]!) / 3;
    return own[(order === 'bgr' ? 2 - c : c) * pixels + at]!;
  };
  return Float32Array.from({ length: channels * pixels }, (_, i) =>
    layout === 'channels-first'
      ? channel(Math.floor(i / pixels), i % pixels)
      : channel(i % channels, Math.floor(i / channels)),
  );
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));

/** What stands behind scores in the file. */
const squashed: Readonly<Record<Squashing, (scores: Float32Array) => Float32Array>> = {
  Softmax: (scores) => Float32Array.from(softmax(scores)),
  LogSoftmax: (scores) => Float32Array.from(softmax(scores), Math.log),
  Sigmoid: (scores) => scores.map(sigmoid),
};

/** How far apart the scores of a network and of its file are on a picture, as a part of the largest. */
export async function importError(imported: Imported, model: ImportedModel): Promise<number> {
  const { bound, planes, output, off } = imported;
  const { height, width, classes } = bound.network;
  const picture = checkPicture(height, width);
  const predictor = await compilePredictor(await openEngine(processor), bound);
  const scores = await predictor.predict(picture);
  await predictor.release();
  const shape =
    planes.layout === 'channels-first'
      ? [1, planes.channels, height, width]
      : [1, height, width, planes.channels];
  const input = { name: planes.name, data: inputOf(imported, picture, model), shape };
  const expected = await runFile(model.file, input, output);
  // one output is the second of two classes
  const own = expected.length === 1 && classes === 2 ? scores.subarray(1) : scores;
  const got = off === undefined ? own : squashed[off](own);
  const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const apart = expected.reduce((most, v, i) => Math.max(most, Math.abs(v - got[i]!)), 0);
  return largest === 0 ? apart : apart / largest;
}

/** A network from a file, and the SHA-256 of the file and of those beside it that it reads. */
export interface OpenedImport extends Imported {
  readonly file: ModelFile;
}

/**
 * Opens a network from a file.
 * @param checked whether it is compared with the file as ONNX Runtime runs it, and what is to be known is said
 * Throws a UserError where the file is no network that can be explained, or where the two differ.
 */
export async function openImport(model: ImportedModel, checked: boolean): Promise<OpenedImport> {
  const file = await readModel(model.file);
  const imported = importNetwork(file, importOptions(model));
  if (checked) {
    for (const text of imported.notes) note(`${model.file}: ${text}`);
    const error = await importError(imported, model);
    const tolerance = file.half ? TOLERANCE.half : TOLERANCE.full;
    if (!(error <= tolerance))
      throw new UserError(
        `${model.file}: its scores here are ${error.toExponential(1)} of the largest away from those of ONNX Runtime, expected at most ${tolerance}; please report its operators: ${[...imported.operators.keys()].join(', ')}`,
      );
  }
  return { ...imported, file };
}
