// SqueezeNet 1.0 and 1.1 (Iandola et al., 2016): fire modules that squeeze channels with 1×1 filters
// and expand them with 1×1 and 3×3 filters side by side. Parameters have torchvision's names. The Caffe
// release and torchvision have weights of their own, for their own size and preprocessing.
import {
  type Head,
  imagenetColors,
  type Network,
  NetworkBuilder,
  type Output,
  type Preprocessing,
} from './layers.js';

/** How the last windows of the max-pools are cut: `ceil` as in Caffe and torchvision, `floor` as in Keras ports. */
export type Rounding = 'ceil' | 'floor';

interface Version {
  readonly stem: { readonly channels: number; readonly kernel: number };
  /** Squeezed channels of each fire module by its position; the module expands to four or eight times as many. */
  readonly body: readonly (
    | readonly [position: number, squeeze: number, expand: number]
    | readonly [position: number]
  )[];
  readonly classPadding: number;
}

/** Whose weights they are. */
interface Source {
  /** Rows and columns of an image. */
  readonly size: number;
  readonly preprocessing: Preprocessing;
}

const version10: Version = {
  stem: { channels: 96, kernel: 7 },
  body: [
    [2],
    [3, 16, 64],
    [4, 16, 64],
    [5, 32, 128],
    [6],
    [7, 32, 128],
    [8, 48, 192],
    [9, 48, 192],
    [10, 64, 256],
    [11],
    [12, 64, 256],
  ],
  classPadding: 1,
};

const version11: Version = {
  stem: { channels: 64, kernel: 3 },
  body: [
    [2],
    [3, 16, 64],
    [4, 16, 64],
    [5],
    [6, 32, 128],
    [7, 32, 128],
    [8],
    [9, 48, 192],
    [10, 48, 192],
    [11, 64, 256],
    [12, 64, 256],
  ],
  classPadding: 0,
};

/** RGB 0..255 minus a mean color. */
const caffe: Source = {
  size: 227,
  preprocessing: { scale: 1, mean: [123, 117, 104], std: [1, 1, 1] },
};
const torchvision: Source = { size: 224, preprocessing: imagenetColors };

const networks = {
  squeezenet1_0: { ...version10, ...caffe },
  squeezenet1_1: { ...version11, ...caffe },
  'squeezenet1_1-torchvision': { ...version11, ...torchvision },
};

function fire(b: NetworkBuilder, name: string, x: Output, squeeze: number, expand: number): Output {
  const s = b.activation(b.conv(`${name}.squeeze`, x, squeeze, 1));
  const e1 = b.activation(b.conv(`${name}.expand1x1`, s, expand, 1));
  const e3 = b.activation(b.conv(`${name}.expand3x3`, s, expand, 3, { pads: 1 }));
  return b.concat(name, [e1, e3]);
}

/** SqueezeNet for 1,000 classes; a ReLU follows the last convolution. */
export function squeezenet(
  name: keyof typeof networks,
  { pool = 'ceil', classes = 1000 }: Head & { pool?: Rounding | undefined } = {},
): Network {
  const { stem, body, classPadding, size, preprocessing } = networks[name];
  const b = new NetworkBuilder(name, size, size);
  const image = b.input(preprocessing);
  let x = b.activation(b.conv('features.0', image, stem.channels, stem.kernel, { stride: 2 }));
  for (const [position, squeeze, expand] of body) {
    const module = `features.${position}`;
    x =
      squeeze === undefined
        ? b.maxPool(module, x, 3, 2, pool)
        : fire(b, module, x, squeeze, expand!);
  }
  x = b.activation(b.conv('classifier.1', x, classes, 1, { pads: classPadding }));
  b.globalAverage('scores', x);
  return b.finish();
}
