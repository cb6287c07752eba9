// Max-pool routing for GPUs, without flat indices: a window's winner is known by its position in the window, and
// whatever follows the winners looks at the positions one by one. Scattering by index would be atomic additions
// there, whose order, and so the result's last bit, differs from run to run.
import type { Shape, Window } from '../../graph/shape.js';
import type { Node } from '../../graph/tensor.js';
import type { Emitter, PoolingForms } from './emitter.js';

/** The lowest float32. */
const LOWEST = -3.4028234663852886e38;

/** Rows and columns before and after the planes of x [N,C,H,W]; negative numbers cut some off. */
function pad(e: Emitter, x: string, amounts: Window['pads'], value?: number): string {
  if (amounts.every((amount) => amount === 0)) return x;
  const [top, left, bottom, right] = amounts;
  const filling = value === undefined ? [] : [e.scalar(value)];
  return e.node('Pad', [x, e.int64([0, 0, top, left, 0, 0, bottom, right]), ...filling]);
}

/** The planes with what windows see beyond their edges, which is below every number. */
const surrounded = (e: Emitter, x: string, { pads }: Window): string =>
  e.once(`surrounded ${x} ${pads}`, () => pad(e, x, pads, LOWEST));

const largest = (e: Emitter, x: string, window: Window): string =>
  e.once(`largest ${x} ${JSON.stringify(window)}`, () =>
    e.node('MaxPool', [surrounded(e, x, window)], {
      kernel_shape: window.kernel,
      strides: window.stride,
    }),
  );

/** The positions of a window in row-major order. */
const positionsOf = ({ kernel }: Window): (readonly [number, number])[] =>
  Array.from({ length: kernel[0] * kernel[1] }, (_, p) => [
    Math.floor(p / kernel[1]),
    p % kernel[1],
  ]);

/** Of the candidates the first that its condition picks, else the last. */
const firstOf = (
  e: Emitter,
  candidates: readonly { readonly picked: () => string; readonly value: string }[],
): string =>
  candidates
    .slice(0, -1)
    .reduceRight(
      (later, { picked, value }) => e.node('Where', [picked(), value, later]),
      candidates.at(-1)!.value,
    );

/** Where the winner stands at position p. */
const won = (e: Emitter, winners: string, p: number): string =>
  e.once(`won ${winners} ${p}`, () => e.node('Equal', [winners, e.scalar(p)]));

/**
 * The max-pool whose winners a gather or scatter follows.
 * Throws an Error where its planes are not of the size of those gathered from or scattered to: the winners are
 * known only within their windows.
 */
function poolOf(
  { op, inputs }: Node<'gatherPlane'> | Node<'scatterPlane'>,
  planes: Shape,
): Node<'maxPoolIndex'> {
  const index = inputs[1]!;
  const from = index.inputs[0]?.shape;
  if (index.op !== 'maxPoolIndex' || from?.[2] !== planes[2] || from?.[3] !== planes[3])
    throw new Error(
      `${op} on a GPU follows the winners of a max-pool in planes of the pooled ones' size, [${planes.slice(2)}]; these come from ${index.op} of [${from?.slice(2)}]`,
    );
  return index;
}

/** The planes of all phases of a stride, [rows][columns], each [N,C,R,C'], woven into one. */
function woven(e: Emitter, phases: readonly (readonly string[])[], grid: Shape): string {
  const [n, c, rows, columns] = grid as [number, number, number, number];
  const [down, across] = [phases.length, phases[0]!.length];
  if (down === 1 && across === 1) return phases[0]![0]!;
  const lines = phases.map((row) => {
    const apart = row.map((x) => e.node('Reshape', [x, e.int64([n, c, rows, columns, 1])]));
    const together = e.node('Concat', apart, { axis: 4 });
    return e.node('Reshape', [together, e.int64([n, c, rows, 1, columns * across])]);
  });
  return e.node('Reshape', [
    e.node('Concat', lines, { axis: 3 }),
    e.int64([n, c, rows * down, columns * across]),
  ]);
}

export const poolingByPosition: PoolingForms = {
  maxPool: (e, [x], { attrs }) => largest(e, x!, attrs),
  /** The first position, in row-major order, that holds the window's largest; a plane of numbers. */
  maxPoolIndex(e, [x], { attrs, shape }) {
    const size = [shape[2]!, shape[3]!] as const;
    const plane = surrounded(e, x!, attrs);
    const value = largest(e, x!, attrs);
    const positions = positionsOf(attrs);
    // nothing has spread the only position over the planes
    if (positions.length === 1) return e.zeros(shape);
    return firstOf(
      e,
      positions.map((position, p) => ({
        picked: () => e.node('Equal', [e.strided(plane, position, size, attrs.stride), value]),
        value: e.scalar(p),
      })),
    );
  },
  gatherPlane(e, [x, winners], t) {
    const { attrs } = poolOf(t, t.inputs[0]!.shape);
    const plane = pad(e, x!, attrs.pads);
    return firstOf(
      e,
      positionsOf(attrs).map((position, p) => ({
        picked: () => won(e, winners!, p),
        value: e.strided(plane, position, [t.shape[2]!, t.shape[3]!], attrs.stride),
      })),
    );
  },
  scatterPlane(e, [g, winners], t) {
    const { kernel, stride, pads } = poolOf(t, t.shape).attrs;
    const [n, c, rows, columns] = t.inputs[0]!.shape as [number, number, number, number];
    // position stride·q + phase of window i lands in row i + q of its phase's plane
    const reach = [0, 1].map((axis) => Math.floor((kernel[axis]! - 1) / stride[axis]!));
    const grid = [n, c, rows + reach[0]!, columns + reach[1]!] as const;
    const parts = positionsOf({ kernel, stride, pads }).map(([a, b], p) => {
      const [down, across] = [Math.floor(a / stride[0]), Math.floor(b / stride[1])];
      const mine = e.node('Where', [won(e, winners!, p), g!, e.scalar(0)]);
      return {
        phase: [a % stride[0], b % stride[1]] as const,
        plane: pad(e, mine, [down, across, reach[0]! - down, reach[1]! - across]),
      };
    });
    const phase = (row: number, column: number): string => {
      const planes = parts
        .filter((part) => part.phase[0] === row && part.phase[1] === column)
        .map(({ plane }) => plane);
      // strides longer than the window pass over whole phases
      return planes.length === 0
        ? e.zeros(grid)
        : planes.reduce((sum, plane) => e.node('Add', [sum, plane]));
    };
    const phases = Array.from({ length: stride[0] }, (_, row) =>
      Array.from({ length: stride[1] }, (_, column) => phase(row, column)),
    );
    const [top, left] = pads;
    const [bottom, right] = [
      t.shape[2]! + top - grid[2] * stride[0],
      t.shape[3]! + left - grid[3] * stride[1],
    ];
    return pad(e, woven(e, phases, grid), [-top, -left, bottom, right]);
  },
};
