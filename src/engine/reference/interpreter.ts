// The reference engine: evaluates a program node by node in float64 with plain loops. It is slow and
// meant to be obviously right; tests and self-checks compare the other engines with it.
import type { Program } from '../../graph/program.js';
import { type Shape, sizeOf, stridesOf, type Window } from '../../graph/shape.js';
import type { Conv, Node, Primitive, Tensor } from '../../graph/tensor.js';

type Data = Float64Array;
type Evaluate<P extends Primitive> = (operands: readonly Data[], t: Node<P>) => Data;

/** Calls back with every multi-index of a shape in row-major order; the array is reused. */
function forEachIndex(shape: Shape, visit: (index: readonly number[], flat: number) => void): void {
  const index = new Array<number>(shape.length).fill(0);
  const size = sizeOf(shape);
  for (let flat = 0; flat < size; flat++) {
    visit(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** For every element of `to`, the flat position in `from` that broadcasting reads. */
function broadcastPositions(from: Shape, to: Shape): Int32Array {
  const lead = to.length - from.length;
  const strides = stridesOf(from).map((s, i) => (from[i] === 1 ? 0 : s));
  const positions = new Int32Array(sizeOf(to));
  forEachIndex(to, (index, flat) => {
    let at = 0;
    for (let i = 0; i < strides.length; i++) at += index[lead + i]! * strides[i]!;
    positions[flat] = at;
  });
  return positions;
}

function elementwise(f: (...values: number[]) => number) {
  return (operands: readonly Data[], t: Tensor): Data => {
    const positions = t.inputs.map((x) => broadcastPositions(x.shape, t.shape));
    const out = new Float64Array(sizeOf(t.shape));
    const values = new Array<number>(operands.length);
    for (let i = 0; i < out.length; i++) {
      for (let k = 0; k < operands.length; k++) values[k] = operands[k]![positions[k]![i]!]!;
      out[i] = f(...values);
    }
    return out;
  };
}

const sigma = (u: number) => (u >= 0 ? 1 / (1 + Math.exp(-u)) : Math.exp(u) / (1 + Math.exp(u)));

/** The error function by a series whose terms are all of one sign. */
function errorFunction(x: number): number {
  // 1 to the last digit of float64
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, total] = [x, x];
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

/** Calls back with the flat positions of input, filter and output of every multiply-add of a convolution. */
function convolve(
  x: Shape,
  w: Shape,
  y: Shape,
  { stride, pads, groups = 1 }: Conv,
  visit: (x: number, w: number, y: number) => void,
): void {
  const [channels, height, width] = [x[1]!, x[2]!, x[3]!];
  const ofGroup = channels / groups;
  const [filters, rows, columns] = [y[1]!, y[2]!, y[3]!];
  const [kh, kw] = [w[2]!, w[3]!];
  for (let n = 0; n < x[0]!; n++)
    for (let o = 0; o < filters; o++)
      for (let k = 0; k < ofGroup; k++)
        for (let a = 0; a < kh; a++)
          for (let b = 0; b < kw; b++) {
            const c = Math.floor((o * groups) / filters) * ofGroup + k;
            const at = ((o * ofGroup + k) * kh + a) * kw + b;
            for (let i = 0; i < rows; i++) {
              const row = i * stride[0] + a - pads[0];
              if (row < 0 || row >= height) continue;
              for (let j = 0; j < columns; j++) {
                const column = j * stride[1] + b - pads[1];
                if (column < 0 || column >= width) continue;
                visit(
                  ((n * channels + c) * height + row) * width + column,
                  at,
                  ((n * filters + o) * rows + i) * columns + j,
                );
              }
            }
          }
}

/** The flat position in its plane of each window's winner. */
function winners(
  x: Data,
  { shape, inputs, attrs }: Node<'maxPool'> | Node<'maxPoolIndex'>,
): Int32Array {
  const [height, width] = [inputs[0]!.shape[2]!, inputs[0]!.shape[3]!];
  const { kernel, stride, pads } = attrs;
  const out = new Int32Array(sizeOf(shape));
  forEachIndex(shape, ([n, c, i, j], flat) => {
    const plane = (n! * shape[1]! + c!) * height * width;
    let best = -1;
    for (let a = 0; a < kernel[0]; a++)
      for (let b = 0; b < kernel[1]; b++) {
        const row = i! * stride[0] + a - pads[0];
        const column = j! * stride[1] + b - pads[1];
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        const at = row * width + column;
        if (best < 0 || x[plane + at]! > x[plane + best]!) best = at;
      }
    out[flat] = best;
  });
  return out;
}

/** Calls back with the flat positions of input and output of every element under a window. */
function slide(
  x: Shape,
  y: Shape,
  { kernel, stride, pads }: Window,
  visit: (x: number, y: number) => void,
): void {
  const [height, width] = [x[2]!, x[3]!];
  forEachIndex(y, ([n, c, i, j], flat) => {
    for (let a = 0; a < kernel[0]; a++)
      for (let b = 0; b < kernel[1]; b++) {
        const row = i! * stride[0] + a - pads[0];
        const column = j! * stride[1] + b - pads[1];
        if (row < 0 || row >= height || column < 0 || column >= width) continue;
        visit(((n! * x[1]! + c!) * height + row) * width + column, flat);
      }
  });
}

const rules: { [P in Primitive]: Evaluate<P> } = {
  input: () => {
    throw new Error('an input has no rule');
  },
  constant: (_, { attrs }) => Float64Array.from(attrs.data),
  fill: (_, { attrs, shape }) => new Float64Array(sizeOf(shape)).fill(attrs.value),
  neg: elementwise((x) => -x!),
  exp: elementwise((x) => Math.exp(x!)),
  log: elementwise((x) => Math.log(x!)),
  sqrt: elementwise((x) => Math.sqrt(x!)),
  abs: elementwise((x) => Math.abs(x!)),
  sign: elementwise((x) => Math.sign(x!)),
  relu: elementwise((x) => Math.max(x!, 0)),
  sigmoid: elementwise((x) => sigma(x!)),
  erf: elementwise((x) => errorFunction(x!)),
  detach: ([x]) => x!,
  softplus: elementwise((x) => Math.max(x!, 0) + Math.log1p(Math.exp(-Math.abs(x!)))),
  add: elementwise((a, b) => a! + b!),
  sub: elementwise((a, b) => a! - b!),
  mul: elementwise((a, b) => a! * b!),
  div: elementwise((a, b) => a! / b!),
  gate: elementwise((d, u) => d! * sigma(u!)),
  greater: elementwise((a, b) => (a! > b! ? 1 : 0)),
  where: elementwise((c, a, b) => (c! !== 0 ? a! : b!)),
  sum([x], { inputs, shape }) {
    const out = new Float64Array(sizeOf(shape));
    broadcastPositions(shape, inputs[0]!.shape).forEach((at, i) => {
      out[at]! += x![i]!;
    });
    return out;
  },
  broadcast: ([x], { inputs, shape }) =>
    Float64Array.from(broadcastPositions(inputs[0]!.shape, shape), (at) => x![at]!),
  reshape: ([x]) => x!,
  transpose([x], { inputs, shape, attrs: { permutation } }) {
    const strides = stridesOf(inputs[0]!.shape);
    const out = new Float64Array(x!.length);
    forEachIndex(shape, (index, flat) => {
      out[flat] = x![permutation.reduce((at, p, i) => at + index[i]! * strides[p]!, 0)]!;
    });
    return out;
  },
  concat(operands, { inputs, shape, attrs: { axis } }) {
    const strides = stridesOf(shape);
    const out = new Float64Array(sizeOf(shape));
    let offset = 0;
    inputs.forEach((part, k) => {
      forEachIndex(part.shape, (index, flat) => {
        out[index.reduce((at, p, i) => at + p * strides[i]!, offset * strides[axis]!)] =
          operands[k]![flat]!;
      });
      offset += part.shape[axis]!;
    });
    return out;
  },
  slice([x], { inputs, shape, attrs: { starts, steps } }) {
    const strides = stridesOf(inputs[0]!.shape);
    const out = new Float64Array(sizeOf(shape));
    forEachIndex(shape, (index, flat) => {
      out[flat] =
        x![index.reduce((at, p, i) => at + (starts[i]! + p * steps[i]!) * strides[i]!, 0)]!;
    });
    return out;
  },
  embed([x], { inputs, shape, attrs: { starts, steps } }) {
    const strides = stridesOf(shape);
    const out = new Float64Array(sizeOf(shape));
    forEachIndex(inputs[0]!.shape, (index, flat) => {
      out[index.reduce((at, p, i) => at + (starts[i]! + p * steps[i]!) * strides[i]!, 0)] =
        x![flat]!;
    });
    return out;
  },
  matmul([a, b], { inputs, shape, attrs: { transposeA, transposeB } }) {
    const [m, n] = [shape.at(-2)!, shape.at(-1)!];
    const k = inputs[0]!.shape.at(transposeA ? -2 : -1)!;
    const batches = shape.length === 3 ? shape[0]! : 1;
    const out = new Float64Array(sizeOf(shape));
    for (let batch = 0; batch < batches; batch++)
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) {
          let total = 0;
          for (let p = 0; p < k; p++) {
            const left = a![batch * m * k + (transposeA ? p * m + i : i * k + p)]!;
            total += left * b![batch * k * n + (transposeB ? j * k + p : p * n + j)]!;
          }
          out[(batch * m + i) * n + j] = total;
        }
    return out;
  },
  conv2d([x, w, bias], { inputs, shape, attrs }) {
    const out = new Float64Array(sizeOf(shape));
    const plane = shape[2]! * shape[3]!;
    if (bias !== undefined)
      for (let i = 0; i < out.length; i++) out[i] = bias[Math.floor(i / plane) % shape[1]!]!;
    convolve(inputs[0]!.shape, inputs[1]!.shape, shape, attrs, (ix, iw, iy) => {
      out[iy]! += x![ix]! * w![iw]!;
    });
    return out;
  },
  conv2dInputGrad([g, w], { inputs, shape, attrs }) {
    const out = new Float64Array(sizeOf(shape));
    convolve(shape, inputs[1]!.shape, inputs[0]!.shape, attrs, (ix, iw, iy) => {
      out[ix]! += g![iy]! * w![iw]!;
    });
    return out;
  },
  conv2dFilterGrad([x, g], { inputs, shape, attrs }) {
    const out = new Float64Array(sizeOf(shape));
    convolve(inputs[0]!.shape, shape, inputs[1]!.shape, attrs, (ix, iw, iy) => {
      out[iw]! += x![ix]! * g![iy]!;
    });
    return out;
  },
  maxPool([x], t) {
    const plane = t.inputs[0]!.shape[2]! * t.inputs[0]!.shape[3]!;
    const perPlane = t.shape[2]! * t.shape[3]!;
    return Float64Array.from(winners(x!, t), (at, i) => x![Math.floor(i / perPlane) * plane + at]!);
  },
  maxPoolIndex: ([x], t) => Float64Array.from(winners(x!, t)),
  gatherPlane([x, index], { inputs, shape }) {
    const plane = inputs[0]!.shape[2]! * inputs[0]!.shape[3]!;
    const perPlane = shape[2]! * shape[3]!;
    return index!.map((at, i) => x![Math.floor(i / perPlane) * plane + at]!);
  },
  scatterPlane([g, index], { inputs, shape }) {
    const out = new Float64Array(sizeOf(shape));
    const plane = shape[2]! * shape[3]!;
    const perPlane = inputs[0]!.shape[2]! * inputs[0]!.shape[3]!;
    g!.forEach((value, i) => {
      out[Math.floor(i / perPlane) * plane + index![i]!]! += value;
    });
    return out;
  },
  averagePool([x], { inputs, shape, attrs }) {
    const out = new Float64Array(sizeOf(shape));
    slide(inputs[0]!.shape, shape, attrs, (from, to) => {
      out[to]! += x![from]! / sizeOf(attrs.kernel);
    });
    return out;
  },
  averagePoolInputGrad([g], { inputs, shape, attrs }) {
    const out = new Float64Array(sizeOf(shape));
    slide(shape, inputs[0]!.shape, attrs, (to, from) => {
      out[to]! += g![from]! / sizeOf(attrs.kernel);
    });
    return out;
  },
};

/**
 * Evaluates a program in float64.
 * @param inputs numbers by input name, row-major
 * @returns numbers by output name
 */
export function interpret(
  program: Program,
  inputs: Readonly<Record<string, ArrayLike<number>>>,
): Record<string, Float64Array> {
  const values = new Map<Tensor, Data>();
  for (const t of program.nodes) {
    if (t.op === 'input') {
      const given = inputs[t.attrs.name];
      if (given === undefined || given.length !== sizeOf(t.shape))
        throw new Error(`input ${t.attrs.name} needs ${sizeOf(t.shape)} numbers`);
      values.set(t, Float64Array.from(given));
    } else {
      const rule = rules[t.op] as Evaluate<Primitive>;
      values.set(
        t,
        rule(
          t.inputs.map((x) => values.get(x)!),
          t,
        ),
      );
    }
  }
  return Object.fromEntries(
    Object.entries(program.outputs).map(([name, t]) => [name, values.get(t)!]),
  );
}
