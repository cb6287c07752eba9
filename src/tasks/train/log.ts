// train-log.csv: how a training goes, a line now and then, and the accuracy on the test images after every pass. One
// that goes on keeps the lines its checkpoint has seen.
import { appendFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { readIfThere, writeWhole } from '../../record/files.js';
import { formatRows, headerOf } from '../../record/table.js';

export const logColumns = [
  'epoch',
  'step',
  'seconds',
  'loss',
  'accuracy',
  'test_accuracy',
] as const;

/** A line; loss in nats and accuracy are means since the line before. */
export interface LogRow {
  readonly epoch: number;
  readonly step: number;
  readonly seconds: number;
  readonly loss?: number;
  readonly accuracy?: number;
  readonly test_accuracy?: number;
}

export class TrainingLog {
  private constructor(
    private readonly file: string,
    /** Seconds of training so far. */
    readonly seconds: number,
    /** After the last whole pass so far; undefined before the first and where there are no test images. */
    readonly testAccuracy: number | undefined,
  ) {}

  /** Begins a log, or keeps of an earlier one the lines up to a step. */
  static async open(file: string, step: number): Promise<TrainingLog> {
    const text = (await readIfThere(file)) ?? '';
    const lines: Record<string, string>[] = parse(text.slice(0, text.lastIndexOf('\n') + 1), {
      columns: true,
    });
    const rows = lines.filter((line) => Number(line.step) <= step);
    await writeWhole(file, headerOf(logColumns) + formatRows(rows, logColumns));
    const tested = rows.findLast((line) => line.test_accuracy !== '');
    return new TrainingLog(
      file,
      Number(rows.at(-1)?.seconds ?? 0),
      tested === undefined ? undefined : Number(tested.test_accuracy),
    );
  }

  append(row: LogRow): Promise<void> {
    return appendFile(this.file, formatRows([{ ...row }], logColumns));
  }
}
