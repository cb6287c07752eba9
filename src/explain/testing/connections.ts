// The layers of a network as lists of connections: which value of which input reaches which output, and with
// what weight. Plain loops over the tensors of a weight file as they are; batch normalization is a factor
// of the weights of its convolution.
import type { Layer, Norm } from '../../model/layers.js';
import type { Plane } from '../../model/testing/forward.js';
import type { WeightFile } from '../../weights/safetensors.js';

/** Called with the input's number, the positions in input and output, the weight, and the weight's own position. */
export type Visit = (from: number, i: number, j: number, w: number, at: number) => void;

/** Every connection of a layer that is linear, or takes a winner of its inputs. */
export function connect(
  { tensors }: WeightFile,
  layer: Layer,
  inputs: readonly Plane[],
  visit: Visit,
): void {
  const [channels, height, width] = inputs[0]!.shape as [number, number, number];
  const [out, rows, columns] = layer.shape;
  const of = (name: string) => tensors.get(name)!.data;
  /** What a batch normalization multiplies a channel by. */
  const factorOf = ({ name, epsilon }: Norm, c: number) =>
    of(`${name}.weight`)[c]! / Math.sqrt(of(`${name}.running_var`)[c]! + epsilon);
  const outputs = (each: (c: number, i: number, j: number, flat: number) => void) => {
    let flat = 0;
    for (let c = 0; c < out; c++)
      for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) each(c, i, j, flat++);
  };
  switch (layer.kind) {
    case 'preprocess':
      outputs((c, _, __, j) => visit(0, j, j, 1 / (layer.scale * layer.std[c]!), 0));
      return;
    case 'conv': {
      const { kernel, stride, pads, norm, name } = layer;
      const w = of(`${name}.weight`);
      const factor = (o: number) => (norm === undefined ? 1 : factorOf(norm, o));
      outputs((o, i, j, flat) => {
        for (let c = 0; c < channels; c++)
          for (let a = 0; a < kernel[0]; a++)
            for (let b = 0; b < kernel[1]; b++) {
              const [row, column] = [i * stride[0] + a - pads[0], j * stride[1] + b - pads[1]];
              if (row < 0 || row >= height || column < 0 || column >= width) continue;
              const at = ((o * channels + c) * kernel[0] + a) * kernel[1] + b;
              visit(0, (c * height + row) * width + column, flat, w[at]! * factor(o), at);
            }
      });
      return;
    }
    case 'dense': {
      const w = of(`${layer.name}.weight`);
      const size = w.length / out;
      outputs((o) => {
        for (let i = 0; i < size; i++) visit(0, i, o, w[o * size + i]!, o * size + i);
      });
      return;
    }
    case 'affine':
      outputs((c, _, __, j) => visit(0, j, j, factorOf(layer.norm, c), 0));
      return;
    case 'averagePool': {
      const { kernel, stride, pads } = layer.window;
      outputs((c, i, j, flat) => {
        for (let a = 0; a < kernel[0]; a++)
          for (let b = 0; b < kernel[1]; b++) {
            const [row, column] = [i * stride[0] + a - pads[0], j * stride[1] + b - pads[1]];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            visit(0, (c * height + row) * width + column, flat, 1 / (kernel[0] * kernel[1]), 0);
          }
      });
      return;
    }
    case 'maxPool': {
      const { kernel, stride, pads } = layer.window;
      const { data } = inputs[0]!;
      outputs((c, i, j, flat) => {
        let winner = -1;
        for (let a = 0; a < kernel[0]; a++)
          for (let b = 0; b < kernel[1]; b++) {
            const [row, column] = [i * stride[0] + a - pads[0], j * stride[1] + b - pads[1]];
            if (row < 0 || row >= height || column < 0 || column >= width) continue;
            const at = (c * height + row) * width + column;
            if (winner < 0 || data[at]! > data[winner]!) winner = at;
          }
        visit(0, winner, flat, 1, 0);
      });
      return;
    }
    case 'globalAverage':
      outputs((c) => {
        for (let i = 0; i < height * width; i++)
          visit(0, c * height * width + i, c, 1 / (height * width), 0);
      });
      return;
    case 'concat': {
      let before = 0;
      inputs.forEach(({ data }, from) => {
        for (let i = 0; i < data.length; i++) visit(from, i, before + i, 1, 0);
        before += data.length;
      });
      return;
    }
    case 'add':
      outputs((_, __, ___, j) => {
        visit(0, j, j, 1, 0);
        visit(1, j, j, 1, 0);
      });
      return;
    case 'subsample':
      outputs((c, i, j, flat) => {
        const from = c - layer.before;
        if (from >= 0 && from < channels)
          visit(0, (from * height + 2 * i) * width + 2 * j, flat, 1, 0);
      });
      return;
    case 'activation':
      throw new Error('an activation has no weights');
  }
}
