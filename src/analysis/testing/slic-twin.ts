// SLIC as one would write it down from the paper, with a loop for everything: slow, and for small images.
import { labOf } from '../lab.js';

interface Pixel {
  readonly row: number;
  readonly column: number;
  readonly lab: readonly number[];
}
interface Center {
  row: number;
  column: number;
  lab: number[];
}

/** Labels [H,W] of the regions of an image [3,H,W], numbered in reading order of their first pixels. */
export function slicTwin(
  image: Float32Array,
  height: number,
  width: number,
  segments: number,
  compactness: number,
): number[] {
  const all = labOf(image);
  const pixels: Pixel[] = [];
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const i = row * width + column;
      const lab = [all[i]!, all[height * width + i]!, all[2 * height * width + i]!];
      pixels.push({ row, column, lab });
    }
  const spacing = Math.sqrt((height * width) / segments);
  const inside = (v: number, n: number) => Math.min(n - 1, Math.max(0, v));
  const pixel = (row: number, column: number) =>
    pixels[inside(row, height) * width + inside(column, width)]!;
  const color = (a: readonly number[], b: readonly number[]) =>
    Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!, a[2]! - b[2]!);
  const far = (a: Center | Pixel, b: Center | Pixel) =>
    Math.sqrt(
      color(a.lab, b.lab) ** 2 +
        (Math.hypot(a.row - b.row, a.column - b.column) / spacing) ** 2 * compactness ** 2,
    );
  const edge = ({ row, column }: Pixel) =>
    color(pixel(row, column + 1).lab, pixel(row, column - 1).lab) ** 2 +
    color(pixel(row + 1, column).lab, pixel(row - 1, column).lab) ** 2;

  const rows = Math.max(1, Math.round(height / spacing));
  const columns = Math.max(1, Math.round(segments / rows));
  const centers: Center[] = [];
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const middle = pixel(
        Math.floor(((i + 0.5) * height) / rows),
        Math.floor(((j + 0.5) * width) / columns),
      );
      let start = middle;
      for (const down of [-1, 0, 1])
        for (const across of [-1, 0, 1]) {
          const other = pixel(middle.row + down, middle.column + across);
          if (edge(other) < edge(start)) start = other;
        }
      centers.push({ ...start, lab: [...start.lab] });
    }

  let labels = pixels.map(
    ({ row, column }) =>
      Math.floor((row * rows) / height) * columns + Math.floor((column * columns) / width),
  );
  for (let iteration = 0; iteration < 10; iteration++) {
    labels = pixels.map((p, i) => {
      let label = labels[i]!;
      let least = Infinity;
      for (const [k, center] of centers.entries()) {
        if (Math.abs(p.row - center.row) > spacing) continue;
        if (Math.abs(p.column - center.column) > spacing) continue;
        if (far(p, center) < least) {
          least = far(p, center);
          label = k;
        }
      }
      return label;
    });
    for (const [k, center] of centers.entries()) {
      const mine = pixels.filter((_, i) => labels[i] === k);
      if (mine.length > 0) Object.assign(center, middleOf(mine));
    }
  }

  labels = pieces(labels, height, width);
  for (let size = 1; size < spacing ** 2 / 4; size++)
    for (let again = true; again; ) {
      again = false;
      for (const label of [...new Set(labels)].sort((a, b) => a - b)) {
        const mine = pixels.filter((_, i) => labels[i] === label);
        if (mine.length !== size) continue;
        const near = new Set<number>();
        for (const { row, column } of mine)
          for (const p of [
            pixel(row - 1, column),
            pixel(row + 1, column),
            pixel(row, column - 1),
            pixel(row, column + 1),
          ])
            near.add(labels[pixels.indexOf(p)]!);
        near.delete(label);
        let into: number | undefined;
        let least = Infinity;
        for (const other of [...near].sort((a, b) => a - b)) {
          const theirs = pixels.filter((_, i) => labels[i] === other);
          const distance = far(middleOf(mine), middleOf(theirs));
          if (distance < least) {
            least = distance;
            into = other;
          }
        }
        if (into === undefined) continue;
        const joined = Math.min(label, into);
        labels = labels.map((l) => (l === label || l === into ? joined : l));
        again = true;
      }
    }
  return inReadingOrder(labels);
}

function middleOf(pixels: readonly Pixel[]): Center {
  const mean = (of: (p: Pixel) => number) => pixels.reduce((n, p) => n + of(p), 0) / pixels.length;
  return {
    row: mean((p) => p.row),
    column: mean((p) => p.column),
    lab: [0, 1, 2].map((c) => mean((p) => p.lab[c]!)),
  };
}

/** Connected pieces: every pixel has a number of its own, and takes the least of its neighbors' until nothing changes. */
export function pieces(labels: readonly number[], height: number, width: number): number[] {
  const numbers = labels.map((_, i) => i);
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 0; i < labels.length; i++)
      for (const [j, there] of [
        [i - 1, i % width > 0],
        [i + 1, i % width < width - 1],
        [i - width, i >= width],
        [i + width, i < (height - 1) * width],
      ] as const)
        if (there && labels[j] === labels[i] && numbers[j]! < numbers[i]!) {
          numbers[i] = numbers[j]!;
          changed = true;
        }
  }
  return inReadingOrder(numbers);
}

const inReadingOrder = (labels: readonly number[]): number[] => {
  const order = [...new Set(labels)];
  return labels.map((label) => order.indexOf(label));
};
