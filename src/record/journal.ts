// The table of a run while it grows. All rows of a cell are written at once and flushed to disk. A cell that a crash
// cut short is dropped when the file is opened again, so the table holds whole cells only.
import { type FileHandle, open } from 'node:fs/promises';
import { readIfThere, writeWhole } from './files.js';
import { formatRows, headerOf, type Table } from './table.js';

/** The column that a journal needs: cells with status `failed` are computed again. */
export interface JournalRow {
  readonly status: string;
}

export interface JournalOptions<R extends JournalRow> {
  readonly table: Table<R>;
  /** The key of a row's cell. */
  readonly key: (row: R) => string;
  /** How many rows the cell of a row has. */
  readonly rowsPerCell: (row: R) => number;
}

export class Journal<R extends JournalRow> {
  private queue: Promise<unknown> = Promise.resolve();
  /** Keys of the cells in the table. */
  readonly done: Set<string>;

  private constructor(
    private readonly file: string,
    private readonly handle: FileHandle,
    private readonly options: JournalOptions<R>,
    /** Rows so far, in the order in which they were computed. */
    readonly rows: R[],
  ) {
    this.done = new Set(rows.map(options.key));
  }

  /** Opens a table, or begins one. Throws a UserError if the file is not a table of this form. */
  static async open<R extends JournalRow>(
    file: string,
    options: JournalOptions<R>,
  ): Promise<Journal<R>> {
    const text = await readIfThere(file);
    const { rows, torn } =
      text === undefined ? { rows: [], torn: true } : wholeCells(text, file, options);
    const { columns } = options.table;
    if (torn) await writeWhole(file, headerOf(columns) + formatRows(rows, columns));
    return new Journal(file, await open(file, 'a'), options, rows);
  }

  /**
   * Adds the rows of one cell; they are on disk when the promise resolves.
   * Rejects, as every later call does, once a write has failed.
   */
  append(rows: readonly R[]): Promise<void> {
    const write = async () => {
      await this.handle.appendFile(formatRows(rows, this.options.table.columns));
      await this.handle.datasync();
      this.rows.push(...rows);
      for (const row of rows) this.done.add(this.options.key(row));
    };
    // a failed write may leave part of a line: nothing is added behind it
    const written = this.queue.then(write);
    this.queue = written;
    return written;
  }

  /**
   * Closes the file, with its rows sorted in the order of the plan.
   * @param order position of a row's cell; cells without one come last
   * @returns all rows
   */
  async finish(order: (row: R) => number | undefined): Promise<readonly R[]> {
    await this.close();
    const position = (row: R) => order(row) ?? Number.POSITIVE_INFINITY;
    const sorted = this.rows
      .map((row, i) => ({ row, i }))
      .sort((a, b) => Math.sign(position(a.row) - position(b.row)) || a.i - b.i);
    const rows = sorted.map(({ row }) => row);
    const { columns } = this.options.table;
    await writeWhole(this.file, headerOf(columns) + formatRows(rows, columns));
    return rows;
  }

  /** Closes the file as it is. */
  async close(): Promise<void> {
    // the caller of append has got the error
    await this.queue.catch(() => {});
    await this.handle.close();
  }
}

/** The rows of complete cells, and whether the file has to be written anew (`torn`). */
function wholeCells<R extends JournalRow>(
  text: string,
  file: string,
  { table, key, rowsPerCell }: JournalOptions<R>,
): { rows: R[]; torn: boolean } {
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  const header = headerOf(table.columns);
  // an incomplete header: the file was just begun
  if (complete === '' && header.startsWith(text)) return { rows: [], torn: true };
  const all = table.parse(complete, file);
  const counts = new Map<string, number>();
  for (const row of all) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  // failed cells are computed again
  const rows = all.filter(
    (row) => row.status !== 'failed' && counts.get(key(row)) === rowsPerCell(row),
  );
  // an older table has fewer columns, so no rows can be appended to it
  const whole = complete === text && complete.startsWith(header);
  return { rows, torn: !whole || rows.length !== all.length };
}
