// ResNets for ImageNet (He et al., 2016) as torchvision defines them: blocks of two 3×3 convolutions, or of a 3×3 one between
// two of 1×1, whose shortcut is a 1×1 convolution where a stage halves the planes or widens them.
import { type Head, imagenetColors, type Network, NetworkBuilder, type Output } from './layers.js';

/** A convolution of a block: its filters' size and channels, and whether it takes the block's stride. */
interface Part {
  readonly size: 1 | 3;
  readonly wide: 1 | 4;
  readonly strides?: true;
}

const basic: readonly Part[] = [
  { size: 3, wide: 1, strides: true },
  { size: 3, wide: 1 },
];
/** The 3×3 convolution takes the stride, as in torchvision. */
const bottleneck: readonly Part[] = [
  { size: 1, wide: 1 },
  { size: 3, wide: 1, strides: true },
  { size: 1, wide: 4 },
];

const networks = {
  resnet18: { parts: basic, blocks: [2, 2, 2, 2] },
  resnet34: { parts: basic, blocks: [3, 4, 6, 3] },
  resnet50: { parts: bottleneck, blocks: [3, 4, 6, 3] },
} as const;

function block(
  b: NetworkBuilder,
  name: string,
  x: Output,
  parts: readonly Part[],
  channels: number,
  stride: number,
): Output {
  let y = x;
  parts.forEach(({ size, wide, strides }, i) => {
    const conv = b.conv(`${name}.conv${i + 1}`, y, channels * wide, size, {
      stride: strides ? stride : 1,
      pads: (size - 1) / 2,
      bias: false,
      norm: `${name}.bn${i + 1}`,
    });
    y = i === parts.length - 1 ? conv : b.activation(conv);
  });
  const shortcut =
    stride === 1 && x.shape[0] === y.shape[0]
      ? x
      : b.conv(`${name}.downsample.0`, x, y.shape[0], 1, {
          stride,
          bias: false,
          norm: `${name}.downsample.1`,
        });
  return b.activation(b.add(name, y, shortcut));
}

/** A ResNet for 224×224 images and 1,000 classes, or those of other weights. */
export function resnet(name: keyof typeof networks, { classes = 1000 }: Head = {}): Network {
  const { parts, blocks } = networks[name];
  const b = new NetworkBuilder(name, 224, 224);
  const image = b.input(imagenetColors);
  const stem = b.conv('conv1', image, 64, 7, { stride: 2, pads: 3, bias: false, norm: 'bn1' });
  let x = b.maxPool('maxpool', b.activation(stem), 3, 2, 'floor', 1);
  [64, 128, 256, 512].forEach((channels, stage) => {
    for (let i = 0; i < blocks[stage]!; i++)
      x = block(b, `layer${stage + 1}.${i}`, x, parts, channels, stage > 0 && i === 0 ? 2 : 1);
  });
  b.dense('fc', b.globalAverage('avgpool', x), classes);
  return b.finish();
}
