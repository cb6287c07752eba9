// A network is a list of layers in the order they are computed, each naming the layers it reads. The
// list is plain data: it can be lowered to graph nodes, and propagation methods can walk it backwards.
// Networks are written with the builder below, which tracks shapes and the parameters each layer owns.
import { type Window, windowOutput } from '../graph/shape.js';

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

export type Layer = Common &
  (
    | ({ readonly kind: 'preprocess' } & Preprocessing)
    /** `norm` names a batch normalisation that follows and is folded into the filters; its ε is 1e-5. */
    | {
        readonly kind: 'conv';
        readonly kernel: number;
        readonly stride: number;
        readonly pads: Pads;
        readonly bias: boolean;
        readonly norm?: string;
      }
    | { readonly kind: 'dense' }
    | { readonly kind: 'activation' }
    | { readonly kind: 'maxPool'; readonly window: Window }
    | { readonly kind: 'globalAverage' }
    | { readonly kind: 'concat' }
    | { readonly kind: 'add' }
    /** Every second row and column, with channels of zeros before and after: the parameter-free shortcut of ResNets for CIFAR. */
    | { readonly kind: 'subsample'; readonly before: number; readonly after: number }
  );

export type LayerKind = Layer['kind'];

/** A nonlinearity: the ReLU, or softplus_β(a) = log(1 + exp(βa))/β. */
export type Activation = 'relu' | { readonly softplus: number };

export interface Network {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  /** What stands at its layers of kind `activation`, unless it is lowered with another. */
  readonly activation: Activation;
  /** The last layer gives the class scores. */
  readonly layers: readonly Layer[];
  /** The last layer with parameters: its rows belong to classes, and what follows keeps classes apart. */
  readonly classLayer: string;
  /** Shapes of all parameters by name. */
  readonly parameters: ReadonlyMap<string, readonly number[]>;
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

  /** A convolution with square filters; `pads` [top, left, bottom, right], or one number for all sides. */
  conv(
    name: string,
    x: Output,
    out: number,
    kernel: number,
    {
      stride = 1,
      pads = 0,
      bias = true,
      norm,
    }: { stride?: number; pads?: number | Pads; bias?: boolean; norm?: string } = {},
  ): Output {
    const all: Pads = typeof pads === 'number' ? [pads, pads, pads, pads] : pads;
    const [rows, columns] = windowOutput(x.shape[1], x.shape[2], square(kernel, stride, all));
    this.parameters.set(`${name}.weight`, [out, x.shape[0], kernel, kernel]);
    if (bias) this.parameters.set(`${name}.bias`, [out]);
    if (norm !== undefined)
      for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
        this.parameters.set(`${norm}.${part}`, [out]);
    this.classLayer = name;
    return this.push(name, [x], [out, rows, columns], {
      kind: 'conv',
      kernel,
      stride,
      pads: all,
      bias,
      ...(norm === undefined ? {} : { norm }),
    });
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
  ): Output {
    const [channels, height, width] = x.shape;
    const overhang = (size: number) => {
      if (rounding === 'floor') return 0;
      const last = Math.ceil((size - kernel) / stride) * stride;
      return Math.max(0, (last < size ? last : last - stride) + kernel - size);
    };
    const window = square(kernel, stride, [0, 0, overhang(height), overhang(width)]);
    return this.push(name, [x], [channels, ...windowOutput(height, width, window)], {
      kind: 'maxPool',
      window,
    });
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
  finish(): Network {
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
    };
  }
}
