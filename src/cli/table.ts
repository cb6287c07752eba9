// Text in columns.

/** Rows as lines, columns padded to their widest cell; cells that look like numbers are set to the right. */
export function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  const numeric = rows[0]!.map((_, i) => rows.slice(1).every((row) => /^[-\d.%]*$/.test(row[i]!)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => (numeric[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
