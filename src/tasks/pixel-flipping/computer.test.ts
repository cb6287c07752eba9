// Rows of pixel-flipping, against plain loops over images that are built pixel by pixel.
import { beforeAll, describe, expect, it } from 'vitest';
import { checkConfig } from '../../config/file.js';
import { resolveChecked } from '../../config/values.js';
import { lockstep } from '../../engine/lockstep.js';
import { onnxEngine } from '../../engine/onnx/onnx.js';
import { compileEvaluator, compilePredictor, gradient, oneHot } from '../../explain/index.js';
import { argmax, softmax } from '../../metric/output.js';
import { drawsOf } from '../../subject/draws.js';
import { embedded, subject } from '../attack/testing/cells.js';
import { openPixelFlippingComputer } from './computer.js';
import { type PixelFlippingConfig, pixelFlippingForm, resolvePixelFlipping } from './config.js';
import { cellsOf } from './plan.js';
import type { FlippingRow } from './results.js';

const { network } = subject;
const { classes, height, width } = network.network;
const IMAGE = 2;
const percents = [0, 0.5, 10, 100];
const load = (image: number) => embedded.load(embedded.entries[image]!, network.network);

function configOf(): Promise<PixelFlippingConfig> {
  const { value, origin } = checkConfig(
    () => pixelFlippingForm,
    {
      ...{ name: 'trial', task: 'pixel-flipping', model: { name: 'cifar-cnn', width: 0.125 } },
      ...{ data: { name: 'embedded', correct: false }, percents },
      explain: ['gradient', { name: 'gradient', id: 'smooth', smooth: { beta: 3 } }],
    },
    [],
    () => 'config',
  );
  return resolveChecked({ resolve: resolvePixelFlipping as never }, value, origin);
}

/** The network's scores for an image. */
async function scoresOf(x: Float32Array): Promise<Float32Array> {
  const predictor = await compilePredictor(onnxEngine(), network);
  const scores = await predictor.predict(x);
  await predictor.release();
  return scores;
}

async function rowsOf(images: readonly number[]): Promise<FlippingRow[]> {
  const config = await configOf();
  const { engine, together } = lockstep(onnxEngine(), images.length);
  const computer = (await openPixelFlippingComputer(config, subject))(engine);
  const cells = await Promise.all(
    images.map(async (image) => cellsOf(config, image, argmax(await scoresOf(await load(image))))),
  );
  const rows: FlippingRow[] = [];
  for (const at of cells[0]!.keys()) {
    const run = cells.map((of) => () => computer.run(of[at]!, () => {}));
    for (const found of (await together(run)) as { rows: FlippingRow[] }[])
      rows.push(...found.rows);
  }
  return rows;
}

describe('rows of pixel-flipping', () => {
  let rows: FlippingRow[];
  beforeAll(async () => {
    rows = await rowsOf([IMAGE]);
  });

  it('are of every method and the random order, at each percent', () => {
    expect(rows.map(({ method, percent }) => [method, percent])).toEqual(
      ['gradient', 'smooth', 'random'].flatMap((method) => percents.map((p) => [method, p])),
    );
    expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['ok']));
  });

  it('begin with the image itself, and end with the same for all methods', () => {
    for (const end of [0, 100])
      expect(
        new Set(rows.flatMap(({ percent, confidence }) => (percent === end ? confidence : []))),
      ).toHaveProperty('size', 1);
  });

  it.each([
    ['gradient', 'relu'],
    ['smooth', { softplus: 3 }],
  ] as const)('of %s remove the pixels of the largest values first', async (id, activation) => {
    const x = await load(IMAGE);
    const label = argmax(await scoresOf(x));
    const evaluator = await compileEvaluator(onnxEngine(), network, gradient(), activation);
    const draws = drawsOf(x, [1, embedded.entries[IMAGE]!.id]);
    const { map } = await evaluator.evaluate(x, oneHot(classes, label), draws);
    await evaluator.release();
    const pixels = height * width;
    const { scale } = network.network.layers[0] as unknown as { scale: number };
    for (const percent of percents) {
      const without = x.slice();
      const left = map.slice();
      for (let n = 0; n < Math.floor((percent * pixels) / 100); n++) {
        const largest = left.indexOf(Math.max(...left));
        left[largest] = -1;
        for (let channel = 0; channel < 3; channel++)
          without[channel * pixels + largest] = network.mean.data[channel]! * scale;
      }
      const scores = await scoresOf(without);
      const row = rows.find((one) => one.method === id && one.percent === percent)!;
      expect(row.confidence, `${percent} %`).toBeCloseTo(softmax(scores)[label]!, 5);
      expect(row.correct).toBe(argmax(scores) === embedded.entries[IMAGE]!.label);
    }
  });

  it('are the same alone and together', async () => {
    const together = await rowsOf([IMAGE, 5]);
    const random = (of: readonly FlippingRow[]) =>
      of.flatMap(({ method, image, confidence }) =>
        method === 'random' && image === rows[0]!.image ? confidence! : [],
      );
    random(together).forEach((value, i) => {
      expect(value).toBeCloseTo(random(rows)[i]!, 5);
    });
    const other = together.filter(
      ({ image, method }) => image !== rows[0]!.image && method === 'random',
    );
    expect(other).toHaveLength(percents.length);
  });
});
