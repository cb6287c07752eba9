// VGG (Simonyan and Zisserman, 2015): 3×3 convolutions in five blocks, each halved by a max-pool.
// For ImageNet as torchvision defines it, and for CIFAR-10 with one dense layer behind the same
// convolutions. Dropout is not part of inference.
import { type Head, imagenetColors, type Network, NetworkBuilder, type Output } from './layers.js';

/** Channels of each block, and how many convolutions it has in each network. */
const channelsOf = [64, 128, 256, 512, 512] as const;
const networks = {
  vgg11: [1, 1, 2, 2, 2],
  vgg13: [2, 2, 2, 2, 2],
  vgg16: [2, 2, 3, 3, 3],
  vgg19: [2, 2, 4, 4, 4],
} as const;

export interface VggOptions extends Head {
  /** Factor on the channels of every convolution (default 1). */
  readonly width?: number | undefined;
  /** A batch normalization after every convolution (default false). */
  readonly batchNorm?: boolean | undefined;
}

/** Layers are numbered as in torchvision, where activations, norms and pools count too. */
function features(
  b: NetworkBuilder,
  image: Output,
  depths: readonly number[],
  { width = 1, batchNorm = false }: VggOptions,
): Output {
  let x = image;
  let position = 0;
  for (const [block, channels] of channelsOf.entries()) {
    for (let i = 0; i < depths[block]!; i++) {
      const norm = batchNorm ? `features.${position + 1}` : undefined;
      const out = Math.max(1, Math.round(channels * width));
      x = b.activation(b.conv(`features.${position}`, x, out, 3, { pads: 1, norm }));
      position += batchNorm ? 3 : 2;
    }
    x = b.maxPool(`features.${position++}`, x, 2, 2, 'floor');
  }
  return x;
}

/** A VGG for 224×224 images and 1,000 classes, or those of other weights. */
export function vgg(name: keyof typeof networks, options: VggOptions = {}): Network {
  const b = new NetworkBuilder(name, 224, 224);
  let x = features(b, b.input(imagenetColors), networks[name], options);
  x = b.activation(b.dense('classifier.0', x, 4096));
  x = b.activation(b.dense('classifier.3', x, 4096));
  b.dense('classifier.6', x, options.classes ?? 1000);
  return b.finish();
}

/** VGG-16 for 32×32 images and 10 classes: its convolutions end in one pixel of 512 channels, which a dense layer reads. */
export function vgg16Cifar10(options: VggOptions = {}): Network {
  const b = new NetworkBuilder('vgg16-cifar10', 32, 32);
  const x = features(b, b.input(imagenetColors), networks.vgg16, options);
  b.dense('classifier', x, options.classes ?? 10);
  return b.finish();
}
