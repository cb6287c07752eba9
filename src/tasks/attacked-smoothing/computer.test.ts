// Rows of attacks on smoothed explanations, against the same attack by `task: attack` and maps computed one by one.
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
import { cellsOf } from '../../task/pair-task.js';
import { embedded, resultsOf, subject } from '../attack/testing/cells.js';
import { gainOf, openAttackedSmoothingComputer } from './computer.js';
import {
  type AttackedSmoothingConfig,
  attackedSmoothingForm,
  resolveAttackedSmoothing,
} from './config.js';
import type { AttackedRow } from './results.js';

const { network } = subject;
const { classes } = network.network;
const IMAGE = 2;
const attack = { name: 'match-target', iterations: 6, weights: [1e7, 1e2] };
const explain = [
  'gradient',
  { name: 'gradient', id: 'beta', smooth: { beta: 3 } },
  { name: 'lrp', id: 'lrp-beta', smooth: { beta: 3 } },
  { name: 'smoothgrad', id: 'noise', samples: 3, direction: { steps: 2 } },
];
const load = (image: number) => embedded.load(embedded.entries[image]!, network.network);

function configOf(change: object = {}): Promise<AttackedSmoothingConfig> {
  const { value, origin } = checkConfig(
    () => attackedSmoothingForm,
    {
      ...{ name: 'trial', task: 'attacked-smoothing', model: { name: 'cifar-cnn', width: 0.125 } },
      ...{ data: { name: 'embedded', correct: false }, explain, attack: [attack], ...change },
    },
    [],
    () => 'config',
  );
  return resolveChecked({ resolve: resolveAttackedSmoothing as never }, value, origin);
}

/** The class that the network predicts for an image. */
async function labelOf(image: number): Promise<number> {
  const predictor = await compilePredictor(onnxEngine(), network);
  const scores = await predictor.predict(await load(image));
  await predictor.release();
  return argmax(scores);
}

/** The rows of images under every explanation, those of one cell of several images together. */
async function rowsOf(
  config: AttackedSmoothingConfig,
  images: readonly number[] = [IMAGE],
): Promise<AttackedRow[]> {
  const { engine, together } = lockstep(onnxEngine(), images.length);
  const computer = (await openAttackedSmoothingComputer(config, subject))(engine);
  const cells = await Promise.all(
    images.map(async (image) => cellsOf(config, image, await labelOf(image))),
  );
  const rows: AttackedRow[] = [];
  for (const at of cells[0]!.keys()) {
    const run = cells.map((of) => () => computer.run(of[at]!, () => {}));
    for (const found of (await together(run)) as { rows: AttackedRow[] }[])
      rows.push(...found.rows);
  }
  return rows;
}

/** A map by a program of its own. */
async function mapOf(method: Method, activation: Activation, image: number, label: number) {
  const evaluator = await compileEvaluator(onnxEngine(), network, method, activation);
  const x = await load(image);
  const draws = drawsOf(x, [1, embedded.entries[image]!.id]);
  const { map } = await evaluator.evaluate(x, oneHot(classes, label), draws);
  await evaluator.release();
  return map;
}

describe('rows of attacked smoothing', () => {
  let rows: AttackedRow[];
  beforeAll(async () => {
    rows = await rowsOf(await configOf());
  });

  it('are what the same attack alone gives', async () => {
    const alone = await resultsOf({ explain, attack: [attack], epsilon: undefined }, IMAGE);
    expect(rows.map(({ method }) => method)).toEqual(['gradient', 'beta', 'lrp-beta', 'noise']);
    for (const [i, row] of rows.entries()) {
      const { target_image, target_pcc, image_mse } = alone[i]!.rows[0]!;
      expect(row).toMatchObject({ status: 'ok', target_image });
      expect(row.pcc_target, row.method).toBeCloseTo(target_pcc!, 6);
      expect(row.rms, row.method).toBeCloseTo(255 * Math.sqrt(image_mse!), 4);
      expect(row.rms, row.method).toBeGreaterThan(0);
    }
  });

  const noise = smoothgrad(network, { of: gradient(), samples: 3, direction: 2 });
  it.each<[string, Method, Method, Activation]>([
    ['gradient', gradient(), gradient(), 'relu'],
    ['beta', gradient(), gradient(), { softplus: 3 }],
    ['lrp-beta', lrp(), lrp(), { softplus: 3 }],
    ['noise', gradient(), noise, 'relu'],
  ])('of %s say what the smoothing does without an attack', async (id, of, method, activation) => {
    const row = rows.find((one) => one.method === id)!;
    const partner = partnerOf(1, embedded.entries, IMAGE);
    const [label, otherLabel] = [await labelOf(IMAGE), await labelOf(partner)];
    const smoothed = await mapOf(method, activation, IMAGE, label);
    const correlations = {
      fidelity: pcc(smoothed, await mapOf(of, 'relu', IMAGE, label)),
      pcc_cross: pcc(smoothed, await mapOf(method, activation, partner, label)),
      pcc_clean_target: pcc(smoothed, await mapOf(method, activation, partner, otherLabel)),
    };
    for (const [column, value] of Object.entries(correlations))
      expect(row[column as keyof typeof correlations], column).toBeCloseTo(value!, 5);
    expect(row.fidelity! < 0.9999).toBe(id !== 'gradient');
    const before = row.pcc_clean_target!;
    expect(row.gain).toBe((row.pcc_target! - before) / (1 - before));
  });

  it('are the same alone and together', async () => {
    const several = await rowsOf(await configOf({ explain: explain.slice(0, 2) }), [IMAGE, 5]);
    const [first] = several;
    expect(first).toMatchObject({ image: rows[0]!.image, method: 'gradient' });
    expect(first!.pcc_target).toBeCloseTo(rows[0]!.pcc_target!, 4);
  });
});

it('gain is none where nothing is to be gained', () => {
  expect([gainOf(0, 0.5), gainOf(0.5, 0.75), gainOf(0.5, 0.25), gainOf(1, 1)]).toEqual([
    ...[0.5, 0.5, -0.5, undefined],
  ]);
});
