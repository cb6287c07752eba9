// Computes a cell of pixel-flipping: orders the pixels of an image by a map, or at random, and predicts the image with
// more and more of them removed.
import type { Engine } from '../../engine/engine.js';
import { compilePredictor, type Predictor } from '../../explain/index.js';
import { argmax, softmax } from '../../metric/output.js';
import { zeroImageOf } from '../../model/index.js';
import { keyedRandom, permutation } from '../../random.js';
import { CleanMaps } from '../../subject/clean-maps.js';
import { isMap } from '../../subject/evaluators.js';
import type { Prediction } from '../../subject/images.js';
import { type Explaining, openExplaining, type Subject } from '../../subject/subject.js';
import { type Computer, type ComputerOn, type Probe, peakBytes } from '../../task/computer.js';
import { imageColumns } from '../../task/image-task.js';
import type { Found } from '../../task/task.js';
import type { PixelFlippingConfig } from './config.js';
import { mostSalientFirst, withoutFirst } from './flip.js';
import { type Cell, methodOf } from './plan.js';
import type { FlippingRow } from './results.js';

class PixelFlippingComputer implements Computer<Cell, Found<FlippingRow>> {
  private readonly maps: CleanMaps;
  private readonly zero: Float32Array;
  private compiled: Promise<Predictor> | undefined;

  constructor(
    private readonly explaining: Explaining<PixelFlippingConfig>,
    private readonly engine: Engine,
  ) {
    this.maps = new CleanMaps(explaining, engine, () => this.predictor());
    this.zero = zeroImageOf(explaining.network);
  }

  private predictor(): Promise<Predictor> {
    this.compiled ??= compilePredictor(this.engine, this.explaining.network);
    return this.compiled;
  }

  async compile(): Promise<void> {
    await this.predictor();
    for (const method of this.explaining.config.explain.keys())
      await this.maps.evaluators.reported(method);
  }

  ahead(images: readonly number[]): void {
    this.maps.images.ahead(images);
  }

  predict(image: number): Promise<Prediction> {
    return this.maps.images.predict(image);
  }

  /** The order in which pixels are removed; undefined where the method gives no map. */
  private async order({ image, label, method }: Cell): Promise<Uint32Array | undefined> {
    const { config, network, dataset } = this.explaining;
    if (method === undefined) {
      const { height, width } = network.network;
      const { id } = dataset.entries[image]!;
      const random = keyedRandom(config.seed, id, 'order of pixels');
      return Uint32Array.from(permutation(height * width, random));
    }
    const { map } = (await this.maps.of(image, method, label)).evaluation;
    return isMap(map) ? mostSalientFirst(map) : undefined;
  }

  async run(cell: Cell, onStep: () => void): Promise<Found<FlippingRow>> {
    const { config, dataset } = this.explaining;
    let started = performance.now();
    /** The seconds since the row before. */
    const seconds = () => {
      const before = started;
      started = performance.now();
      return (started - before) / 1000 / this.engine.batch;
    };
    const entry = dataset.entries[cell.image]!;
    const columns = { ...imageColumns(config, entry, cell.label), method: methodOf(config, cell) };
    const order = await this.order(cell);
    if (order === undefined)
      return {
        rows: config.percents.map((percent) => ({ ...columns, status: 'no-map', percent })),
      };
    const pixels = await this.maps.images.pixels(cell.image);
    const predictor = await this.predictor();
    const rows: FlippingRow[] = [];
    for (const percent of config.percents) {
      const scores = await predictor.predict(withoutFirst(pixels, order, percent, this.zero));
      rows.push({
        ...{ ...columns, status: 'ok', percent },
        correct: argmax(scores) === (entry.label ?? cell.label),
        confidence: softmax(scores)[cell.label]!,
        seconds: seconds(),
      });
      onStep();
    }
    return { rows };
  }

  async probe({ image }: Cell): Promise<Probe> {
    const predictor = await this.predictor();
    const pixels = await this.maps.images.pixels(image);
    await predictor.predict(pixels);
    const started = performance.now();
    await predictor.predict(pixels);
    const seconds = (performance.now() - started) / 1000 / this.engine.batch;
    return { seconds, peakBytes: peakBytes() };
  }
}

/** Opens the images and the methods of a config. */
export async function openPixelFlippingComputer(
  config: PixelFlippingConfig,
  subject: Subject,
): Promise<ComputerOn> {
  const explaining = await openExplaining(config, subject);
  return (engine) => new PixelFlippingComputer(explaining, engine);
}
