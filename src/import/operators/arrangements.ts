// Operators that put values in another order, leave some out, repeat them or frame them by zeros. All are linear.
import {
  broadcast,
  concat,
  constant,
  embed,
  matmul,
  reshape,
  type Shape,
  slice,
  type Tensor,
  transpose,
} from '../../graph/index.js';
import { broadcastShapes, sizeOf } from '../../graph/shape.js';
import { reshapedTo } from '../arrangement.js';
import { floatsOf, listOf, numberOf, Refusal, requireSize } from '../constant.js';
import { partsOf, rangesOf } from '../fold.js';
import {
  axisOf,
  type Computed,
  computedAt,
  constantAt,
  formOf,
  type Invocation,
  imagesOf,
  isConstant,
  listAttribute,
  numberAttribute,
  optionalConstant,
  settled,
  type Value,
  valueAt,
  whole,
  wordAttribute,
} from '../value.js';

type Compute = (i: Invocation) => Computed | readonly Computed[];

const reshaped: Compute = (i) => {
  const x = computedAt(i, 0);
  return settled(x.tensor, reshapedTo(i, x.shape), x.type);
};

/** A computed value with its axes in another order. */
export function permute(x: Computed, permutation: readonly number[]): Computed {
  const shape = permutation.map((axis) => x.shape[axis]!);
  // a first axis of one that stays first is left alone
  const stays = permutation[0] === 0;
  const { tensor, axis } = formOf(x, stays ? [] : [0]);
  const order = axis(0) === 0 ? permutation.slice(1) : permutation;
  return settled(transpose(tensor, [0, ...order.map(axis)]), shape, x.type);
}

const transposed: Compute = (i) => {
  const x = computedAt(i, 0);
  const reversed = x.shape.map((_, axis) => x.shape.length - 1 - axis);
  return permute(x, listAttribute(i, 'perm') ?? reversed);
};

/** A part of a value along some axes. */
function part(
  x: Computed,
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[] = x.shape.map(() => 1),
): Computed {
  const cut = x.shape.flatMap((d, axis) =>
    starts[axis] !== 0 || ends[axis] !== d || steps[axis] !== 1 ? [axis] : [],
  );
  if (cut.length === 0) return x;
  const { tensor, axis } = formOf(x, cut);
  const [from, to, by] = [tensor.shape.map(() => 0), [...tensor.shape], tensor.shape.map(() => 1)];
  for (const at of cut) {
    from[axis(at)] = starts[at]!;
    to[axis(at)] = ends[at]!;
    by[axis(at)] = steps[at]!;
  }
  const shape = x.shape.map((_, at) => Math.ceil((ends[at]! - starts[at]!) / steps[at]!));
  if (shape.some((d) => d < 1)) throw new Refusal('takes a part without elements');
  return settled(slice(tensor, from, to, by), shape, x.type);
}

/** Runs of places that slices can take; a few of them are slices, many are a product with zeros and ones. */
const MOST_RUNS = 16;

/** The elements of an axis at places; −1 for zero. */
export function pick(x: Computed, at: number, places: readonly number[]): Computed {
  const size = x.shape[at]!;
  const runs: [number, number][] = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (last !== undefined && place >= 0 && last[1] === place) last[1]++;
    else runs.push([place, place + 1]);
  }
  const shape = x.shape.map((d, axis) => (axis === at ? places.length : d));
  if (runs.length <= MOST_RUNS && places.every((place) => place >= 0)) {
    const { tensor, axis } = formOf(x, [at]);
    const parts = runs.map(([from, to]) => {
      const starts = tensor.shape.map((_, n) => (n === axis(at) ? from : 0));
      return slice(
        tensor,
        starts,
        tensor.shape.map((d, n) => (n === axis(at) ? to : d)),
      );
    });
    return settled(parts.length === 1 ? parts[0]! : concat(parts, axis(at)), shape, x.type);
  }
  requireSize([size, places.length]);
  const matrix = new Float32Array(size * places.length);
  places.forEach((place, n) => {
    if (place >= 0) matrix[place * places.length + n] = 1;
  });
  return along(x, at, matrix, places.length);
}

/** A matrix [size, count] applied along an axis. */
export function along(x: Computed, at: number, matrix: Float32Array, count: number): Computed {
  const rank = x.shape.length;
  const last = [...x.shape.keys()].filter((axis) => axis !== at);
  const moved = permute(x, [...last, at]);
  const size = x.shape[at]!;
  const rows = (sizeOf(x.shape) / size) * imagesOf(x);
  const product = matmul(reshape(moved.tensor, [rows, size]), constant(matrix, [size, count]));
  const made = settled(product, [...last.map((axis) => x.shape[axis]!), count]);
  const back = Array.from({ length: rank }, (_, axis) =>
    axis === at ? rank - 1 : axis < at ? axis : axis - 1,
  );
  return permute(made, back);
}

