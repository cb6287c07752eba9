// DenseNet-121 (Huang et al., 2017) as torchvision defines it: in a block every layer reads all
// layers before it and adds 32 channels. Norms stand before activations and convolutions, so most of
// them cannot be folded and scale and shift channels by themselves.
import { type Head, imagenetColors, type Network, NetworkBuilder, type Output } from './layers.js';

const GROWTH = 32;
const BOTTLENECK = 4 * GROWTH;

function denseLayer(b: NetworkBuilder, name: string, x: Output): Output {
  const read = b.activation(b.affine(`${name}.norm1`, x));
  const narrow = b.conv(`${name}.conv1`, read, BOTTLENECK, 1, {
    bias: false,
    norm: `${name}.norm2`,
  });
  return b.conv(`${name}.conv2`, b.activation(narrow), GROWTH, 3, { pads: 1, bias: false });
}

/** Halves channels and planes. */
function transition(b: NetworkBuilder, name: string, x: Output): Output {
  const read = b.activation(b.affine(`${name}.norm`, x));
  const half = b.conv(`${name}.conv`, read, x.shape[0] / 2, 1, { bias: false });
  return b.averagePool(`${name}.pool`, half, 2, 2);
}

/** DenseNet-121 for 224×224 images and 1,000 classes. */
export function densenet121({ classes = 1000 }: Head = {}): Network {
  const b = new NetworkBuilder('densenet121', 224, 224);
  const stem = b.conv('features.conv0', b.input(imagenetColors), 64, 7, {
    stride: 2,
    pads: 3,
    bias: false,
    norm: 'features.norm0',
  });
  let x = b.maxPool('features.pool0', b.activation(stem), 3, 2, 'floor', 1);
  [6, 12, 24, 16].forEach((layers, i) => {
    if (i > 0) x = transition(b, `features.transition${i}`, x);
    const block = `features.denseblock${i + 1}`;
    for (let k = 1; k <= layers; k++)
      x = b.concat(`${block}.${k}`, [x, denseLayer(b, `${block}.denselayer${k}`, x)]);
  });
  x = b.activation(b.affine('features.norm5', x));
  b.dense('classifier', b.globalAverage('pool', x), classes);
  return b.finish();
}
