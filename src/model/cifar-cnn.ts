// The CIFAR-10 network of Ghorbani et al. (2019), Appendix A: six 3×3 convolutions, two of them with
// stride 2, and two dense layers. It subtracts the pixel-wise mean of its training images, which
// travels with its weights.
import { type Activation, type Head, type Network, NetworkBuilder } from './layers.js';

/** The network at full width, or with every hidden layer's channels multiplied by `width`. */
export function cifarCnn(
  name: string,
  activation: Activation,
  { width = 1, classes = 10 }: Head & { width?: number | undefined } = {},
): Network {
  const b = new NetworkBuilder(name, 32, 32, activation);
  const channels = (n: number) => Math.max(1, Math.round(n * width));
  let x = b.input({ scale: 255, mean: { parameter: 'mean' }, std: [1, 1, 1] });
  const plan = [
    [96, 1],
    [96, 1],
    [96, 2],
    [192, 1],
    [192, 1],
    [192, 2],
  ] as const;
  plan.forEach(([out, stride], i) => {
    // 'same' padding: an even plane halved needs only the row and column after it
    const pads = stride === 2 ? ([0, 0, 1, 1] as const) : 1;
    x = b.activation(b.conv(`conv${i + 1}`, x, channels(out), 3, { stride, pads }));
  });
  x = b.activation(b.dense('dense1', x, channels(1024)));
  b.dense('dense2', x, classes);
  return b.finish();
}