const sliced: Compute = (i) => {
  const x = computedAt(i, 0);
  const { starts, ends, steps } = rangesOf(i, x.shape);
  const backwards = steps.flatMap((step, axis) => (step < 0 ? [axis] : []));
  const forwards = part(
    x,
    starts.map((start, axis) => (steps[axis]! < 0 ? 0 : start)),
    ends.map((end, axis) => (steps[axis]! < 0 ? x.shape[axis]! : end)),
    steps.map((step) => Math.max(step, 1)),
  );
  return backwards.reduce((value, axis) => {
    const count = Math.max(0, Math.ceil((ends[axis]! - starts[axis]!) / steps[axis]!));
    const places = Array.from({ length: count }, (_, n) => starts[axis]! + n * steps[axis]!);
    return pick(value, axis, places);
  }, forwards);
};

const gathered: Compute = (i) => {
  const x = computedAt(i, 0);
  const axis = axisOf(numberAttribute(i, 'axis') ?? 0, x.shape.length);
  const indices = constantAt(i, 1, 'indices');
  const size = x.shape[axis]!;
  const places = listOf(indices).map((index) => (index < 0 ? index + size : index));
  const odd = places.find((place) => !(Number.isInteger(place) && place >= 0 && place < size));
  if (odd !== undefined) throw new Refusal(`has an index ${odd} of an axis of ${size}`);
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return settled(pick(x, axis, places).tensor, shape, x.type);
};

const split: Compute = (i) => {
  const x = computedAt(i, 0);
  const axis = axisOf(numberAttribute(i, 'axis') ?? 0, x.shape.length);
  let from = 0;
  return partsOf(i, x.shape[axis]!).map((size) => {
    const starts = x.shape.map((_, at) => (at === axis ? from : 0));
    const ends = x.shape.map((d, at) => (at === axis ? from + size : d));
    from += size;
    return part(x, starts, ends);
  });
};

/** A value of every image: a constant is the same for all. */
export function ofImages(value: Value, images: number): Tensor {
  if (!isConstant(value)) return whole(value);
  const tensor = constant(floatsOf(value), [1, ...value.shape]);
  return broadcast(tensor, [images, ...value.shape]);
}

/** Values one behind another along an axis. */
const joined: Compute = (i) => {
  const values = i.inputs.map((_, at) => valueAt(i, at));
  const computed = values.filter((value): value is Computed => !isConstant(value));
  const { length: rank } = computed[0]!.shape;
  const axis = axisOf(numberAttribute(i, 'axis') ?? 0, rank);
  const shape = computed[0]!.shape.map((d, at) =>
    at === axis ? values.reduce((n, value) => n + value.shape[axis]!, 0) : d,
  );
  if (computed.length === values.length && computed.every((x) => x.shape[0] === 1) && axis > 0) {
    const parts = computed.map((x) => formOf(x, []).tensor);
    return settled(concat(parts, axis), shape, computed[0]!.type);
  }
  const images = imagesOf(computed[0]!);
  const parts = values.map((value) => ofImages(value, images));
  return settled(concat(parts, axis + 1), shape);
};

/** A value repeated until it has a shape. */
function spread(x: Computed, shape: Shape): Computed {
  const wide = [...Array.from({ length: shape.length - x.shape.length }, () => 1), ...x.shape];
  const images = imagesOf(x);
  return settled(
    broadcast(reshape(x.tensor, [images, ...wide]), [images, ...shape]),
    shape,
    x.type,
  );
}

const expanded: Compute = (i) => {
  const x = computedAt(i, 0);
  const shape = broadcastShapes(x.shape, listOf(constantAt(i, 1, 'sizes')));
  if (shape === undefined) throw new Refusal('expands to a shape that does not fit');
  return spread(x, shape);
};

const tiled: Compute = (i) => {
  const x = computedAt(i, 0);
  const repeats = listOf(constantAt(i, 1, 'repeats'));
  return repeats.reduce((value, count, axis) => {
    const size = value.shape[axis]!;
    return pick(
      value,
      axis,
      Array.from({ length: size * count }, (_, n) => n % size),
    );
  }, x);
};

