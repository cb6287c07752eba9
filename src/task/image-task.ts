// What tasks have in common whose unit of work is an image: one cell of one step each, known by the image's name.
import type { ImageEntry } from '../data/dataset.js';
import type { Table } from '../record/table.js';
import type { CommonConfig, Config } from '../tasks/attack/config.js';
import type { AnyCell, AnyRow, Found, Sort, Task } from './task.js';

/** What every row tells: of which experiment and image it is, and the class the network gives that. */
export const subjectOf = (
  { name, model, data, seed }: CommonConfig,
  { id, label }: ImageEntry,
  prediction: number,
) => ({
  experiment: name,
  model: model.name,
  dataset: data.name,
  image: id,
  label,
  prediction,
  seed,
});

export abstract class ImageTask<C extends Config, R extends AnyRow> implements Task<AnyCell, R> {
  abstract readonly file: string;
  abstract readonly table: Table<R>;

  constructor(protected readonly config: C) {}

  cells(image: number): AnyCell[] {
    return [{ image }];
  }

  group(): string {
    return '';
  }

  keyOf(_: AnyCell, imageId: string): string {
    return imageId;
  }

  key({ image }: R): string {
    return image;
  }

  rowsPerCell(): number {
    return 1;
  }

  steps(): number {
    return 1;
  }

  stepsOfRow(): number {
    return 1;
  }

  abstract failed(cell: AnyCell, entry: ImageEntry, prediction: number): R[];

  async begin(): Promise<void> {}

  async keep(_found: Found<R>, _place: number): Promise<void> {}

  abstract finish(rows: readonly R[]): Promise<string[][]>;

  sorts(): Sort<AnyCell>[] {
    const { task } = this.config;
    return [{ label: task, example: { image: 0 }, cells: 1, rows: this.rowsPerCell() }];
  }
}
