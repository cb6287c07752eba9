// What the command makes of a Caffe model, where it puts it, and what it refuses.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { compilePredictor } from '../explain/index.js';
import { caffeReleases } from '../fetch/registry.js';
import { bind, networkOf } from '../model/index.js';
import { imageOf, weightsOf } from '../model/testing/networks.js';
import { refusal, useFolder } from '../testing/files.js';
import { readWeights } from '../weights/read.js';
import type { WeightTensor } from '../weights/safetensors.js';
import { modelOf, releaseOf } from '../weights/testing/caffe-file.js';
import { convertCommand } from './convert.js';
import { said } from './testing/said.js';

const at = useFolder();
const network = networkOf('squeezenet1_1');
const random = weightsOf(network);
const model = modelOf(releaseOf('squeezenet1_1', random.tensors));
const given = () => at('squeezenet_v1.1.caffemodel');
const inRoot = () => at('root', 'weights', 'squeezenet1_1.safetensors');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** Shapes and bits by name; arrays of a million numbers are slow to compare one by one. */
const bits = (tensors: ReadonlyMap<string, WeightTensor>) =>
  Object.fromEntries(
    [...tensors].map(([name, { shape, data }]) => [
      name,
      `${shape} ${sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))}`,
    ]),
  );
const convert = (options: Parameters<typeof convertCommand>[1] = {}) =>
  convertCommand(given(), { data: at('root'), ...options });

describe('a Caffe model of SqueezeNet becomes weights', () => {
  it('in the data root, with their hash and a note that it is not the published one', async () => {
    await writeFile(given(), model);
    const { status, out, err } = await said(convert);
    const written = await readFile(inRoot());
    expect([status, out]).toEqual([0, `squeezenet1_1: ${inRoot()}, SHA-256 ${sha256(written)}\n`]);
    expect(err).toBe(
      `fragile: note: ${given()} has SHA-256 ${sha256(model)}; the published file has ${caffeReleases.squeezenet1_1!.sha256}\n`,
    );
    const { tensors } = await readWeights(inRoot());
    expect(bits(tensors)).toEqual(bits(random.tensors));
    expect(await readdir(at('root', 'weights'))).toEqual(['squeezenet1_1.safetensors']);
  });

  it('without a note where it is the published one', async () => {
    await writeFile(given(), model);
    const releases = { squeezenet1_1: { path: '', sha256: sha256(model) } };
    const { err } = await said(() => convertCommand(given(), { data: at('root') }, releases));
    expect(err).toBe('');
  });

  it('in a file of another name', async () => {
    await writeFile(given(), model);
    const out = at('elsewhere', 'mine.safetensors');
    expect((await said(() => convert({ out }))).out).toMatch(`squeezenet1_1: ${out}, SHA-256 `);
    expect(existsSync(at('root'))).toBe(false);
  });

  it('that replace nothing without --fresh', async () => {
    await writeFile(given(), model);
    await mkdir(at('root', 'weights'), { recursive: true });
    await writeFile(inRoot(), 'mine');
    expect(await refusal(convert())).toBe(
      `${inRoot()}: exists already; use --fresh to replace it or --out for another file`,
    );
    expect(await readFile(inRoot(), 'utf8')).toBe('mine');
    expect((await said(() => convert({ fresh: true }))).status).toBe(0);
    expect((await readWeights(inRoot())).tensors.size).toBe(52);
  });
});

describe('nothing is written', () => {
  it.each([
    [
      'of a file that is cut',
      model.subarray(0, 3_000_000),
      'not a Caffe model (.caffemodel): it is',
    ],
    ['of another network', modelOf([]), 'not a Caffe model (.caffemodel): it has no layer'],
    [
      'of a model without its last layer',
      modelOf(releaseOf('squeezenet1_1', random.tensors).slice(0, -1)),
      'not weights of squeezenet1_1: layer conv10 is missing',
    ],
  ])('%s', async (_, bytes, why) => {
    await writeFile(given(), bytes);
    expect(await refusal(convert())).toContain(`${given()}: ${why}`);
    expect(existsSync(at('root'))).toBe(false);
  });

  it('where nothing can be, in one line', async () => {
    await writeFile(given(), model);
    await writeFile(at('root'), '');
    expect(await refusal(convert())).toMatch(`${inRoot()}: cannot be written: `);
  });
});

describe('the real weights', () => {
  const real = path.join(process.env.FRAGILE_DATA ?? '', 'weights', 'squeezenet1_1.safetensors');
  const there = process.env.FRAGILE_DATA !== undefined && existsSync(real);
  it.skipIf(!there)('come back with the same scores (needs FRAGILE_DATA)', async () => {
    const before = await readWeights(real);
    await writeFile(given(), modelOf(releaseOf('squeezenet1_1', before.tensors), 'layers'));
    await said(convert);
    const after = await readWeights(inRoot());
    expect(bits(after.tensors)).toEqual(bits(before.tensors));
    const [one, two] = await Promise.all(
      [before, after].map(async (weights) => {
        const predictor = await compilePredictor(onnxEngine(), bind(network, weights));
        const scores = await predictor.predict(imageOf(network));
        await predictor.release();
        return scores;
      }),
    );
    expect(two).toEqual(one);
  });
});
