// The task of attacking explanations: cells are images under a method, an attack and ε.
import path from 'node:path';
import type { ImageEntry } from '../../data/dataset.js';
import type { Network } from '../../model/index.js';
import { summarise, writeSummary } from '../../record/summary.js';
import type { Found, Sort, Task } from '../../task/task.js';
import type { CellResult } from './computer.js';
import type { ResolvedConfig } from './config.js';
import { appendTrace, openTrace, saveKept } from './kept/write.js';
import {
  type Cell,
  cellKey,
  cellsOf,
  epsilonsOf,
  pairingsOf,
  rowsPerCell,
  selectionsOf,
  stepsOf,
} from './plan.js';
import { type ResultRow, resultsTable } from './results.js';

const figure = (value: unknown, digits: number | undefined): string =>
  typeof value === 'number' && digits !== undefined ? value.toFixed(digits) : String(value ?? '');

/** The table that is printed: headings, columns of the summary, digits. What no row has is left out. */
const printed: readonly (readonly [heading: string, column: string, digits?: number])[] = [
  ['method', 'method'],
  ['attack', 'attack'],
  ['ε', 'epsilon'],
  ['select', 'select'],
  ['images', 'n'],
  ['label lost', 'n_label_lost'],
  ['top-k', 'topk_intersection_mean', 3],
  ['spearman', 'spearman_mean', 3],
  ['centre shift', 'center_shift_mean', 2],
  ['in region', 'region_share_mean', 3],
  ['after', 'region_share_perturbed_mean', 3],
  ['target pcc', 'target_pcc_median', 3],
  ['target ssim', 'target_ssim_median', 3],
  ['image ssim', 'image_ssim_median', 3],
];

export class AttackTask implements Task<Cell, ResultRow> {
  readonly file = 'results.csv';
  readonly table = resultsTable;
  readonly key = cellKey;
  private readonly attackOf: ReadonlyMap<string, number>;

  constructor(
    private readonly config: ResolvedConfig,
    private readonly network: Network,
  ) {
    this.attackOf = new Map(config.attack.map((item, i) => [item.id, i]));
  }

  private inFolder(name: string): string {
    return path.join(this.config.output, name);
  }

  cells(image: number): Cell[] {
    return cellsOf(this.config, image);
  }

  group({ method, attack }: Cell): string {
    return `${method} ${attack}`;
  }

  keyOf({ method, attack, epsilon }: Cell, image: string): string {
    const { explain, attack: attacks } = this.config;
    return cellKey({ image, method: explain[method]!.id, attack: attacks[attack]!.id, epsilon });
  }

  rowsPerCell({ attack }: ResultRow): number {
    return rowsPerCell(this.config, this.attackOf.get(attack) ?? 0);
  }

  steps({ attack }: Cell): number {
    return stepsOf(this.config, attack);
  }

  stepsOfRow({ attack }: ResultRow): number {
    return stepsOf(this.config, this.attackOf.get(attack) ?? 0);
  }

  failed(cell: Cell, entry: ImageEntry, label: number): ResultRow[] {
    const { config } = this;
    const item = config.attack[cell.attack]!;
    return selectionsOf(item).map((select) => ({
      experiment: config.name,
      model: config.model.name,
      dataset: config.data.name,
      image: entry.id,
      label: entry.label,
      prediction: label,
      method: config.explain[cell.method]!.id,
      attack: item.id,
      epsilon: cell.epsilon,
      select,
      iterations: stepsOf(config, cell.attack),
      status: 'failed',
      seed: config.seed,
    }));
  }

  async begin(done: ReadonlySet<string>): Promise<void> {
    if (this.config.save.trace) await openTrace(this.inFolder('trace.csv'), done);
  }

  async keep(found: CellResult | Found<ResultRow>, place: number): Promise<void> {
    const { save } = this.config;
    if (!('trace' in found)) return;
    if (save.trace) await appendTrace(this.inFolder('trace.csv'), found);
    if (place < save.images)
      await saveKept(this.config.output, found.rows[0]!, found, this.network);
  }

  async finish(rows: readonly ResultRow[]): Promise<string[][]> {
    const summary = summarise(rows);
    await writeSummary(this.inFolder('summary.csv'), summary);
    const columns = printed.filter(
      ([, of]) => of === 'method' || summary.some((row) => row[of] !== undefined),
    );
    return [
      columns.map(([heading]) => heading),
      ...summary.map((row) => columns.map(([, of, digits]) => figure(row[of], digits))),
    ];
  }

  sorts(): Sort<Cell>[] {
    const { explain, attack } = this.config;
    return pairingsOf(this.config).map((pairing) => {
      const epsilons = epsilonsOf(this.config, pairing.attack);
      return {
        label: `${explain[pairing.method]!.id} × ${attack[pairing.attack]!.id}`,
        example: { image: 0, ...pairing, epsilon: epsilons[0] },
        cells: epsilons.length,
        rows: epsilons.length * rowsPerCell(this.config, pairing.attack),
      };
    });
  }
}
