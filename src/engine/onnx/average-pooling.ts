// Average pooling and its adjoint, padding counted as zeros.
import type { Node } from '../../graph/tensor.js';
import type { Emitter, Forms } from './emitter.js';

/**
 * The adjoint of an average pool: where windows lie one pixel apart it is an average pool itself, else a
 * transposed convolution of every channel with equal weights.
 */
function averagePoolInputGrad(e: Emitter, g: string, t: Node<'averagePoolInputGrad'>): string {
  const { kernel, stride, pads, shape } = t.attrs;
  const [, channels, rows, columns] = t.inputs[0]!.shape as [number, number, number, number];
  if (stride[0] === 1 && stride[1] === 1)
    return e.node('AveragePool', [g], {
      kernel_shape: kernel,
      pads: pads.map((pad, side) => kernel[side % 2]! - 1 - pad),
      count_include_pad: 1,
    });
  const size = kernel[0] * kernel[1];
  const equal = e.once(`equal weights ${channels} ${kernel}`, () =>
    e.floats(new Float32Array(channels * size).fill(1 / size), [channels, 1, ...kernel]),
  );
  return e.node('ConvTranspose', [g, equal], {
    kernel_shape: kernel,
    strides: stride,
    pads,
    group: channels,
    output_padding: [
      shape[2]! - ((rows - 1) * stride[0] + kernel[0] - pads[0] - pads[2]),
      shape[3]! - ((columns - 1) * stride[1] + kernel[1] - pads[1] - pads[3]),
    ],
  });
}

export const averagePooling: Forms<'averagePool' | 'averagePoolInputGrad'> = {
  averagePool: (e, [x], { attrs: { kernel, stride, pads } }) =>
    e.node('AveragePool', [x!], {
      kernel_shape: kernel,
      strides: stride,
      pads,
      count_include_pad: 1,
    }),
  averagePoolInputGrad: (e, [g], t) => averagePoolInputGrad(e, g!, t),
};
