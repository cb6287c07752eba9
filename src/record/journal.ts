// A table of a run while it grows. All rows of a cell are written at once and flushed to disk, each attempt to a file of
// its own. Opening reads what all attempts have written: whole cells only, each once. A cell that a crash cut short is
// dropped. Finishing puts everything into one file in the order of the plan.
import { AttemptFile, attemptFile, compact, type Part, partsOf } from './attempt.js';
import { formatRows, headerOf, type Table } from './table.js';

export interface JournalOptions<R extends object> {
  readonly table: Table<R>;
  /** The key of a row's cell. */
  readonly key: (row: R) => string;
  /** How many rows the cell of a row has; absent: any number. */
  readonly rowsPerCell?: (row: R) => number;
  /** Rows count only if this journal has their cell from the same attempt, where they were written just before it. */
  readonly beside?: { readonly sourceOf: (key: string) => Source | undefined };
}

/** The attempt from whose file a cell is; `table` for the table itself. */
export type Source = string;

const TABLE: Source = 'table';

const sourceOf = ({ attempt }: Part): Source => attempt ?? TABLE;

/** The rows of a cell, and whether they say that it failed. */
interface CellRows<R> {
  readonly source: Source;
  readonly rows: readonly R[];
  readonly failed: boolean;
}

const isFailed = (row: object): boolean => 'status' in row && row.status === 'failed';

/**
 * Whether rows of a cell from one source count beside a journal that has the cell from another, or not at all. Those of
 * the table do: another attempt may have taken them over from a file that it has removed since.
 */
const counts = (there: Source | undefined, source: Source, alone: boolean): boolean =>
  alone || (there !== undefined && (there === source || source === TABLE));

/** The cells of one part: whole ones, each once. */
function cellsOf<R extends object>(
  part: Part,
  { table, key, rowsPerCell, beside }: JournalOptions<R>,
): Map<string, CellRows<R>> {
  const source = sourceOf(part);
  const complete = part.text.slice(0, part.text.lastIndexOf('\n') + 1);
  // an incomplete header: the file was just begun
  if (complete === '' && headerOf(table.columns).startsWith(part.text)) return new Map();
  const byCell = new Map<string, R[]>();
  for (const row of table.parse(complete, part.file)) {
    const rows = byCell.get(key(row));
    if (rows === undefined) byCell.set(key(row), [row]);
    else if (rows.length < (rowsPerCell?.(row) ?? Number.POSITIVE_INFINITY)) rows.push(row);
  }
  return new Map(
    [...byCell]
      .filter(([of, rows]) =>
        rowsPerCell === undefined
          ? counts(beside?.sourceOf(of), source, beside === undefined)
          : rows.length === rowsPerCell(rows[0]!),
      )
      .map(([of, rows]) => [of, { source, rows, failed: rows.some(isFailed) }]),
  );
}

/** The cells of all parts. Of a cell that several attempts have computed the first counts, before a failed one. */
function union<R extends object>(
  parts: readonly Part[],
  options: JournalOptions<R>,
): Map<string, CellRows<R>> {
  const all = new Map<string, CellRows<R>>();
  for (const part of parts)
    for (const [of, cell] of cellsOf(part, options))
      if (
        !all.has(of) ||
        (all.get(of)!.failed && !cell.failed) ||
        options.beside?.sourceOf(of) === cell.source
      )
        all.set(of, cell);
  return all;
}

export class Journal<R extends object> {
  private readonly own: AttemptFile;
  /** Keys of the cells in the table, without failed ones, which are computed again. */
  readonly done: Set<string>;
  /** The sources of all cells when the table was last read. */
  private sources = new Map<string, Source>();

  private constructor(
    private readonly file: string,
    private readonly attempt: string,
    private readonly options: JournalOptions<R>,
    /** The rows of whole cells when the table was opened. */
    readonly rows: readonly R[],
  ) {
    this.own = new AttemptFile(attemptFile(file, attempt), headerOf(options.table.columns));
    this.done = new Set(rows.map(options.key));
  }

  /**
   * Opens a table, or begins one. Writes nothing.
   * @param attempt the id of this attempt
   * Throws a UserError if a file is not a table of this form.
   */
  static async open<R extends object>(
    file: string,
    attempt: string,
    options: JournalOptions<R>,
  ): Promise<Journal<R>> {
    const cells = union(await partsOf(file), options);
    const rows = [...cells.values()].flatMap((cell) => (cell.failed ? [] : cell.rows));
    const journal = new Journal(file, attempt, options, rows);
    journal.remember(cells);
    return journal;
  }

  private remember(cells: ReadonlyMap<string, CellRows<R>>): void {
    this.sources = new Map([...cells].map(([key, { source }]) => [key, source]));
  }

  /** The attempt from whose file a cell was when the table was last read. */
  sourceOf(key: string): Source | undefined {
    return this.sources.get(key);
  }

  /**
   * Adds the rows of one cell; they are on disk when the promise resolves.
   * Rejects, as every later call does, once a write has failed.
   */
  async append(rows: readonly R[]): Promise<void> {
    if (rows.length === 0) return;
    await this.own.append(formatRows(rows, this.options.table.columns));
    for (const row of rows) this.done.add(this.options.key(row));
  }

  /** Reads the rows of all attempts again, before `finish`: of the journal of rows, then of those beside it. */
  async read(): Promise<Gathered<R>> {
    await this.close();
    const parts = await partsOf(this.file);
    const cells = union(parts, this.options);
    this.remember(cells);
    return { parts, cells };
  }

  /**
   * Puts all rows into the table, in the order of the plan. Rows of cells that are not in the plan stay in a part of
   * their own, for a later attempt with more images.
   * @param order position of a row's cell; undefined for a cell that is not in the plan
   * @returns the rows of the table
   */
  async finish(
    { parts, cells }: Gathered<R>,
    order: (row: R) => number | undefined,
  ): Promise<readonly R[]> {
    const { columns } = this.options.table;
    const placed = [...cells.values()].map(({ rows }) => ({ rows, place: order(rows[0]!) }));
    const inPlan = placed
      .filter(({ place }) => place !== undefined)
      .sort((a, b) => a.place! - b.place!)
      .flatMap(({ rows }) => rows);
    const beyond = placed.flatMap(({ rows, place }) => (place === undefined ? rows : []));
    const text = (rows: readonly R[]) => headerOf(columns) + formatRows(rows, columns);
    await compact(this.file, parts, {
      attempt: this.attempt,
      text: text(inPlan),
      beyond: beyond.length === 0 ? '' : text(beyond),
    });
    return inPlan;
  }

  /** Closes the file as it is. */
  close(): Promise<void> {
    return this.own.close();
  }
}

/** The rows of all attempts, read. */
export interface Gathered<R> {
  readonly parts: readonly Part[];
  readonly cells: ReadonlyMap<string, CellRows<R>>;
}

/**
 * The rows of a run, finished or not; undefined where there is no table.
 * @param ended whether the run has ended: its rows are then those of the table itself
 * @param options without `rowsPerCell`, the cell that was written last may lack rows
 * Throws a UserError if a file is not a table of this form.
 */
export async function readRows<R extends object>(
  file: string,
  ended: boolean,
  options: JournalOptions<R>,
): Promise<R[] | undefined> {
  const parts = (await partsOf(file)).filter(({ attempt }) => !ended || attempt === undefined);
  if (parts.length === 0) return undefined;
  return [...union(parts, options).values()].flatMap(({ rows }) => rows);
}
