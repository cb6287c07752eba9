// A table in a CSV file: its columns in order, what each holds, and how rows are written and read. Cells that
// do not apply are empty, numbers have full precision, truth values are `true` and `false`.
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { messageOf, UserError } from '../errors.js';

type Value = string | number | boolean | undefined;

/** What a table's columns hold. */
export interface TableForm {
  /** What the table is called in messages, such as `a results table`. */
  readonly name: string;
  readonly columns: readonly string[];
  /** Columns that are never empty. */
  readonly required: readonly string[];
  readonly numbers: readonly string[];
  readonly truths: readonly string[];
  /** Columns that hold one of a few words. */
  readonly words: Readonly<Record<string, readonly string[]>>;
}

/** A table whose rows are R. */
export interface Table<R extends object> {
  readonly columns: readonly string[];
  /**
   * Reads a table's text.
   * @param file what the text is called in messages
   * Throws a UserError when its columns are not the table's, or a cell is not what its column holds.
   */
  parse(text: string, file: string): R[];
}

/** Rows as lines of CSV, without a header. */
export function formatRows(rows: readonly object[], columns: readonly string[]): string {
  const cast = {
    boolean: String,
    number: (value: number) => (Number.isFinite(value) ? String(value) : ''),
  };
  return stringify(
    rows.map((row) => columns.map((c) => (row as Record<string, Value>)[c])),
    { cast },
  );
}

/** The first line of a CSV file. */
export const headerOf = (columns: readonly string[]): string => `${columns.join(',')}\n`;

/** The first of a table's columns, short enough for a message. */
const beginning = (columns: readonly string[]): string =>
  `${JSON.stringify(columns.slice(0, 5).join().slice(0, 60))}…`;

/** A table of a form; R must have the form's columns. */
export function tableOf<R extends object>(form: TableForm): Table<R> {
  const { name, columns } = form;
  const [required, numbers, truths] = [form.required, form.numbers, form.truths].map(
    (list): ReadonlySet<string> => new Set(list),
  ) as [ReadonlySet<string>, ReadonlySet<string>, ReadonlySet<string>];

  /** What a cell holds; `place` is where it is, for the message when that cannot be. */
  const typed = (column: string, text: string, place: string): Value => {
    const wrong = (expected: string) =>
      new UserError(`${place}: ${column}: ${JSON.stringify(text)}, expected ${expected}`);
    const accepted = truths.has(column) ? ['true', 'false'] : form.words[column];
    if (text === '') {
      if (!required.has(column)) return undefined;
      throw wrong(accepted === undefined ? 'a value' : `one of ${accepted.join(', ')}`);
    }
    if (accepted !== undefined && !accepted.includes(text))
      throw wrong(`one of ${accepted.join(', ')}`);
    if (truths.has(column)) return text === 'true';
    if (!numbers.has(column)) return text;
    const value = Number(text);
    if (!Number.isFinite(value)) throw wrong('a number');
    return value;
  };

  return {
    columns,
    parse(text, file) {
      let records: string[][];
      try {
        records = parse(text, { relax_column_count: true });
      } catch (error) {
        throw new UserError(`${file}: not ${name}: ${messageOf(error)}`);
      }
      const [header, ...body] = records;
      if (header?.join() !== columns.join())
        throw new UserError(
          `${file}: not ${name}: its columns are ${beginning(header ?? [])}, expected ${beginning(columns)}`,
        );
      return body.map((record, n) => {
        const place = `${file}:${n + 2}`;
        if (record.length !== columns.length)
          throw new UserError(`${place}: ${record.length} cells, expected ${columns.length}`);
        return Object.fromEntries(
          columns.map((column, i) => [column, typed(column, record[i]!, place)]),
        ) as R;
      });
    },
  };
}
