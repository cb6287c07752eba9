// ResNet-20 for CIFAR-10 (He et al., 2016, section 4.2) with parameter-free shortcuts: where a stage
// halves the planes, the shortcut keeps every second row and column and fills new channels with zeros.
import { type Head, imagenetColors, type Network, NetworkBuilder, type Output } from './layers.js';

function block(
  b: NetworkBuilder,
  name: string,
  x: Output,
  channels: number,
  stride: number,
): Output {
  const first = b.activation(
    b.conv(`${name}.conv1`, x, channels, 3, { stride, pads: 1, bias: false, norm: `${name}.bn1` }),
  );
  const second = b.conv(`${name}.conv2`, first, channels, 3, {
    pads: 1,
    bias: false,
    norm: `${name}.bn2`,
  });
  const shortcut = stride === 1 ? x : b.subsample(`${name}.shortcut`, x, channels);
  return b.activation(b.add(name, second, shortcut));
}

/** ResNet-20: RGB/255 with ImageNet's mean and standard deviation, 32×32, 10 classes. */
export function resnet20Cifar10({ classes = 10 }: Head = {}): Network {
  const b = new NetworkBuilder('resnet20-cifar10', 32, 32);
  const image = b.input(imagenetColors);
  let x = b.activation(b.conv('conv1', image, 16, 3, { pads: 1, bias: false, norm: 'bn1' }));
  [16, 32, 64].forEach((channels, stage) => {
    for (let i = 0; i < 3; i++)
      x = block(b, `layer${stage + 1}.${i}`, x, channels, stage > 0 && i === 0 ? 2 : 1);
  });
  b.dense('linear', b.globalAverage('pool', x), classes);
  return b.finish();
}
