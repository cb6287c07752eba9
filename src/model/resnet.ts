// ResNet-18 for ImageNet (He et al., 2016) as torchvision defines it: basic blocks of two 3×3
// convolutions, whose shortcut is a 1×1 convolution where a stage halves the planes.
import { imagenetColors, type Network, NetworkBuilder, type Output } from './layers.js';

function block(
  b: NetworkBuilder,
  name: string,
  x: Output,
  channels: number,
  stride: number,
): Output {
  const convolved = (part: number, from: Output, step: number) =>
    b.conv(`${name}.conv${part}`, from, channels, 3, {
      stride: step,
      pads: 1,
      bias: false,
      norm: `${name}.bn${part}`,
    });
  const second = convolved(2, b.activation(convolved(1, x, stride)), 1);
  const shortcut =
    stride === 1
      ? x
      : b.conv(`${name}.downsample.0`, x, channels, 1, {
          stride,
          bias: false,
          norm: `${name}.downsample.1`,
        });
  return b.activation(b.add(name, second, shortcut));
}

/** ResNet-18 for 224×224 images and 1,000 classes. */
export function resnet18(): Network {
  const b = new NetworkBuilder('resnet18', 224, 224);
  const image = b.input(imagenetColors);
  const stem = b.conv('conv1', image, 64, 7, { stride: 2, pads: 3, bias: false, norm: 'bn1' });
  let x = b.maxPool('maxpool', b.activation(stem), 3, 2, 'floor', 1);
  [64, 128, 256, 512].forEach((channels, stage) => {
    for (let i = 0; i < 2; i++)
      x = block(b, `layer${stage + 1}.${i}`, x, channels, stage > 0 && i === 0 ? 2 : 1);
  });
  b.dense('fc', b.globalAverage('avgpool', x), 1000);
  return b.finish();
}
