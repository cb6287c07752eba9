// A network computed layer by layer in float64 with plain loops, from the tensors of a weight file as
// they are: batch normalization after its convolution, and a nonlinearity of numbers. The twin that
// tests compare the lowered network with.
import type { Window } from '../../graph/shape.js';
import type { WeightFile } from '../../weights/safetensors.js';
import type { Layer, Network, Norm } from '../layers.js';

/** A nonlinearity of numbers, and what a pool makes of the values of a window, by default the largest. */
type Nonlinear = ((a: number) => number) & {
  readonly pool?: (values: readonly number[]) => number;
};

/** log(1 + exp(βa))/β. */
export const softplus =
  (beta: number) =>
  (a: number): number =>
    Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(beta * a))) / beta;

/** Softplus with pools of log Σ exp(βa)/β. */
export const smooth = (beta: number): Nonlinear =>
  Object.assign(softplus(beta), {
    pool: (values: readonly number[]) => {
      const largest = Math.max(...values);
      return (
        largest + Math.log(values.reduce((n, a) => n + Math.exp(beta * (a - largest)), 0)) / beta
      );
    },
  });

export const relu = (a: number): number => Math.max(a, 0);

const size = (shape: readonly number[]) => shape.reduce((n, d) => n * d, 1);

/** What one layer gives. */
export interface Plane {
  readonly data: Float64Array;
  readonly shape: readonly number[];
}

/** What every layer makes of one image [3,H,W] in 0..255, by name; `input` is the image. */
export function planesOf(
  network: Network,
  { tensors }: WeightFile,
  image: ArrayLike<number>,
  activation: Nonlinear,
): Map<string, Plane> {
  const of = (name: string) => tensors.get(name)!.data;
  const planes = new Map<string, Plane>([
    ['input', { data: Float64Array.from(image), shape: [3, network.height, network.width] }],
  ]);
  for (const layer of network.layers) {
    const inputs = layer.from.map((name) => planes.get(name)!);
    planes.set(layer.name, { data: compute(layer, inputs, of, activation), shape: layer.shape });
  }
  return planes;
}

/** The class scores of one image [3,H,W] in 0..255. */
export const forward = (
  network: Network,
  weights: WeightFile,
  image: ArrayLike<number>,
  activation: Nonlinear,
): Float64Array =>
  planesOf(network, weights, image, activation).get(network.layers.at(-1)!.name)!.data;

/** A batch normalization of planes of so many pixels. */
function normalized(
  x: Float64Array,
  { name, epsilon }: Norm,
  pixels: number,
  of: (name: string) => Float32Array,
): Float64Array {
  const part = (suffix: string, c: number) => of(`${name}.${suffix}`)[c]!;
  return x.map((value, i) => {
    const c = Math.floor(i / pixels);
    const deviation = Math.sqrt(part('running_var', c) + epsilon);
    return ((value - part('running_mean', c)) / deviation) * part('weight', c) + part('bias', c);
  });
}

function compute(
  layer: Layer,
  inputs: readonly Plane[],
  of: (name: string) => Float32Array,
  activation: Nonlinear,
): Float64Array {
  const { data: x, shape } = inputs[0]!;
  const [channels, height, width] = shape as [number, number, number];
  const [out, rows, columns] = layer.shape;
  const y = new Float64Array(size(layer.shape));
  const each = (visit: (c: number, i: number, j: number) => number) => {
    let at = 0;
    for (let c = 0; c < out; c++)
      for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) y[at++] = visit(c, i, j);
    return y;
  };
  /** The values of a plane under a window, without padding. */
  const under =
    ({ kernel, stride, pads }: Window) =>
    (c: number, i: number, j: number): number[] => {
      const seen: number[] = [];
      for (let a = 0; a < kernel[0]; a++)
        for (let b = 0; b < kernel[1]; b++) {
          const [row, column] = [i * stride[0] + a - pads[0], j * stride[1] + b - pads[1]];
          if (row >= 0 && row < height && column >= 0 && column < width)
            seen.push(x[(c * height + row) * width + column]!);
        }
      return seen;
    };
  switch (layer.kind) {
    case 'preprocess': {
      const { mean, scale, std } = layer;
      const pixels = height * width;
      return x.map((value, i) => {
        const c = Math.floor(i / pixels);
        const m = 'parameter' in mean ? of(mean.parameter)[i]! : mean[c]!;
        return (value / scale - m) / std[c]!;
      });
    }
    case 'conv': {
      const { kernel, stride, pads, norm, name } = layer;
      const w = of(`${name}.weight`);
      if (layer.bias) each((c) => of(`${name}.bias`)[c]!);
      for (let o = 0; o < out; o++)
        for (let c = 0; c < channels; c++)
          for (let a = 0; a < kernel[0]; a++)
            for (let b = 0; b < kernel[1]; b++) {
              const factor = w[((o * channels + c) * kernel[0] + a) * kernel[1] + b]!;
              // output columns whose input column is not padding
              const first = Math.max(0, Math.ceil((pads[1] - b) / stride[1]));
              const end = Math.min(columns, Math.floor((width - 1 + pads[1] - b) / stride[1]) + 1);
              for (let i = 0; i < rows; i++) {
                const row = i * stride[0] + a - pads[0];
                if (row < 0 || row >= height) continue;
                const from = (c * height + row) * width + b - pads[1];
                const to = (o * rows + i) * columns;
                for (let j = first; j < end; j++) y[to + j]! += factor * x[from + j * stride[1]]!;
              }
            }
      return norm === undefined ? y : normalized(y, norm, rows * columns, of);
    }
    case 'affine':
      return normalized(x, layer.norm, rows * columns, of);
    case 'dense': {
      const [w, bias] = [of(`${layer.name}.weight`), of(`${layer.name}.bias`)];
      return each((o) => x.reduce((total, v, i) => total + v * w[o * x.length + i]!, bias[o]!));
    }
    case 'activation':
      return x.map(activation);
    case 'maxPool': {
      const seen = under(layer.window);
      const pool = activation.pool ?? ((values: readonly number[]) => Math.max(...values));
      return each((c, i, j) => pool(seen(c, i, j)));
    }
    case 'averagePool': {
      const { kernel } = layer.window;
      const seen = under(layer.window);
      return each((c, i, j) => seen(c, i, j).reduce((a, b) => a + b) / (kernel[0] * kernel[1]));
    }
    case 'globalAverage': {
      const pixels = height * width;
      return each((c) => x.slice(c * pixels, (c + 1) * pixels).reduce((a, b) => a + b) / pixels);
    }
    case 'concat':
      return Float64Array.from(inputs.flatMap(({ data }) => [...data]));
    case 'add':
      return x.map((value, i) => value + inputs[1]!.data[i]!);
    case 'subsample':
      return each((c, i, j) => {
        const from = c - layer.before;
        return from < 0 || from >= channels ? 0 : x[(from * height + 2 * i) * width + 2 * j]!;
      });
    default:
      throw new Error(`${layer.kind} has no twin`);
  }
}
