// Computes a cell of attacks on smoothed explanations: gives an image the smoothed map of another one, and measures how
// near it comes, how much the image changes, and what the smoothing does to maps that are not attacked.
import type { Engine } from '../../engine/engine.js';
import { compilePredictor, oneHot } from '../../explain/index.js';
import { mse } from '../../metric/mse.js';
import { pcc } from '../../metric/pcc.js';
import { CleanMaps } from '../../subject/clean-maps.js';
import { drawsOf } from '../../subject/draws.js';
import { isMap } from '../../subject/evaluators.js';
import type { Prediction } from '../../subject/images.js';
import {
  type ImagePair,
  type ManipulationCell,
  Manipulations,
} from '../../subject/manipulation.js';
import { Slot } from '../../subject/slot.js';
import { type Explaining, openExplaining, type Subject } from '../../subject/subject.js';
import { type Computer, type ComputerOn, type Probe, peakBytes } from '../../task/computer.js';
import { cellColumns, cellsOf } from '../../task/pair-task.js';
import type { Found } from '../../task/task.js';
import type { AttackedSmoothingConfig } from './config.js';
import type { AttackedRow } from './results.js';

/** The part of the way from the correlation before an attack to 1. */
export const gainOf = (before: number, after: number): number | undefined =>
  before === 1 ? undefined : (after - before) / (1 - before);

class AttackedSmoothingComputer implements Computer<ManipulationCell, Found<AttackedRow>> {
  private readonly maps: CleanMaps;
  private readonly manipulations: Manipulations;

  constructor(
    private readonly explaining: Explaining<AttackedSmoothingConfig>,
    private readonly engine: Engine,
  ) {
    const predictors = new Slot<Awaited<ReturnType<typeof compilePredictor>>>();
    this.maps = new CleanMaps(explaining, engine, () =>
      predictors.get('predictor', () => compilePredictor(engine, explaining.network)),
    );
    this.manipulations = new Manipulations(explaining, engine, this.maps);
  }

  async compile(): Promise<void> {
    for (const { method, attack } of cellsOf(this.explaining.config, 0, 0)) {
      await this.maps.evaluators.reported(method);
      await this.maps.evaluators.plain(method);
      await this.manipulations.director(method, attack);
    }
  }

  ahead(images: readonly number[]): void {
    this.maps.images.ahead(images);
  }

  predict(image: number): Promise<Prediction> {
    return this.maps.images.predict(image);
  }

  /** What smoothing does to maps that are not attacked: `fidelity`, `pcc_cross` and `pcc_clean_target` of a row. */
  private async unattacked(method: number, { clean, other }: ImagePair) {
    const { config, network } = this.explaining;
    const { evaluators } = this.maps;
    const plain = await (await evaluators.plain(method)).evaluate(
      clean.x,
      clean.target,
      clean.draws,
    );
    const target = oneHot(network.network.classes, clean.label);
    const draws = drawsOf(other.image, [config.seed, other.id]);
    const cross = await (await evaluators.reported(method)).evaluate(other.image, target, draws);
    return {
      fidelity: pcc(clean.evaluation.map, plain.map),
      pcc_cross: pcc(clean.evaluation.map, cross.map),
      pcc_clean_target: pcc(clean.evaluation.map, other.map),
    };
  }

  async run(cell: ManipulationCell, onStep: () => void): Promise<Found<AttackedRow>> {
    const { config, dataset } = this.explaining;
    const started = performance.now();
    const pair = await this.manipulations.pair(cell);
    const columns = cellColumns(config, dataset.entries, cell, cell.label);
    const rowOf = (found: Partial<AttackedRow> & Pick<AttackedRow, 'status'>) => ({
      rows: [
        {
          ...{ ...columns, ...found },
          seconds: (performance.now() - started) / 1000 / this.engine.batch,
        },
      ],
    });
    if (!isMap(pair.clean.evaluation.map) || !isMap(pair.other.map))
      return rowOf({ status: 'no-map' });
    const unattacked = await this.unattacked(cell.method, pair);
    const attacked = await this.manipulations.attacked(cell, pair, onStep);
    if (attacked === undefined) return rowOf({ status: 'label-lost', ...unattacked });
    const { pcc_clean_target: before } = unattacked;
    const after = pcc(attacked.map, pair.other.map);
    return rowOf({
      status: 'ok',
      ...unattacked,
      pcc_target: after,
      gain: before === undefined || after === undefined ? undefined : gainOf(before, after),
      rms: Math.sqrt(mse(pair.clean.x, attacked.x)),
    });
  }

  /** Times a step of the attack, which takes nearly all of the time. */
  async probe(cell: ManipulationCell): Promise<Probe> {
    const { label } = await this.predict(cell.image);
    const seconds = await this.manipulations.secondsOfStep({ ...cell, label });
    return { seconds, peakBytes: peakBytes() };
  }
}

/** Opens the images and the methods of a config. */
export async function openAttackedSmoothingComputer(
  config: AttackedSmoothingConfig,
  subject: Subject,
): Promise<ComputerOn> {
  const explaining = await openExplaining(config, subject);
  return (engine) => new AttackedSmoothingComputer(explaining, engine);
}
