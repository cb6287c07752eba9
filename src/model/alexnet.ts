// AlexNet in the one-column form of Krizhevsky (2014), as torchvision defines it. Dropout is not part
// of inference.
import { type Head, imagenetColors, type Network, NetworkBuilder } from './layers.js';

/** AlexNet for 224×224 images and 1,000 classes. */
export function alexnet({ classes = 1000 }: Head = {}): Network {
  const b = new NetworkBuilder('alexnet', 224, 224);
  const image = b.input(imagenetColors);
  let x = b.activation(b.conv('features.0', image, 64, 11, { stride: 4, pads: 2 }));
  x = b.maxPool('features.2', x, 3, 2, 'floor');
  x = b.activation(b.conv('features.3', x, 192, 5, { pads: 2 }));
  x = b.maxPool('features.5', x, 3, 2, 'floor');
  x = b.activation(b.conv('features.6', x, 384, 3, { pads: 1 }));
  x = b.activation(b.conv('features.8', x, 256, 3, { pads: 1 }));
  x = b.activation(b.conv('features.10', x, 256, 3, { pads: 1 }));
  x = b.adaptiveAverage('avgpool', b.maxPool('features.12', x, 3, 2, 'floor'), 6);
  x = b.activation(b.dense('classifier.1', x, 4096));
  x = b.activation(b.dense('classifier.4', x, 4096));
  b.dense('classifier.6', x, classes);
  return b.finish();
}
