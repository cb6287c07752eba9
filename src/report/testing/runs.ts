// Small folders as runs leave them, for tests of reports.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatRows, headerOf } from '../../record/table.js';
import { saveKept } from '../../tasks/attack/kept/write.js';
import { type ResultRow, resultColumns } from '../../tasks/attack/results.js';
import { logColumns } from '../../tasks/train/log.js';

/** Writes a folder with a record and tables of the columns given. */
export async function writeRun(
  folder: string,
  config: object,
  tables: Readonly<Record<string, { columns: readonly string[]; rows: readonly object[] }>>,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const record = {
    config: { name: path.basename(folder), ...config },
    seed: 1,
    versions: { fragile: '0.1.0' },
    engine: { name: 'onnx', version: '1.30.0', device: 'cpu', workers: 2 },
    weights: { file: 'cifar-cnn.safetensors', sha256: '0c3ad35c7613de0adaab8ae1803097ce' },
    start: '2026-01-01T10:00:00.000Z',
    end: '2026-01-01T10:30:00.000Z',
    images: { asked: 4, used: 4, tried: 5 },
  };
  await writeFile(path.join(folder, 'run.json'), JSON.stringify(record));
  for (const [name, { columns, rows }] of Object.entries(tables))
    await writeFile(path.join(folder, name), headerOf(columns) + formatRows(rows, columns));
  return folder;
}

const images = ['deer/0.png', 'deer/1.png', 'frog/0.png', 'frog/1.png'];

const base = {
  experiment: 'small',
  model: 'cifar-cnn',
  dataset: 'embedded',
  prediction: 4,
  seed: 1,
};

/** Rows of attacks on four images, at two ε; the last image loses its label under top-k at the larger ε. */
export const attackRows = (
  change: Partial<ResultRow> = {},
  attacks: readonly string[] = ['random-sign', 'top-k'],
): ResultRow[] =>
  attacks.flatMap((attack, a) =>
    [2, 8].flatMap((epsilon) =>
      images.map((image, i): ResultRow => {
        const lost = attack === 'top-k' && epsilon === 8 && i === 3;
        return {
          ...base,
          ...{ image, method: 'gradient', attack, epsilon },
          ...(attack === 'random-sign' ? {} : { select: 'intersection' }),
          status: lost ? 'label-lost' : 'ok',
          ...(lost
            ? {}
            : {
                confidence: 0.9,
                confidence_perturbed: 0.8,
                topk_intersection: 0.8 / (1 + a * epsilon) + 0.02 * i,
                spearman: 0.9 - 0.05 * epsilon * (a + 1) + 0.03 * i,
                center_shift: epsilon * (a + 1) + i,
              }),
          ...change,
        };
      }),
    ),
  );

/** Rows of maps that were given to images: two methods, four images. */
export const matchRows = (): ResultRow[] =>
  ['gradient', 'lrp'].flatMap((method, m) =>
    images.map(
      (image, i): ResultRow => ({
        ...base,
        ...{ image, method, attack: 'match-target', epsilon: 16, status: 'ok' },
        target_image: 'cat/0.png',
        target_ssim: 0.6 + 0.05 * i + 0.1 * m,
        target_pcc: 0.7 + 0.04 * i + 0.1 * m,
        target_mse: 1e-10 * (1 + i),
        image_ssim: 0.98 - 0.01 * i,
        image_pcc: 0.999 - 0.0002 * i,
        image_mse: 1e-3 * (i + 1),
        output_change: 0.01 * i + 0.005 * m,
      }),
    ),
  );

export const attackConfig = {
  task: 'attack',
  model: { name: 'cifar-cnn' },
  data: { name: 'embedded', count: 4, correct: true },
  explain: [{ name: 'gradient', id: 'gradient' }],
  attack: [
    { name: 'random-sign', id: 'random-sign' },
    { name: 'top-k', id: 'top-k', select: ['intersection'] },
  ],
  epsilon: [2, 8],
  metrics: { k: 100 },
};

/** A run of attacks that kept what the first image became. */
export async function writeAttackRun(folder: string): Promise<string> {
  const rows = attackRows();
  await writeRun(folder, attackConfig, { 'results.csv': { columns: resultColumns, rows } });
  const ramp = (n: number, step: number) =>
    Float32Array.from({ length: n }, (_, i) => (i * step) % 256);
  for (const row of rows.filter(({ image }) => image === images[0])) {
    const x = ramp(3 * 1024, 3).map((v) => Math.min(255, v + row.epsilon!));
    const kept = [{ select: row.select ?? '', x, map: ramp(1024, 5) }];
    const found = {
      rows: [],
      trace: [],
      kept,
      cleanImage: ramp(3 * 1024, 3),
      cleanMap: ramp(1024, 7),
    };
    await saveKept(folder, row, found, { height: 32, width: 32 });
  }
  return folder;
}

export const writeMatchRun = (folder: string): Promise<string> =>
  writeRun(
    folder,
    { ...attackConfig, attack: [{ name: 'match-target', id: 'match-target' }], epsilon: [16] },
    { 'results.csv': { columns: resultColumns, rows: matchRows() } },
  );

export const angles = [12, 55, 61, 78, 84, 86, 88, 89, 89.5, 90];

export const writeAnglesRun = (folder: string): Promise<string> =>
  writeRun(
    folder,
    { task: 'angles', model: { name: 'cifar-cnn-softplus' }, data: { name: 'cifar-10' } },
    {
      'angles.csv': {
        columns: ['image', 'status', 'angle'],
        rows: [
          ...angles.map((angle, i) => ({ image: String(i), status: 'ok', angle })),
          { image: 'flat', status: 'no-map' },
        ],
      },
    },
  );

export const log = [
  { epoch: 1, step: 50, seconds: 5, loss: 2.2, accuracy: 0.23 },
  { epoch: 1, step: 100, seconds: 10, loss: 1.7, accuracy: 0.38, test_accuracy: 0.4 },
  { epoch: 2, step: 150, seconds: 15, loss: 1.4, accuracy: 0.47 },
  { epoch: 2, step: 200, seconds: 20, loss: 1.3, accuracy: 0.53, test_accuracy: 0.55 },
];

export const writeTraining = (folder: string): Promise<string> =>
  writeRun(
    folder,
    { model: { name: 'cifar-cnn' }, data: { name: 'cifar-10' } },
    { 'train-log.csv': { columns: logColumns, rows: log } },
  );

export const writeInfluenceRun = (folder: string): Promise<string> =>
  writeRun(
    folder,
    { task: 'influence', model: { name: 'resnet18' }, data: { name: 'flowers' } },
    {
      'influence.csv': {
        columns: [
          ...['experiment', 'model', 'dataset', 'image', 'attack', 'epsilon', 'status'],
          ...['topk_intersection', 'spearman', 'angle', 'seed'],
        ],
        rows: attackRows({ model: 'resnet18', dataset: 'flowers' }).map((row) => ({
          ...row,
          angle: row.attack === 'top-k' ? 100 : undefined,
        })),
      },
    },
  );

/** The trace of two images under one attack, of seven iterates each. */
export const tracePoints = images.slice(0, 2).flatMap((image, i) =>
  Array.from({ length: 7 }, (_, iteration) => ({
    ...{ image, method: 'gradient', attack: 'top-k', iteration },
    values: { spearman: 0.9 - 0.2 * iteration + 0.1 * i },
  })),
);
