// Max-pool routing by flat indices, for devices that gather and scatter by index: the winners' places come
// from separable maxima.
import { type Shape, sizeOf, type Window } from '../../graph/shape.js';
import type { Node } from '../../graph/tensor.js';
import type { Emitter, PoolingForms } from './emitter.js';

/** The winners of a max-pool and the flat positions where they stand. */
interface Routed {
  readonly value: string;
  readonly index: string;
}

/**
 * The winners of a max-pool and where they stand. The pooling kernel gives the largest value of each window's
 * rows and of the window; the first row and then the first column that holds the window's largest is
 * the first winner in row-major order. Twice as fast as the kernel that returns indices.
 */
function route(
  e: Emitter,
  x: string,
  [n, c, height, width]: Shape,
  [, , rows, columns]: Shape,
  { kernel, stride, pads }: Window,
): Routed {
  // a window that hangs over the edge sees its own edge element again, which changes no winner
  const positions = (out: number, step: number, offset: number, size: number) =>
    Array.from({ length: out }, (_, i) => Math.min(Math.max(i * step + offset, 0), size - 1));
  const ofRows = e.node('MaxPool', [x], {
    kernel_shape: [1, kernel[1]],
    strides: [1, stride[1]],
    pads: [0, pads[1], 0, pads[3]],
  });
  const value = e.node('MaxPool', [ofRows], {
    kernel_shape: [kernel[0], 1],
    strides: [stride[0], 1],
    pads: [pads[0], 0, pads[2], 0],
  });
  /** The first of the candidates whose value is the window's largest; the last needs no look. */
  const firstWinner = (candidates: readonly { place: string; held: () => string }[]): string =>
    candidates.reduceRight(
      (later, { place, held }) =>
        later === '' ? place : e.node('Where', [e.node('Equal', [held(), value]), place, later]),
      '',
    );

  const winningRow = firstWinner(
    Array.from({ length: kernel[0] }, (_, a) => {
      const at = positions(rows!, stride[0], a - pads[0], height!);
      return {
        place: e.int32(
          at.map((r) => r * width!),
          [rows!, 1],
        ),
        held: () => e.node('Gather', [ofRows, e.int32(at)], { axis: 2 }),
      };
    }),
  );
  // windows of a single row need no look, so that nothing has spread it over the planes
  const row =
    kernel[0] === 1 ? e.node('Expand', [winningRow, e.int64([n!, c!, rows!, 1])]) : winningRow;
  const flat = e.node('Reshape', [x, e.int64([n!, c!, height! * width!])]);
  const flatPlaces = e.int64([n!, c!, rows! * columns!]);
  const index = firstWinner(
    Array.from({ length: kernel[1] }, (_, b) => {
      const place = e.node('Add', [
        row,
        e.int32(positions(columns!, stride[1], b - pads[1], width!)),
      ]);
      const held = () =>
        e.node('GatherElements', [flat, e.node('Reshape', [place, flatPlaces])], { axis: 2 });
      return { place, held: () => e.node('Reshape', [held(), e.int64([n!, c!, rows!, columns!])]) };
    }),
  );
  return { value, index };
}

const windowKey = (x: string, { kernel, stride, pads }: Window) =>
  `${x} ${JSON.stringify([kernel, stride, pads])}`;

function poolRoute(e: Emitter, x: string, t: Node<'maxPool'> | Node<'maxPoolIndex'>): Routed {
  return e.once(`route ${windowKey(x, t.attrs)}`, () =>
    route(e, x, t.inputs[0]!.shape, t.shape, t.attrs),
  );
}

const flatIndex = (e: Emitter, index: string, [n, c, rows, columns]: Shape): string =>
  e.once(`flat ${index}`, () => e.node('Reshape', [index, e.int64([n!, c!, rows! * columns!])]));

export const poolingByIndex: PoolingForms = {
  /** The values alone by the pooling kernel; where the program needs the places too, the values come with them. */
  maxPool(e, [x], t) {
    const routes = e.program.nodes.some(
      (n) =>
        n.op === 'maxPoolIndex' &&
        n.inputs[0] === t.inputs[0] &&
        windowKey(x!, n.attrs) === windowKey(x!, t.attrs),
    );
    if (routes) return poolRoute(e, x!, t).value;
    const { kernel, stride, pads } = t.attrs;
    return e.node('MaxPool', [x!], { kernel_shape: kernel, strides: stride, pads });
  },
  maxPoolIndex: (e, [x], t) => poolRoute(e, x!, t).index,
  gatherPlane(e, [x, index], { inputs, shape }) {
    const [n, c, height, width] = inputs[0]!.shape as [number, number, number, number];
    const flat = e.node('Reshape', [x!, e.int64([n, c, height * width])]);
    const picked = e.node('GatherElements', [flat, flatIndex(e, index!, shape)], { axis: 2 });
    return e.node('Reshape', [picked, e.int64(shape)]);
  },
  scatterPlane(e, [g, index], { inputs, shape }) {
    const [n, c, height, width] = shape as [number, number, number, number];
    const flat = e.node('Reshape', [g!, e.int64([n, c, sizeOf(inputs[0]!.shape.slice(2))])]);
    const added = e.node(
      'ScatterElements',
      [e.zeros([n, c, height * width]), flatIndex(e, index!, inputs[0]!.shape), flat],
      { axis: 2, reduction: 'add' },
    );
    return e.node('Reshape', [added, e.int64(shape)]);
  },
};
