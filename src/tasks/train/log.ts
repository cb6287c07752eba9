// train-log.csv: loss and accuracy of a training at regular steps, and the accuracy on the test images after every
// pass. A resumed training keeps the lines up to its checkpoint.
import { readIfThere, writeWhole } from '../../record/files.js';
import { formatRows, headerOf, type RowOf, tableOf } from '../../record/table.js';

const columns = {
  epoch: 'number',
  step: 'number',
  seconds: 'number',
  loss: 'number',
  accuracy: 'number',
  test_accuracy: 'number',
} as const;
const required = ['epoch', 'step', 'seconds'] as const;

/** A line; loss in nats and accuracy are means since the line before. */
export type LogRow = RowOf<typeof columns, (typeof required)[number]>;

export const logTable = tableOf<LogRow>({ name: 'the log of a training', columns, required });

export class TrainingLog {
  private constructor(
    private readonly file: string,
    private readonly rows: LogRow[],
  ) {}

  /**
   * Begins a log. Of an earlier one, the lines up to a step stay.
   * Throws a UserError if the file is not a log.
   */
  static async open(file: string, step: number): Promise<TrainingLog> {
    const log = new TrainingLog(
      file,
      (await linesOf(file)).filter((line) => line.step <= step),
    );
    await log.write();
    return log;
  }

  /** Seconds of training so far. */
  get seconds(): number {
    return this.rows.at(-1)?.seconds ?? 0;
  }

  /** The accuracy after the last whole pass so far; undefined before the first, and without test images. */
  get testAccuracy(): number | undefined {
    return this.rows.findLast((line) => line.test_accuracy !== undefined)?.test_accuracy;
  }

  append(row: LogRow): Promise<void> {
    this.rows.push(row);
    return this.write();
  }

  /** Writes all lines: the file is always that of one training, even if two train in one folder. */
  private write(): Promise<void> {
    return writeWhole(
      this.file,
      headerOf(logTable.columns) + formatRows(this.rows, logTable.columns),
    );
  }
}

/** The whole lines of a log; none if there is no log. */
export async function linesOf(file: string): Promise<LogRow[]> {
  const text = (await readIfThere(file)) ?? '';
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  return whole === '' ? [] : logTable.parse(whole, file);
}
