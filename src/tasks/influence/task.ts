// The task of attacking influence functions (Ghorbani et al. 2019, Fig. 4): a cell is an image under all attacks
// and ε, which share its clean influences and one gradient.
import path from 'node:path';
import { mean } from 'simple-statistics';
import type { ImageEntry } from '../../data/dataset.js';
import { makeFolder } from '../../folder.js';
import type { Network } from '../../model/index.js';
import { summarise, writeSummary } from '../../record/summary.js';
import { type RowOf, tableOf } from '../../record/table.js';
import { ImageTask, subjectOf } from '../../task/image-task.js';
import type { AnyCell, Found } from '../../task/task.js';
import type { InfluenceConfig } from '../attack/config.js';
import { type Shown, savePanel } from './panel.js';
import type { TrainingSet } from './training-set.js';

/**
 * ε and linf of 255, the angle in degrees. Influence is the sum of that of the three images that are attacked; the
 * names of the five most influential have ; between, the first first.
 */
const columns = {
  experiment: 'text',
  model: 'text',
  dataset: 'text',
  image: 'text',
  label: 'number',
  prediction: 'number',
  attack: 'text',
  epsilon: 'number',
  status: ['ok', 'label-lost', 'no-map', 'failed'],
  label_kept: 'truth',
  confidence: 'number',
  confidence_perturbed: 'number',
  linf: 'number',
  topk_intersection: 'number',
  spearman: 'number',
  influence: 'number',
  influence_perturbed: 'number',
  angle: 'number',
  influential: 'text',
  influential_perturbed: 'text',
  seed: 'number',
  seconds: 'number',
} as const;

const required = [
  'experiment',
  'model',
  'dataset',
  'image',
  'attack',
  'epsilon',
  'status',
] as const;

/** One image under one attack and ε; `no-map` where no training example has an influence. */
export type InfluenceRow = RowOf<typeof columns, (typeof required)[number]>;

/** What the cell of an image gives; for pictures, when the config asks for some. */
export interface InfluenceFound extends Found<InfluenceRow> {
  readonly shown: readonly Shown[];
}

export class InfluenceTask extends ImageTask<InfluenceConfig, InfluenceRow> {
  readonly file = 'influence.csv';
  readonly table = tableOf<InfluenceRow>({ name: 'a table of influences', columns, required });

  /** @param training the set whose images pictures show */
  constructor(
    config: InfluenceConfig,
    private readonly network: Network,
    private readonly training: TrainingSet,
  ) {
    super(config);
  }

  override rowsPerCell(): number {
    return this.config.attack.length * this.config.epsilon.length;
  }

  failed(_: AnyCell, entry: ImageEntry, prediction: number): InfluenceRow[] {
    const { attack, epsilon } = this.config;
    const subject = subjectOf(this.config, entry, prediction);
    return attack.flatMap((item) =>
      epsilon.map((e) => ({ ...subject, attack: item.id, epsilon: e, status: 'failed' as const })),
    );
  }

  override async keep(found: InfluenceFound | Found<InfluenceRow>, place: number): Promise<void> {
    const { save, output } = this.config;
    if (place >= save.images || !('shown' in found)) return;
    const folder = path.join(output, 'panels');
    await makeFolder(folder);
    for (const shown of found.shown) await savePanel(folder, shown, this.training, this.network);
  }

  async finish(rows: readonly InfluenceRow[]): Promise<string[][]> {
    const summary = summarise(rows.map((row) => ({ ...row, method: 'influence' })));
    await writeSummary(path.join(this.config.output, 'summary.csv'), summary);
    const figure = (value: unknown, digits: number) =>
      typeof value === 'number' ? value.toFixed(digits) : '';
    const angles = rows.flatMap(({ angle }) => angle ?? []);
    const known = rows.filter(({ label }) => label !== undefined);
    const right = known.filter(({ label, prediction }) => label === prediction).length;
    return [
      ['attack', 'ε', 'images', 'label lost', 'spearman', 'top-5', 'accuracy', 'mean angle'],
      ...summary.map((row) => [
        String(row.attack),
        String(row.epsilon),
        String(row.n),
        String(row.n_label_lost),
        figure(row.spearman_mean, 3),
        figure(row.topk_intersection_mean, 3),
        known.length === 0 ? '' : `${((100 * right) / known.length).toFixed(1)} %`,
        angles.length === 0 ? '' : `${mean(angles).toFixed(1)}°`,
      ]),
    ];
  }
}
