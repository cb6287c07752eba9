// A network is a list of layers in the order they are computed, each naming the layers it reads. The
// list is plain data: it can be lowered to graph nodes, and propagation methods can walk it backwards.
// Networks are written with the builder below, which tracks shapes and the parameters each layer owns.
import { type Window, windowOutput } from '../graph/shape.js';
import type { Tensor } from '../graph/tensor.js';
import type { ElementFunction } from './element-function.js';

/** Channels, rows, columns. */
export type Plane = readonly [number, number, number];
type Pads = Window['pads'];

interface Common {
  readonly name: string;
  /** Names of the layers it reads; `input` is the image. */
  readonly from: readonly string[];
  readonly shape: Plane;
}

/** How a network maps pixels 0..255 to its own input: (x/scale − mean)/std, the mean per channel or a stored image. */
export interface Preprocessing {
  readonly scale: number;
  readonly mean: readonly [number, number, number] | { readonly parameter: string };
  readonly std: readonly [number, number, number];
}

/** RGB/255 less ImageNet's mean over its standard deviation: what most published networks are given. */
export const imagenetColors: Preprocessing = {
  scale: 255,
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** A batch normalization by the name of its parameters, (x − mean)/√(variance + ε) · weight + bias. */
export interface Norm {
  readonly name: string;
  readonly epsilon: number;
}

/** What ε is unless a network says otherwise. */
const NORM_EPSILON = 1e-5;

export type Layer = Common &
  (
    | ({ readonly kind: 'preprocess' } & Preprocessing)
    /** `norm` is a batch normalization that follows and is folded into the filters. */
    | {
        readonly kind: 'conv';
        /** Rows and columns of a filter. */
        readonly kernel: readonly [number, number];
        readonly stride: readonly [number, number];
        readonly pads: Pads;
        /** Parts of the channels that are convolved apart; absent for one. */
        readonly groups?: number;
        readonly bias: boolean;
        readonly norm?: Norm;
      }
    | { readonly kind: 'dense' }
    /** A batch normalization that no convolution precedes: every channel scaled and shifted. */
    | { readonly kind: 'affine'; readonly norm: Norm }
    /** The ReLU, or what stands in its place; a network from elsewhere may have other functions. */
    | { readonly kind: 'activation'; readonly function?: ElementFunction }
    | { readonly kind: 'maxPool'; readonly window: Window }
    /**
     * Padding counts as zeros; where it does not count, `factors` of rows and columns make up for it.
     */
    | {
        readonly kind: 'averagePool';
        readonly window: Window;
        readonly factors?: readonly [readonly number[], readonly number[]];
      }
    | { readonly kind: 'globalAverage' }
    | { readonly kind: 'concat' }
    | { readonly kind: 'add' }
    /** Every second row and column, with channels of zeros before and after: the parameter-free shortcut of ResNets for CIFAR. */
    | { readonly kind: 'subsample'; readonly before: number; readonly after: number }
    /** Values put in another order, left out, repeated or framed by zeros. */
    | ({ readonly kind: 'rearrange' } & Operator)
    /** Values scaled and shifted by constants that are not one for each channel. */
    | ({ readonly kind: 'scale' } & Operator)
    /** A product of two computed values, such as those of a plane with the gates of its channels. */
    | ({ readonly kind: 'multiply' } & Operator)
    /** Any other differentiable function, such as the softmax of attention. */
    | ({ readonly kind: 'function' } & Operator)
  );

/**
 * A layer that comes from elsewhere and is known by what it computes. Values that are no planes are held as planes of as
 * many elements, in row-major order.
 */
export interface Operator {
  /** What it is called in its file. */
  readonly operator: string;
  /** What it makes of its inputs for N images, each [N,·,·,·]: the same, of its own shape. */
  readonly compute: (inputs: readonly Tensor[]) => Tensor;
}

export type LayerKind = Layer['kind'];

/**
 * Softplus_β(a) = log(1 + exp(βa))/β in place of ReLU; with `pools`, log Σ exp(βa)/β over the window in place of
 * max-pools too.
 */
interface Softplus<Beta> {
  readonly softplus: Beta;
  readonly pools?: true;
}

/** A nonlinearity: the ReLU, with derivative 0 at 0; the same with derivative 1 there; or softplus. */
export type Activation = 'relu' | 'open-relu' | Softplus<number>;

/** The same where β may be an input of the program, a number for each image [N,1,1,1]. */
export type Nonlinearity = Activation | Softplus<Tensor>;

/** Whether a nonlinearity is softplus. */
export const isSmooth = <N extends Nonlinearity>(activation: N): activation is Exclude<N, string> =>
  typeof activation === 'object';

/** Whether max-pools are smooth too. */
export const smoothsPools = (activation: Nonlinearity): boolean =>
  isSmooth(activation) && activation.pools === true;

export interface Network {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  /** All names of each class, where the network says them; none where it has none. */
  readonly classNames?: readonly (readonly string[])[];
  /** What stands at its layers of kind `activation`, unless it is lowered with another. */
  readonly activation: Activation;
  /** The last layer gives the class scores. */
  readonly layers: readonly Layer[];
  /** The last layer with parameters: its rows belong to classes, and what follows keeps classes apart. */
  readonly classLayer: string;
  /** Shapes of all parameters by name. */
  readonly parameters: ReadonlyMap<string, readonly number[]>;
  /** How the names of parameters begin that files may hold and only training uses: those of auxiliary classifiers. */
  readonly auxiliary: readonly string[];
}

/** How many classes the last layer of a network with other weights tells apart. */
export interface Head {
  readonly classes?: number | undefined;
}

/** What a layer leaves for later ones to read. */
export interface Output {
  readonly name: string;
  readonly shape: Plane;
}

/** A definition of a layer without what the builder adds. */
type Definition = Layer extends infer L ? (L extends Layer ? Omit<L, keyof Common> : never) : never;

const square = (kernel: number, stride: number, pads: Pads): Window => ({
  kernel: [kernel, kernel],
  stride: [stride, stride],
  pads,
});

/** One number for all sides, or two for rows and columns, as [top, left, bottom, right]. */
function allSides(pads: number | readonly [number, number] | Pads): Pads {
  if (typeof pads === 'number') return [pads, pads, pads, pads];
  return pads.length === 2 ? [pads[0], pads[1], pads[0], pads[1]] : pads;
}

export class NetworkBuilder {
  private readonly layers: Layer[] = [];
  private readonly parameters = new Map<string, readonly number[]>();
  private classLayer = '';

  constructor(
    private readonly name: string,
    private readonly height: number,
    private readonly width: number,
    private readonly nonlinearity: Activation = 'relu',
  ) {}

  private push(
    name: string,
    from: readonly Output[],
    shape: Plane,
    definition: Definition,
  ): Output {
    this.layers.push({ name, from: from.map((f) => f.name), shape, ...definition });
    return { name, shape };
  }

  /** The image under the network's own preprocessing: always the first layer. */
  input(preprocessing: Preprocessing): Output {
    const shape: Plane = [3, this.height, this.width];
    if ('parameter' in preprocessing.mean) this.parameters.set(preprocessing.mean.parameter, shape);
    return this.push('preprocess', [{ name: 'input', shape }], shape, {
      kind: 'preprocess',
      ...preprocessing,
    });
  }

  private normalization(norm: string, epsilon: number, channels: number): Norm {
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      this.parameters.set(`${norm}.${part}`, [channels]);
    return { name: norm, epsilon };
  }

  /** A convolution with square filters, or of [rows, columns]; `pads` [top, left, bottom, right], [rows, columns], or one number for all sides. */
  conv(
    name: string,
    x: Output,
    out: number,
    size: number | readonly [number, number],
    {
      stride = 1,
      pads = 0,
      bias = true,
      norm,
      epsilon = NORM_EPSILON,
    }: {
      stride?: number;
      pads?: number | readonly [number, number] | Pads;
      bias?: boolean;
      norm?: string | undefined;
      epsilon?: number;
    } = {},
  ): Output {
    const kernel = typeof size === 'number' ? ([size, size] as const) : size;
    const all = allSides(pads);
    const window = { kernel, stride: [stride, stride], pads: all } as const;
    const [rows, columns] = windowOutput(x.shape[1], x.shape[2], window);
    this.parameters.set(`${name}.weight`, [out, x.shape[0], ...kernel]);
    if (bias) this.parameters.set(`${name}.bias`, [out]);
    this.classLayer = name;
    return this.push(name, [x], [out, rows, columns], {
      kind: 'conv',
      kernel,
      stride: [stride, stride],
      pads: all,
      bias,
      ...(norm === undefined ? {} : { norm: this.normalization(norm, epsilon, out) }),
    });
  }

  /** A batch normalization of x that cannot be folded into a convolution before it. */
  affine(name: string, x: Output, epsilon = NORM_EPSILON): Output {
    const norm = this.normalization(name, epsilon, x.shape[0]);
    return this.push(name, [x], x.shape, { kind: 'affine', norm });
  }

  /** A dense layer over all of x, read in the order channel, row, column. */
  dense(name: string, x: Output, out: number): Output {
    this.parameters.set(`${name}.weight`, [out, x.shape[0] * x.shape[1] * x.shape[2]]);
    this.parameters.set(`${name}.bias`, [out]);
    this.classLayer = name;
    return this.push(name, [x], [out, 1, 1], { kind: 'dense' });
  }

  /** The nonlinearity: ReLU, or what replaces it when the network is lowered. */
  activation(x: Output): Output {
    return this.push(`${x.name}.activation`, [x], x.shape, { kind: 'activation' });
  }

  /** `rounding: ceil` adds the last, partly filled windows, as long as they start inside the plane. */
  maxPool(
    name: string,
    x: Output,
    kernel: number,
    stride: number,
    rounding: 'ceil' | 'floor',
    pad = 0,
  ): Output {
    const [channels, height, width] = x.shape;
    const overhang = (size: number) => {
      if (rounding === 'floor') return 0;
      const padded = size + 2 * pad;
      const last = Math.ceil((padded - kernel) / stride) * stride;
      return Math.max(0, (last < size + pad ? last : last - stride) + kernel - padded);
    };
    const pads = [pad, pad, pad + overhang(height), pad + overhang(width)] as const;
    const window = square(kernel, stride, pads);
    return this.push(name, [x], [channels, ...windowOutput(height, width, window)], {
      kind: 'maxPool',
      window,
    });
  }

  /** The mean under each window; padding counts as zeros. */
  averagePool(name: string, x: Output, kernel: number, stride: number, pad = 0): Output {
    const [channels, height, width] = x.shape;
    const window = square(kernel, stride, [pad, pad, pad, pad]);
    return this.push(name, [x], [channels, ...windowOutput(height, width, window)], {
      kind: 'averagePool',
      window,
    });
  }

  /**
   * Means over equal parts of the plane, `size` rows and columns of them; a plane of that size stays as it is.
   * Throws an Error where the parts would not be equal.
   */
  adaptiveAverage(name: string, x: Output, size: number): Output {
    const [, height, width] = x.shape;
    if (height === size && width === size) return x;
    const part = height / size;
    if (!Number.isInteger(part) || width !== height)
      throw new Error(`${name}: a plane of ${height}×${width} has no ${size}×${size} equal parts`);
    return this.averagePool(name, x, part, part);
  }

  globalAverage(name: string, x: Output): Output {
    return this.push(name, [x], [x.shape[0], 1, 1], { kind: 'globalAverage' });
  }

  concat(name: string, parts: readonly Output[]): Output {
    const channels = parts.reduce((n, p) => n + p.shape[0], 0);
    return this.push(name, parts, [channels, parts[0]!.shape[1], parts[0]!.shape[2]], {
      kind: 'concat',
    });
  }

  add(name: string, a: Output, b: Output): Output {
    return this.push(name, [a, b], a.shape, { kind: 'add' });
  }

  subsample(name: string, x: Output, channels: number): Output {
    const before = Math.floor((channels - x.shape[0]) / 2);
    const after = channels - x.shape[0] - before;
    return this.push(name, [x], [channels, Math.ceil(x.shape[1] / 2), Math.ceil(x.shape[2] / 2)], {
      kind: 'subsample',
      before,
      after,
    });
  }

  /** Closes the network; its last layer gives one score per class. */
  finish(auxiliary: readonly string[] = []): Network {
    const last = this.layers.at(-1)!;
    return {
      name: this.name,
      height: this.height,
      width: this.width,
      classes: last.shape[0],
      activation: this.nonlinearity,
      layers: this.layers,
      classLayer: this.classLayer,
      parameters: this.parameters,
      auxiliary,
    };
  }
}
