// Cells of attacks for tests: computed on the small network and the pictures that come with the program, or on networks
// and images made for one purpose.
import { expect } from 'vitest';
import type { Dataset } from '../../../data/dataset.js';
import { openDataset } from '../../../data/open.js';
import type { Engine } from '../../../engine/engine.js';
import { onnxEngine } from '../../../engine/onnx/onnx.js';
import { compilePredictor } from '../../../explain/index.js';
import { type BoundNetwork, bind, type ModelName, networkOf } from '../../../model/index.js';
import { keyedRandom } from '../../../random.js';
import { openMethods, openSubject } from '../../../subject/subject.js';
import { explainedClass } from '../../../subject/target-class.js';
import { unfiled } from '../../../testing/images.js';
import { AttackComputer, type CellResult } from '../computer.js';
import type { AttackConfig } from '../config.js';
import { metricsOf } from '../metrics.js';
import { type Cell, cellsOf } from '../plan.js';
import { type ResultRow, resultColumns } from '../results.js';
import { attackConfig } from './config.js';

/** Values of an image of the networks here. */
export const VALUES = 3 * 32 * 32;

export const topK = { name: 'top-k', k: 50, iterations: 4 };
export const everySelection = ['dissimilarity', 'intersection', 'correlation', 'center'];

/** A config of the small network with one cell an image, which keeps all that a cell gives. */
export const configOf = (change: Readonly<Record<string, unknown>> = {}): Promise<AttackConfig> =>
  attackConfig({
    name: 'trial',
    model: { name: 'cifar-cnn', width: 0.125 },
    data: { name: 'embedded', correct: false },
    explain: 'gradient',
    attack: 'random-sign',
    epsilon: 8,
    save: { images: 1, trace: true },
    ...change,
  });

/** The network and the pictures that come with the program. */
export const subject = await openSubject(await configOf(), 'no data root');
export const shipped = subject.network;
export const embedded = await openDataset({ name: 'embedded' }, 'no data root');

/** Pixels of a picture. */
export const clean = (image: number): Promise<Float32Array> =>
  embedded.load(embedded.entries[image]!, shipped.network);

/** What cells are computed with; by default what comes with the program. */
export interface World {
  readonly network: BoundNetwork;
  readonly dataset: Dataset;
  readonly engine: Engine;
}

export async function openOn(
  config: AttackConfig,
  { network = shipped, dataset = embedded, engine = onnxEngine() }: Partial<World> = {},
): Promise<AttackComputer> {
  const { methods } = await openMethods(config, { ...subject, network });
  const target = await explainedClass(config.target, dataset, network.network, subject.dataRoot);
  return new AttackComputer({ config, network, dataset, methods, target }, engine);
}

/** A network of the same form, one to four channels wide, with the weights a test gives it and no mean. */
export function networkWith(
  value: (name: string, i: number) => number,
  { width = 0.02, form = 'cifar-cnn' as ModelName } = {},
): BoundNetwork {
  const network = networkOf(form, { width });
  const tensors = [...network.parameters].map(([name, shape]) => {
    const length = shape.reduce((n, d) => n * d, 1);
    const data = Float32Array.from({ length }, (_, i) => (name === 'mean' ? 0 : value(name, i)));
    return [name, { shape, data }] as const;
  });
  return bind(network, { file: '', sha256: '', metadata: {}, tensors: new Map(tensors) });
}

export function randomNetwork(form: ModelName = 'cifar-cnn'): BoundNetwork {
  const random = keyedRandom('network');
  return networkWith(() => (random.uniform() - 0.4) / 2, { form });
}

/** A data set of one image that is one gray level everywhere, labeled 4. */
export const flat = (level: number): Dataset => ({
  location: '',
  entries: [{ id: 'flat', label: 4 }],
  load: async () => new Float32Array(VALUES).fill(level),
  ...unfiled,
});

/** The cells of images, with the classes that the computer's network gives them. */
export async function cellsOn(
  computer: AttackComputer,
  config: AttackConfig,
  ...images: readonly number[]
): Promise<Cell[]> {
  const cells: Cell[] = [];
  for (const image of images)
    cells.push(...cellsOf(config, image, (await computer.predict(image)).label));
  return cells;
}

/** A result without the time it took. */
export const timeless = ({ rows, ...rest }: CellResult): CellResult => ({
  rows: rows.map(({ seconds: _, ...row }) => row),
  ...rest,
});

/** Computes cells one after another; the results by cell, without the time they took. */
export async function compute(
  computer: AttackComputer,
  cells: readonly Cell[],
): Promise<Map<string, CellResult>> {
  const results = new Map<string, CellResult>();
  const predicted = new Set<number>();
  for (const cell of cells) {
    const key = JSON.stringify(cell);
    if (!predicted.has(cell.image))
      expect((await computer.predict(cell.image)).label, key).toBe(cell.label);
    predicted.add(cell.image);
    const result = await computer.run(cell, () => {});
    for (const { seconds } of result.rows) expect(seconds, key).toBeGreaterThan(0);
    results.set(key, timeless(result));
  }
  await computer.release();
  return results;
}

/** The results on one image of a config that is changed, in the order of its cells. */
export async function resultsOf(
  change: Readonly<Record<string, unknown>>,
  image = 0,
  world: Partial<World> = {},
): Promise<CellResult[]> {
  const config = await configOf(change);
  const computer = await openOn(config, world);
  const results = await compute(computer, await cellsOn(computer, config, image));
  return [...results.values()];
}

/** The result of a config with one cell. */
export async function onlyResult(...args: Parameters<typeof resultsOf>): Promise<CellResult> {
  const results = await resultsOf(...args);
  expect(results).toHaveLength(1);
  return results[0]!;
}

export async function scoresOf(network: BoundNetwork, x: Float32Array): Promise<number[]> {
  const predictor = await compilePredictor(onnxEngine(), network);
  const scores = [...(await predictor.predict(x))];
  await predictor.release();
  return scores;
}

export const probability = (scores: readonly number[], label: number): number =>
  Math.exp(scores[label]!) / scores.reduce((sum, s) => sum + Math.exp(s), 0);

/** The columns that a row fills, in order. */
export const filled = (row: ResultRow) => resultColumns.filter((c) => row[c] !== undefined);
export const inOrder = (columns: readonly string[]) =>
  resultColumns.filter((c) => columns.includes(c));

/** Columns that every row fills. */
export const always: readonly string[] = [
  ...['experiment', 'model', 'dataset', 'image', 'label', 'prediction', 'method', 'attack'],
  ...['epsilon', 'iterations', 'status', 'confidence', 'seed'],
];
/** Columns that a row with a kept iterate fills besides. */
export const ofKept: readonly string[] = [
  ...['best_iteration', 'label_kept', 'confidence_perturbed', 'linf', ...metricsOf('maps')],
  ...['image_ssim', 'image_pcc', 'image_mse'],
  ...['output_change', 'logit_mse_half', 'softmax_mse_half'],
];
