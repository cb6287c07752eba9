// How each primitive is written in ONNX's operators, as one table that fits ONNX Runtime's CPU kernels best,
// and what other devices have in its place.
import { sizeOf } from '../../graph/shape.js';
import { averagePooling } from './average-pooling.js';
import { convolutionForms, plainOperators } from './convolution.js';
import type { Emitter, Forms } from './emitter.js';
import { poolingByIndex } from './pooling-by-index.js';
import { poolingByPosition } from './pooling-by-position.js';
import { webgpuOperators } from './webgpu-convolution.js';

/** Where ONNX Runtime computes. */
export type Device = 'cpu' | 'webgpu' | 'cuda';

const operator =
  (opType: string) =>
  (e: Emitter, x: readonly string[]): string =>
    e.node(opType, x);

const common: Forms = {
  input: (_, __, { attrs }) => `in.${attrs.name}`,
  constant: (e, _, { attrs }) => e.floats(attrs.data, attrs.shape),
  fill: (e, _, { attrs, shape }) =>
    shape.length === 0
      ? e.scalar(attrs.value)
      : e.floats(new Float32Array(sizeOf(shape)).fill(attrs.value), shape),
  detach: (_, [x]) => x!,
  neg: operator('Neg'),
  exp: operator('Exp'),
  log: operator('Log'),
  sqrt: operator('Sqrt'),
  abs: operator('Abs'),
  sign: operator('Sign'),
  relu: operator('Relu'),
  sigmoid: (e, [u]) => e.sigmoid(u!),
  erf: operator('Erf'),
  softplus(e, [u]) {
    // relu(u) − log(max(s, 1−s)) stays exact where log(1+exp(u)) and −log(1−s) overflow
    const s = e.sigmoid(u!);
    const larger = e.node('Max', [s, e.node('Sub', [e.scalar(1), s])]);
    return e.node('Sub', [e.node('Relu', [u!]), e.node('Log', [larger])]);
  },
  add: operator('Add'),
  sub: operator('Sub'),
  mul: operator('Mul'),
  div: operator('Div'),
  gate: (e, [d, u]) => e.node('Mul', [d!, e.sigmoid(u!)]),
  greater: operator('Greater'),
  where: operator('Where'),
  sum: (e, [x], { attrs }) => e.node('ReduceSum', [x!, e.int64(attrs.axes)], { keepdims: 1 }),
  broadcast: (e, [x], { shape }) => e.node('Expand', [x!, e.int64(shape)]),
  reshape: (e, [x], { shape }) => e.node('Reshape', [x!, e.int64(shape)]),
  transpose: (e, [x], { attrs }) => e.node('Transpose', [x!], { perm: attrs.permutation }),
  concat: (e, x, { attrs }) => e.node('Concat', x, { axis: attrs.axis }),
  slice(e, [x], { inputs, attrs: { starts, ends, steps } }) {
    const axes = starts.flatMap((s, i) =>
      s !== 0 || ends[i] !== inputs[0]!.shape[i] || steps[i] !== 1 ? [i] : [],
    );
    const pick = (v: readonly number[]) => e.int64(axes.map((i) => v[i]!));
    return e.node('Slice', [x!, pick(starts), pick(ends), e.int64(axes), pick(steps)]);
  },
  embed(e, [x], { inputs, shape, attrs: { starts, steps } }) {
    const size = inputs[0]!.shape;
    let spread = x!;
    if (steps.some((s) => s !== 1)) {
      // each axis becomes a pair (element, zeros after it), which is then read as one axis
      spread = e.node('Reshape', [spread, e.int64(size.flatMap((d) => [d, 1]))]);
      spread = e.node('Pad', [
        spread,
        e.int64([...size.flatMap(() => [0, 0]), ...steps.flatMap((s) => [0, s - 1])]),
      ]);
      spread = e.node('Reshape', [spread, e.int64(size.map((d, i) => d * steps[i]!))]);
    }
    const after = size.map((d, i) => shape[i]! - starts[i]! - d * steps[i]!);
    return e.node('Pad', [spread, e.int64([...starts, ...after])]);
  },
  matmul(e, [a, b], { shape, attrs: { transposeA, transposeB } }) {
    if (shape.length === 2)
      return e.node('Gemm', [a!, b!], { transA: Number(transposeA), transB: Number(transposeB) });
    const turned = (v: string, turn: boolean) =>
      turn ? e.node('Transpose', [v], { perm: [0, 2, 1] }) : v;
    return e.node('MatMul', [turned(a!, transposeA), turned(b!, transposeB)]);
  },
  ...convolutionForms(plainOperators),
  ...averagePooling,
  ...poolingByIndex,
};

const others: { readonly [D in Device]: Partial<Forms> } = {
  cpu: {},
  webgpu: {
    ...poolingByPosition,
    ...convolutionForms(webgpuOperators),
    // of the operators used here Sign alone has no kernel for WebGPU
    sign(e, [x]) {
      const below = e.node('Where', [
        e.node('Greater', [e.scalar(0), x!]),
        e.scalar(-1),
        e.scalar(0),
      ]);
      return e.node('Where', [e.node('Greater', [x!, e.scalar(0)]), e.scalar(1), below]);
    },
  },
  cuda: poolingByPosition,
};

/** How each primitive is written for a device. */
export const formsOf = (device: Device): Forms => ({ ...common, ...others[device] });
