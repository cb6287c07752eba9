// Connected regions of a labelled plane: the pieces that labels fall into, and small pieces joined to a
// neighbor, so that every region of a segmentation is one piece. Pixels are connected by their sides.

/** Regions of a plane: the number of each pixel's region [H,W], from 0 in reading order of first pixels. */
export interface Regions {
  readonly labels: Int32Array;
  readonly count: number;
}

/** The pixels above, left, right and below a pixel. */
function besides(i: number, height: number, width: number): number[] {
  const [row, column] = [Math.floor(i / width), i % width];
  return [
    ...(row > 0 ? [i - width] : []),
    ...(column > 0 ? [i - 1] : []),
    ...(column < width - 1 ? [i + 1] : []),
    ...(row < height - 1 ? [i + width] : []),
  ];
}

/** The connected pieces of equal labels. */
export function connectedPieces(labels: Int32Array, height: number, width: number): Regions {
  const piece = new Int32Array(labels.length).fill(-1);
  let count = 0;
  for (let first = 0; first < labels.length; first++) {
    if (piece[first] !== -1) continue;
    const open = [first];
    piece[first] = count;
    for (let i = open.pop(); i !== undefined; i = open.pop())
      for (const j of besides(i, height, width))
        if (piece[j] === -1 && labels[j] === labels[first]) {
          piece[j] = count;
          open.push(j);
        }
    count++;
  }
  return { labels: piece, count };
}

/** A piece while pieces are joined. */
interface Piece {
  size: number;
  /** Sums of its pixels' features. */
  readonly sums: Float64Array;
  readonly neighbors: Set<number>;
}

function piecesOf(
  { labels, count }: Regions,
  features: readonly Float64Array[],
  height: number,
  width: number,
): Piece[] {
  const pieces = Array.from({ length: count }, () => ({
    size: 0,
    sums: new Float64Array(features.length),
    neighbors: new Set<number>(),
  }));
  for (const [i, label] of labels.entries()) {
    const piece = pieces[label]!;
    piece.size++;
    for (const [f, plane] of features.entries()) piece.sums[f]! += plane[i]!;
    for (const j of besides(i, height, width))
      if (labels[j] !== label) piece.neighbors.add(labels[j]!);
  }
  return pieces;
}

/** Squared distance between the mean features of two pieces. */
const distance = (a: Piece, b: Piece): number =>
  a.sums.reduce((sum, v, f) => sum + (v / a.size - b.sums[f]! / b.size) ** 2, 0);

/**
 * Joins every connected piece of fewer than `least` pixels to the adjacent one whose mean features are nearest,
 * smallest first, until there is none; of equals the piece that comes first in reading order.
 * @param labels a label of each pixel [H,W]; pixels of one label need not be connected
 * @param features planes [H,W] in which the distance is Euclidean
 */
export function joinSmall(
  labels: Int32Array,
  features: readonly Float64Array[],
  height: number,
  width: number,
  least: number,
): Regions {
  const found = connectedPieces(labels, height, width);
  const pieces = piecesOf(found, features, height, width);
  const joinedTo = Int32Array.from({ length: found.count }, (_, p) => p);
  /** Pieces by their size when they were put there, for those that are too small. */
  const bySize: number[][] = Array.from({ length: Math.max(0, Math.ceil(least)) }, () => []);
  for (const [p, { size }] of pieces.entries()) bySize[size]?.push(p);

  // what is joined is larger, so no size comes up again
  for (const [size, candidates] of bySize.entries())
    for (const p of candidates.sort((a, b) => a - b)) {
      const piece = pieces[p]!;
      if (joinedTo[p] !== p || piece.size !== size) continue;
      const near = [...piece.neighbors].sort(
        (a, b) => distance(piece, pieces[a]!) - distance(piece, pieces[b]!) || a - b,
      )[0];
      if (near === undefined) continue;
      const [into, gone] = p < near ? [p, near] : [near, p];
      join(pieces, into, gone);
      joinedTo[gone] = into;
      bySize[pieces[into]!.size]?.push(into);
    }

  const last = (p: number): number => (joinedTo[p] === p ? p : last(joinedTo[p]!));
  // a piece takes the number of the one that comes first, so the order of numbers is that of first pixels
  const numbers = new Map<number, number>();
  for (let p = 0; p < found.count; p++) if (last(p) === p) numbers.set(p, numbers.size);
  return { labels: found.labels.map((p) => numbers.get(last(p))!), count: numbers.size };
}

/** Adds a piece to another one. */
function join(pieces: readonly Piece[], into: number, gone: number): void {
  const [a, b] = [pieces[into]!, pieces[gone]!];
  a.size += b.size;
  for (const [f, sum] of b.sums.entries()) a.sums[f]! += sum;
  for (const n of b.neighbors) {
    pieces[n]!.neighbors.delete(gone);
    if (n === into) continue;
    pieces[n]!.neighbors.add(into);
    a.neighbors.add(n);
  }
}
