// A table in a CSV file: its columns in order, their types, and how rows are written and read. Cells that do not apply
// are empty, numbers have full precision, truth values are `true` and `false`.
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { messageOf, UserError } from '../errors.js';
import { shown } from '../shown.js';

type Value = string | number | boolean | undefined;

/** The type of a column: text, a number, true or false, or one of a few words. */
type Holds = 'text' | 'number' | 'truth' | readonly string[];

export interface TableForm {
  /** The table's name in messages, such as `a results table`. */
  readonly name: string;
  /** Columns in order. */
  readonly columns: Readonly<Record<string, Holds>>;
  /** Columns that are never empty. */
  readonly required: readonly string[];
  /** Columns that were added later; older tables may lack them. */
  readonly added?: readonly string[];
}

type Held<H extends Holds> = H extends readonly (infer W)[]
  ? W
  : H extends 'number'
    ? number
    : H extends 'truth'
      ? boolean
      : string;

/** A row of columns C, of which those named by R are never empty. */
export type RowOf<C extends TableForm['columns'], R extends keyof C> = {
  readonly [K in R]: Held<C[K]>;
} & { readonly [K in Exclude<keyof C, R>]?: Held<C[K]> | undefined };

/** A table whose rows are R. */
export interface Table<R extends object> {
  readonly columns: readonly string[];
  /**
   * Reads a table's text. Columns that were added later are empty in older tables.
   * @param file the file's name in messages
   * Throws a UserError if its columns are not the table's, or a cell does not have its column's type.
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

/** The first column in which a header differs from the expected one, short enough for a message. */
function otherColumn(header: readonly string[], expected: readonly string[]): string {
  const at = expected.findIndex((column, i) => header[i] !== column);
  const place = at < 0 ? expected.length : at;
  const found = header[place];
  const what = found === undefined ? 'missing' : `"${shown(found, 60)}"`;
  return `column ${place + 1} is ${what}, expected ${expected[place] ?? 'no more'}`;
}

/** The character that separates the cells of a text, where it is another one than a comma. */
const otherSeparator = (text: string, column: string): string | undefined =>
  [';', '\t', '|'].find((one) =>
    [column, `"${column}"`].some((first) => text.replace(/^\uFEFF/, '').startsWith(first + one)),
  );

/** A table of a form; R must have the form's columns. */
export function tableOf<R extends object>({
  name,
  columns: holds,
  required,
  added = [],
}: TableForm): Table<R> {
  const columns = Object.keys(holds);

  /** The value of a cell; `place` is its file and line, for messages. */
  const typed = (column: string, text: string, place: string): Value => {
    const wrong = (expected: string) =>
      new UserError(`${place}: ${column}: "${shown(text)}", expected ${expected}`);
    const of = holds[column]!;
    const words = of === 'truth' ? ['true', 'false'] : typeof of === 'string' ? undefined : of;
    if (text === '') {
      if (!required.includes(column)) return undefined;
      throw wrong(words === undefined ? 'a value' : `one of ${words.join(', ')}`);
    }
    if (words !== undefined && !words.includes(text)) throw wrong(`one of ${words.join(', ')}`);
    if (of === 'truth') return text === 'true';
    if (of !== 'number') return text;
    const value = Number(text);
    if (!Number.isFinite(value)) throw wrong('a number');
    return value;
  };

  return {
    columns,
    parse(text, file) {
      const separator = otherSeparator(text, columns[0]!);
      if (separator !== undefined)
        throw new UserError(
          `${file}: not ${name}: its cells are separated by ${JSON.stringify(separator)}, expected ","`,
        );
      let records: string[][];
      try {
        records = parse(text, { bom: true, relax_column_count: true });
      } catch (error) {
        throw new UserError(`${file}: not ${name}: ${shown(messageOf(error))}`);
      }
      const [header = [], ...body] = records;
      const expected = columns.filter((c) => header.includes(c) || !added.includes(c));
      if (expected.join() !== header.join())
        throw new UserError(`${file}: not ${name}: ${otherColumn(header, expected)}`);
      return body.flatMap((record, n) => {
        // editors leave empty lines
        if (record.length === 1 && record[0] === '') return [];
        const place = `${file}:${n + 2}`;
        if (record.length !== header.length)
          throw new UserError(`${place}: ${record.length} cells, expected ${header.length}`);
        return Object.fromEntries(
          header.map((column, i) => [column, typed(column, record[i]!, place)]),
        ) as R;
      });
    },
  };
}
