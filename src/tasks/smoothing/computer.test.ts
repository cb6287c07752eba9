// Rows of smoothing, against maps that are computed one by one: each with a program of its β or its noise.
import { beforeAll, describe, expect, it } from 'vitest';
import { checkConfig } from '../../config/file.js';
import { resolveChecked } from '../../config/values.js';
import { lockstep } from '../../engine/lockstep.js';
import { onnxEngine } from '../../engine/onnx/onnx.js';
import {
  compileEvaluator,
  compilePredictor,
  gradient,
  lrp,
  type Method,
  oneHot,
  smoothgrad,
} from '../../explain/index.js';
import { argmax } from '../../metric/output.js';
import { pcc } from '../../metric/pcc.js';
import type { Activation } from '../../model/index.js';
import { drawsOf } from '../../subject/draws.js';
import { partnerOf } from '../../subject/pairs.js';
import { clean, embedded, resultsOf, subject } from '../attack/testing/cells.js';
import { openSmoothingComputer, type SmoothingFound } from './computer.js';
import { resolveSmoothing, type SmoothingConfig, smoothingForm } from './config.js';
import type { SmoothingRow } from './results.js';

const attack = { name: 'match-target', iterations: 6, weights: [1e7, 1e2] };
const IMAGE = 2;
const network = subject.network;
/** The classes that the network predicts for the first images. */
const labels: number[] = [];
beforeAll(async () => {
  const predictor = await compilePredictor(onnxEngine(), network);
  for (let i = 0; i <= IMAGE + 1; i++) labels.push(argmax(await predictor.predict(await clean(i))));
  await predictor.release();
});
const { classes } = network.network;

const configOf = async (change: object = {}): Promise<SmoothingConfig> => {
  const given = {
    name: 'trial',
    task: 'smoothing',
    model: { name: 'cifar-cnn', width: 0.125 },
    data: { name: 'embedded', correct: false },
    explain: ['gradient', 'lrp'],
    attack: [attack],
    smoothing: { beta: [2, 30], noise: [0.01, 0.2], samples: 3 },
    save: { images: 1 },
    ...change,
  };
  const { value, origin } = checkConfig(
    () => smoothingForm,
    given,
    [],
    () => 'config',
  );
  return resolveChecked({ resolve: resolveSmoothing as never }, value, origin);
};

/** The results of images, those of one method together. */
async function computed(
  config: SmoothingConfig,
  images: readonly number[] = [IMAGE],
): Promise<SmoothingFound[]> {
  const { engine, together } = lockstep(onnxEngine(), images.length);
  const computer = (await openSmoothingComputer(config, subject))(engine);
  const found: SmoothingFound[] = [];
  for (const method of config.explain.keys()) {
    const cells = await Promise.all(
      images.map(async (image) => ({ image, label: labels[image]!, method, attack: 0 })),
    );
    const run = cells.map((cell) => () => computer.run(cell, () => {}));
    found.push(...((await together(run)) as SmoothingFound[]));
  }
  return found;
}

/** A map by a program of its own. */
async function mapOf(
  method: Method,
  activation: Activation,
  x: Float32Array,
  label: number,
  origin: Float32Array,
) {
  const evaluator = await compileEvaluator(onnxEngine(), network, method, activation);
  const id = embedded.entries[IMAGE]!.id;
  const { map } = await evaluator.evaluate(x, oneHot(classes, label), drawsOf(origin, [1, id]));
  await evaluator.release();
  return map;
}

