// Small folders as runs leave them, for tests of reports.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { resolveValues } from '../../config/values.js';
import type { AnyConfig } from '../../record/identity.js';
import { writeRecord } from '../../record/run-record.js';
import { formatRows, headerOf } from '../../record/table.js';
import { recordOf } from '../../record/testing/records.js';
import { anglesForm, resolveAngles } from '../../tasks/angles/config.js';
import { anglesTable } from '../../tasks/angles/results.js';
import { saveKept } from '../../tasks/attack/kept/write.js';
import { type ResultRow, resultColumns } from '../../tasks/attack/results.js';
import { attackConfig as resolvedAttack } from '../../tasks/attack/testing/config.js';
import { influenceForm, resolveInfluence } from '../../tasks/influence/config.js';
import { influenceTable } from '../../tasks/influence/results.js';
import {
  freeOf,
  resolveTraining,
  type TrainingConfig,
  trainForm,
} from '../../tasks/train/config.js';
import { logTable } from '../../tasks/train/log.js';
import type { TrainingOutcome } from '../../tasks/train/training.js';

type Tables = Readonly<
  Record<string, { readonly columns: readonly string[]; readonly rows: readonly object[] }>
>;

/**
 * Writes a folder with a record and tables of the columns given.
 * @param config where it does not say so, it is called as the folder
 */
export async function writeRun(
  folder: string,
  config: Omit<AnyConfig, 'name' | 'output'> & Partial<AnyConfig>,
  tables: Tables,
  change: Parameters<typeof recordOf>[1] = {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const whole = { name: path.basename(folder), ...config, output: folder };
  // trainings tell of no images in use
  const units = config.task === 'train' ? {} : { units: { asked: 4, used: 4, tried: 5 } };
  const told = { ...units, ...change };
  const free = config.task === 'train' ? freeOf(whole as TrainingConfig) : [];
  await writeRecord(folder, recordOf(whole, told, free));
  for (const [name, { columns, rows }] of Object.entries(tables))
    await writeFile(path.join(folder, name), headerOf(columns) + formatRows(rows, columns));
  return folder;
}

/** A config without what is its folder's. */
function nameless<C extends AnyConfig>({ name: _, output: __, ...config }: C) {
  return config;
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

/** A config of attacks on the four images. */
export const attackConfig = nameless(
  await resolvedAttack({
    name: 'small',
    model: 'cifar-cnn',
    data: { name: 'embedded', count: 4 },
    explain: 'gradient',
    attack: ['random-sign', { name: 'top-k', select: 'intersection' }],
    epsilon: [2, 8],
  }),
);

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

const matchConfig = nameless(
  await resolvedAttack({
    name: 'small',
    model: 'cifar-cnn',
    data: { name: 'embedded', pairs: 4 },
    explain: ['gradient', 'lrp'],
    attack: { name: 'match-target', epsilon: 16 },
  }),
);

export const writeMatchRun = (folder: string): Promise<string> =>
  writeRun(folder, matchConfig, { 'results.csv': { columns: resultColumns, rows: matchRows() } });

export const angles = [12, 55, 61, 78, 84, 86, 88, 89, 89.5, 90];

const place = () => 'a test';
const ofData = (model: string, data: string) => ({ name: 'small', model, data });
const anglesConfig = nameless(
  await resolveValues(
    { form: anglesForm, resolve: resolveAngles },
    { task: 'angles', ...ofData('cifar-cnn-softplus', 'cifar-10') },
    [],
    place,
  ),
);

/** A run of angles: one image has none. */
export const writeAnglesRun = (folder: string): Promise<string> => {
  const row = { experiment: 'small', model: 'cifar-cnn-softplus', dataset: 'cifar-10' };
  return writeRun(folder, anglesConfig, {
    'angles.csv': {
      columns: anglesTable.columns,
      rows: [
        ...angles.map((angle, i) => ({ ...row, image: String(i), status: 'ok', angle })),
        { ...row, image: 'flat', status: 'no-map' },
      ],
    },
  });
};

export const log = [
  { epoch: 1, step: 50, seconds: 5, loss: 2.2, accuracy: 0.23 },
  { epoch: 1, step: 100, seconds: 10, loss: 1.7, accuracy: 0.38, test_accuracy: 0.4 },
  { epoch: 2, step: 150, seconds: 15, loss: 1.4, accuracy: 0.47 },
  { epoch: 2, step: 200, seconds: 20, loss: 1.3, accuracy: 0.53, test_accuracy: 0.55 },
];

const trainingConfig = nameless(
  await resolveValues(
    { form: trainForm, resolve: resolveTraining },
    { ...ofData('cifar-cnn', 'cifar-10'), epochs: 2 },
    [],
    place,
  ),
);
const outcome: TrainingOutcome = {
  ...{ epochs: 2, testImages: 1000, testAccuracy: 0.55 },
  ...{ secondsPerEpoch: 90, flopsPerEpoch: 1e9 },
};

export const writeTraining = (folder: string): Promise<string> =>
  writeRun(
    folder,
    trainingConfig,
    { 'train-log.csv': { columns: logTable.columns, rows: log } },
    { inputs: [], outcome },
  );

const influenceConfig = nameless(
  await resolveValues(
    { form: influenceForm, resolve: resolveInfluence },
    {
      ...{ task: 'influence', ...ofData('resnet18', 'flowers') },
      ...{ attack: ['random-sign', 'influence-sign'], epsilon: [2, 8] },
    },
    [],
    place,
  ),
);

export const writeInfluenceRun = (folder: string): Promise<string> =>
  writeRun(folder, influenceConfig, {
    'influence.csv': {
      columns: influenceTable.columns,
      rows: attackRows({ model: 'resnet18', dataset: 'flowers' }).map((row) => ({
        ...row,
        ...(row.attack === 'top-k' ? { attack: 'influence-sign', angle: 100 } : {}),
      })),
    },
  });

/** The trace of two images under one attack, of seven iterates each. */
export const tracePoints = images.slice(0, 2).flatMap((image, i) =>
  Array.from({ length: 7 }, (_, iteration) => ({
    ...{ image, method: 'gradient', attack: 'top-k', iteration },
    values: { spearman: 0.9 - 0.2 * iteration + 0.1 * i },
  })),
);
