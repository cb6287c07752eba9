// VGG-16 (Simonyan and Zisserman, 2015): 3×3 convolutions in five blocks, each halved by a max-pool.
// For ImageNet as torchvision defines it, and for CIFAR-10 with one dense layer behind the same
// convolutions. Dropout is not part of inference.
import { imagenetColors, type Network, NetworkBuilder, type Output } from './layers.js';

/** Channels of the convolutions of each block. */
const blocks = [
  [64, 64],
  [128, 128],
  [256, 256, 256],
  [512, 512, 512],
  [512, 512, 512],
] as const;

/** Layers are numbered as in torchvision, where activations, norms and pools count too. */
function features(
  b: NetworkBuilder,
  image: Output,
  { width = 1, batchNorm = false }: VggOptions,
): Output {
  let x = image;
  let position = 0;
  for (const block of blocks) {
    for (const channels of block) {
      const norm = batchNorm ? `features.${position + 1}` : undefined;
      const out = Math.max(1, Math.round(channels * width));
      x = b.activation(b.conv(`features.${position}`, x, out, 3, { pads: 1, norm }));
      position += batchNorm ? 3 : 2;
    }
    x = b.maxPool(`features.${position++}`, x, 2, 2, 'floor');
  }
  return x;
}

/** VGG-16 for 224×224 images and 1,000 classes. */
export function vgg16(): Network {
  const b = new NetworkBuilder('vgg16', 224, 224);
  let x = b.adaptiveAverage('avgpool', features(b, b.input(imagenetColors), {}), 7);
  x = b.activation(b.dense('classifier.0', x, 4096));
  x = b.activation(b.dense('classifier.3', x, 4096));
  b.dense('classifier.6', x, 1000);
  return b.finish();
}

export interface VggOptions {
  /** Factor on the channels of every convolution (default 1). */
  readonly width?: number | undefined;
  /** A batch normalization after every convolution (default false). */
  readonly batchNorm?: boolean | undefined;
}

/** VGG-16 for 32×32 images and 10 classes: its convolutions end in one pixel of 512 channels, which a dense layer reads. */
export function vgg16Cifar10(options: VggOptions = {}): Network {
  const b = new NetworkBuilder('vgg16-cifar10', 32, 32);
  b.dense('classifier', features(b, b.input(imagenetColors), options), 10);
  return b.finish();
}
