// Convolutions whose windows all see the whole plane, such as 3×3 ones on 2×2 planes, for many images: one
// matrix product for all of them, since a product per image and plane is too small to be fast.
import type { Shape } from '../../graph/shape.js';
import type { Node } from '../../graph/tensor.js';
import type { Emitter } from './emitter.js';

/** A convolution, or one of its adjoints, by the shapes that it relates. */
interface Geometry extends Pick<Node<'conv2d'>['attrs'], 'stride' | 'pads'> {
  /** [N,C,H,W] */
  readonly x: Shape;
  /** [O,C,kh,kw] */
  readonly w: Shape;
  /** [N,O,H',W'] */
  readonly y: Shape;
}

/** Whether every window of a convolution of several images sees all of their planes. */
export function seesWholePlane({ x, w, y, stride, pads }: Geometry): boolean {
  const along = (axis: 0 | 1) => {
    const first = pads[axis];
    const last = first - (y[2 + axis]! - 1) * stride[axis];
    return last >= 0 && first + x[2 + axis]! <= w[2 + axis]!;
  };
  return x[0]! > 1 && along(0) && along(1);
}

const area = (shape: Shape) => shape[2]! * shape[3]!;

/** Which weight of a filter (a row) links which output place to which input place (a column): ones among zeros. */
function links(e: Emitter, t: Geometry): string {
  const { x, w, y, stride, pads } = t;
  const [height, width, kh, kw, rows, columns] = [x, w, y].flatMap((s) => s.slice(2)) as number[];
  return e.once(
    `links ${JSON.stringify([height, width, kh, kw, rows, columns, stride, pads])}`,
    () => {
      const pairs = rows! * columns! * height! * width!;
      const table = new Float32Array(kh! * kw! * pairs);
      let pair = 0;
      for (let i = 0; i < rows!; i++)
        for (let j = 0; j < columns!; j++)
          for (let k = 0; k < height!; k++)
            for (let l = 0; l < width!; l++) {
              const [row, column] = [k + pads[0] - i * stride[0], l + pads[1] - j * stride[1]];
              table[(row * kw! + column) * pairs + pair++] = 1;
            }
      return e.floats(table, [kh! * kw!, pairs]);
    },
  );
}

/** The matrix [O·H'·W', C·H·W] that a convolution is. */
const matrixOf = (e: Emitter, w: string, t: Geometry): string =>
  e.once(`matrix ${w} ${JSON.stringify([t.x, t.y, t.stride, t.pads])}`, () => {
    const [out, channels] = [t.w[0]!, t.w[1]!];
    const [read, written] = [area(t.x), area(t.y)];
    const weights = e.node('Reshape', [w, e.int64([out * channels, area(t.w)])]);
    const linked = e.node('Reshape', [
      e.node('Gemm', [weights, links(e, t)]),
      e.int64([out, channels, written, read]),
    ]);
    const turned = e.node('Transpose', [linked], { perm: [0, 2, 1, 3] });
    return e.node('Reshape', [turned, e.int64([out * written, channels * read])]);
  });

const flat = (e: Emitter, v: string, shape: Shape) =>
  e.node('Reshape', [v, e.int64([shape[0]!, shape[1]! * area(shape)])]);

/** The convolution, without a bias. */
export function wholeConvolution(e: Emitter, x: string, w: string, t: Geometry): string {
  const product = e.node('Gemm', [flat(e, x, t.x), matrixOf(e, w, t)], { transB: 1 });
  return e.node('Reshape', [product, e.int64(t.y)]);
}

/** Its adjoint in x. */
export function wholeInputGradient(e: Emitter, g: string, w: string, t: Geometry): string {
  const product = e.node('Gemm', [flat(e, g, t.y), matrixOf(e, w, t)]);
  return e.node('Reshape', [product, e.int64(t.x)]);
}

/** Its adjoint in w. */
export function wholeFilterGradient(e: Emitter, x: string, g: string, t: Geometry): string {
  const [out, channels] = [t.w[0]!, t.w[1]!];
  const [read, written] = [area(t.x), area(t.y)];
  const product = e.node('Reshape', [
    e.node('Gemm', [flat(e, g, t.y), flat(e, x, t.x)], { transA: 1 }),
    e.int64([out, written, channels, read]),
  ]);
  const turned = e.node('Transpose', [product], { perm: [0, 2, 1, 3] });
  const linked = e.node('Reshape', [turned, e.int64([out * channels, written * read])]);
  return e.node('Reshape', [e.node('Gemm', [linked, links(e, t)], { transB: 1 }), e.int64(t.w)]);
}
