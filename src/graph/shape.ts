// Arithmetic on shapes: sizes, strides, broadcasting as in NumPy, and the geometry of sliding windows.

export type Shape = readonly number[];

export const sizeOf = (shape: Shape): number => shape.reduce((n, d) => n * d, 1);

export const sameShape = (a: Shape, b: Shape): boolean =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** Row-major strides, in elements. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) strides[i] = strides[i + 1]! * shape[i + 1]!;
  return strides;
}

/** The shape two operands share after broadcasting; undefined where they do not fit. */
export function broadcastShapes(a: Shape, b: Shape): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let i = 0; i < rank; i++) {
    const da = a[a.length - rank + i] ?? 1;
    const db = b[b.length - rank + i] ?? 1;
    if (da !== db && da !== 1 && db !== 1) return undefined;
    out.push(da === 1 ? db : da);
  }
  return out;
}

/** A sliding window over the last two axes: kernel and stride as [rows, columns], padding as [top, left, bottom, right]. */
export interface Window {
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly pads: readonly [number, number, number, number];
}

/** Rows and columns of the output of a window slid over a plane; every position of the window lies inside the padded plane. */
export function windowOutput(height: number, width: number, w: Window): [number, number] {
  const rows = Math.floor((height + w.pads[0] + w.pads[2] - w.kernel[0]) / w.stride[0]) + 1;
  const columns = Math.floor((width + w.pads[1] + w.pads[3] - w.kernel[1]) / w.stride[1]) + 1;
  return [rows, columns];
}
