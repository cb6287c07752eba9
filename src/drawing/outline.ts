// The outline of a region of pixels, as an SVG path along the edges between pixels inside and outside.

/** A region of a map [H,W]: ones inside, zeros outside. */
export interface Region {
  readonly mask: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** The runs of consecutive numbers in a list in order, as [first, one behind the last]. */
function runsOf(numbers: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const n of numbers) {
    const last = runs.at(-1);
    if (last !== undefined && last[1] === n) last[1] = n + 1;
    else runs.push([n, n + 1]);
  }
  return runs;
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

/**
 * The edges of a region as the data of an SVG path.
 * @param left, top position of the map in the drawing
 * @param scale pixels of the drawing for one pixel of the map
 */
export function outlineOf(
  { mask, height, width }: Region,
  left: number,
  top: number,
  scale: number,
): string {
  const inside = (row: number, column: number) =>
    row >= 0 && row < height && column >= 0 && column < width && mask[row * width + column] === 1;
  const x = (column: number) => left + column * scale;
  const y = (row: number) => top + row * scale;
  const across = upTo(height + 1).flatMap((row) =>
    runsOf(upTo(width).filter((column) => inside(row - 1, column) !== inside(row, column))).map(
      ([from, to]) => `M${x(from)} ${y(row)}H${x(to)}`,
    ),
  );
  const down = upTo(width + 1).flatMap((column) =>
    runsOf(upTo(height).filter((row) => inside(row, column - 1) !== inside(row, column))).map(
      ([from, to]) => `M${x(column)} ${y(from)}V${y(to)}`,
    ),
  );
  return [...across, ...down].join('');
}