/** Where a padded axis takes its elements from. */
const framed = (mode: string, size: number, before: number, after: number): number[] =>
  Array.from({ length: size + before + after }, (_, n) => {
    const at = n - before;
    if (at >= 0 && at < size) return at;
    if (mode === 'edge') return at < 0 ? 0 : size - 1;
    if (mode === 'wrap') return ((at % size) + size) % size;
    return at < 0 ? -at : 2 * (size - 1) - at;
  });

/** What Pad adds before and after each axis. */
export function padsOf(i: Invocation, rank: number): readonly (readonly [number, number])[] {
  const given = optionalConstant(i, 1, 'pads')?.data ?? listAttribute(i, 'pads') ?? [];
  const axes = optionalConstant(i, 3, 'axes')?.data;
  const named = axes === undefined ? undefined : [...axes].map((axis) => axisOf(axis, rank));
  const count = given.length / 2;
  return Array.from({ length: rank }, (_, axis) => {
    const at = named === undefined ? axis : named.indexOf(axis);
    return at < 0 ? [0, 0] : [given[at]!, given[at + count]!];
  });
}

/** The value with which Pad frames. */
export const padValue = (i: Invocation): number => {
  const given = optionalConstant(i, 2, 'values');
  return given === undefined ? (numberAttribute(i, 'value') ?? 0) : numberOf(given);
};

const padded: Compute = (i) => {
  const x = computedAt(i, 0);
  const pads = padsOf(i, x.shape.length);
  const mode = wordAttribute(i, 'mode') ?? 'constant';
  const starts = pads.map(([before]) => Math.max(0, -before));
  const ends = x.shape.map((d, axis) => d - Math.max(0, -pads[axis]![1]));
  const cut = part(x, starts, ends);
  if (mode !== 'constant')
    return pads.reduce(
      (value, [before, after], axis) =>
        before > 0 || after > 0
          ? pick(
              value,
              axis,
              framed(mode, value.shape[axis]!, Math.max(0, before), Math.max(0, after)),
            )
          : value,
      cut,
    );
  if (padValue(i) !== 0) throw new Refusal(`pads with ${padValue(i)}, expected 0`);
  const before = pads.map(([n]) => Math.max(0, n));
  const shape = cut.shape.map((d, axis) => d + before[axis]! + Math.max(0, pads[axis]![1]));
  const { tensor, axis } = formOf(
    cut,
    shape.flatMap((d, at) => (d === cut.shape[at] ? [] : [at])),
  );
  const [from, size] = [tensor.shape.map(() => 0), [...tensor.shape]];
  shape.forEach((d, at) => {
    if (d === cut.shape[at]) return;
    from[axis(at)] = before[at]!;
    size[axis(at)] = d;
  });
  return settled(
    embed(
      tensor,
      from,
      tensor.shape.map(() => 1),
      size,
    ),
    shape,
  );
};

/** Blocks of channels as blocks of pixels. */
const depthToSpace: Compute = (i) => {
  const x = computedAt(i, 0);
  const [images, channels, height, width] = x.shape as [number, number, number, number];
  const size = numberAttribute(i, 'blocksize') ?? 1;
  const rest = channels / size ** 2;
  const columnsFirst = wordAttribute(i, 'mode') === 'CRD';
  const shape = columnsFirst
    ? [images, rest, size, size, height, width]
    : [images, size, size, rest, height, width];
  const order = columnsFirst ? [0, 1, 4, 2, 5, 3] : [0, 3, 4, 1, 5, 2];
  const moved = permute(settled(x.tensor, shape), order);
  return settled(moved.tensor, [images, rest, height * size, width * size]);
};

const spaceToDepth: Compute = (i) => {
  const x = computedAt(i, 0);
  const [images, channels, height, width] = x.shape as [number, number, number, number];
  const size = numberAttribute(i, 'blocksize') ?? 1;
  const [rows, columns] = [height / size, width / size];
  const apart = settled(x.tensor, [images, channels, rows, size, columns, size]);
  const moved = permute(apart, [0, 3, 5, 1, 2, 4]);
  return settled(moved.tensor, [images, channels * size ** 2, rows, columns]);
};

/** Operators that rearrange, by name. */
export const arrangements: Readonly<Record<string, Compute>> = {
  Reshape: reshaped,
  Flatten: reshaped,
  Squeeze: reshaped,
  Unsqueeze: reshaped,
  Transpose: transposed,
  Slice: sliced,
  Gather: gathered,
  Split: split,
  Concat: joined,
  Expand: expanded,
  Tile: tiled,
  Pad: padded,
  DepthToSpace: depthToSpace,
  SpaceToDepth: spaceToDepth,
};