describe('rows of smoothing', () => {
  let config: SmoothingConfig;
  let found: SmoothingFound[];
  const load = (image: number) => embedded.load(embedded.entries[image]!, network.network);
  beforeAll(async () => {
    config = await configOf();
    found = await computed(config);
  });

  it('begin without smoothing, as an attack alone gives it', async () => {
    const alone = await resultsOf(
      { explain: ['gradient', 'lrp'], attack: [attack], epsilon: undefined },
      IMAGE,
    );
    for (const [i, { rows }] of found.entries()) {
      expect(rows.map(({ smoothing, value }) => [smoothing, value])).toEqual([
        ['none', undefined],
        ['beta', 2],
        ['beta', 30],
        ['noise', 0.01],
        ['noise', 0.2],
      ]);
      const row = alone[i]!.rows[0]!;
      expect(rows[0]).toMatchObject({ status: 'ok', target_image: row.target_image });
      expect(rows[0]!.pcc_original).toBeCloseTo(row.pcc!, 6);
      expect(rows[0]!.pcc_target).toBeCloseTo(row.target_pcc!, 6);
      expect([rows[0]!.pcc_clean_original, rows[0]!.agree]).toEqual([1, undefined]);
    }
  });

  it.each([
    ['gradient', gradient()],
    ['lrp', lrp()],
  ])('of %s compare maps that programs of one smoothing give', async (name, method) => {
    const of = found[config.explain.findIndex(({ id }) => id === name)]!;
    const [x, other] = [await load(IMAGE), await load(partnerOf(1, embedded.entries, IMAGE))];
    const evaluator = await compileEvaluator(onnxEngine(), network, method, 'relu');
    const predicted = async (image: Float32Array) =>
      argmax(
        (await evaluator.evaluate(image, oneHot(classes, 0), drawsOf(image, [1, 'any']))).scores,
      );
    const [label, otherLabel] = [await predicted(x), await predicted(other)];
    await evaluator.release();
    const plain = await mapOf(method, 'relu', x, label, x);
    const plainOther = await mapOf(method, 'relu', other, otherLabel, x);
    const smoothings: [Method, Activation][] = [
      [method, { softplus: 2 }],
      [method, { softplus: 30 }],
      ...[0.01, 0.2].map((noise): [Method, Activation] => [
        smoothgrad(network, { of: method, samples: 3, noise }),
        'relu',
      ]),
    ];
    for (const [i, [how, activation]] of smoothings.entries()) {
      const row = of.rows[i + 1]!;
      const maps = of.maps[i + 1]!;
      const original = await mapOf(how, activation, x, label, x);
      const target = await mapOf(how, activation, other, otherLabel, x);
      const cross = await mapOf(how, activation, other, label, x);
      const expected: Partial<SmoothingRow> = {
        pcc_original: pcc(maps.attacked, plain)!,
        pcc_target: pcc(maps.attacked, plainOther)!,
        pcc_smoothed_original: pcc(maps.attacked, original)!,
        pcc_smoothed_target: pcc(maps.attacked, target)!,
        pcc_clean_original: pcc(original, plain)!,
        pcc_clean_target: pcc(original, plainOther)!,
        pcc_cross: pcc(original, cross)!,
      };
      for (const [column, value] of Object.entries(expected))
        expect(row[column as keyof SmoothingRow], `${i} ${column}`).toBeCloseTo(value as number, 4);
    }
  });

  it('are the same in a batch', async () => {
    const batched = await computed(config, [IMAGE, IMAGE + 1]);
    for (const [i, { rows }] of found.entries())
      for (const [j, row] of rows.entries()) {
        expect(batched[2 * i]!.rows[j]!.pcc_original).toBeCloseTo(row.pcc_original!, 4);
        expect(batched[2 * i + 1]!.rows[j]!.image).not.toBe(row.image);
      }
  });

  it('say that the label was lost, one for each smoothing', async () => {
    // steps of a thousand gray levels leave nothing of the image
    const strong = { ...attack, iterations: 4, rate: 20, weights: [1e7, 0] };
    const config = await configOf({ explain: ['gradient'], attack: [strong] });
    const lost = (await computed(config, [0, 1, 2, 3])).filter(
      ({ rows }) => rows[0]!.status !== 'ok',
    );
    expect(lost.length).toBeGreaterThan(0);
    for (const { rows, maps } of lost) {
      expect(rows.map(({ status }) => status)).toEqual(Array(5).fill('label-lost'));
      expect(maps).toEqual([]);
    }
  });
});
