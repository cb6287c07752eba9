// Inception v3 (Szegedy et al., 2016) as torchvision defines it, without the auxiliary classifier that
// only training uses. The published weights expect (x/255 − 0.5)/0.5, to which torchvision's
// `transform_input` brings images that were normalized with ImageNet's mean and deviation.
import { type Head, type Network, NetworkBuilder, type Output } from './layers.js';

type Size = number | readonly [number, number];

/** One convolution: the last part of its name, channels, size of the filter, and padding and stride (default 0 and 1). */
type Step = readonly [
  name: string,
  channels: number,
  size: Size,
  options?: { readonly pads?: Size; readonly stride?: number },
];

function convolution(b: NetworkBuilder, name: string, x: Output, step: Step): Output {
  const [part, channels, size, options = {}] = step;
  const full = name === '' ? part : `${name}.${part}`;
  const norm = { bias: false, norm: `${full}.bn`, epsilon: 1e-3 };
  return b.activation(b.conv(`${full}.conv`, x, channels, size, { ...options, ...norm }));
}

const chain = (b: NetworkBuilder, name: string, x: Output, ...steps: readonly Step[]): Output =>
  steps.reduce((from, step) => convolution(b, name, from, step), x);

const halved = { stride: 2 } as const;
const same3 = { pads: 1 } as const;
const row = (n: number) => [[1, n] as const, { pads: [0, (n - 1) / 2] as const }] as const;
const column = (n: number) => [[n, 1] as const, { pads: [(n - 1) / 2, 0] as const }] as const;

const averaged = (b: NetworkBuilder, name: string, x: Output, channels: number): Output =>
  chain(b, name, b.averagePool(`${name}.pool`, x, 3, 1, 1), ['branch_pool', channels, 1]);

function moduleA(b: NetworkBuilder, name: string, x: Output, pooled: number): Output {
  return b.concat(name, [
    chain(b, name, x, ['branch1x1', 64, 1]),
    chain(b, name, x, ['branch5x5_1', 48, 1], ['branch5x5_2', 64, 5, { pads: 2 }]),
    chain(
      b,
      name,
      x,
      ['branch3x3dbl_1', 64, 1],
      ['branch3x3dbl_2', 96, 3, same3],
      ['branch3x3dbl_3', 96, 3, same3],
    ),
    averaged(b, name, x, pooled),
  ]);
}

function moduleB(b: NetworkBuilder, name: string, x: Output): Output {
  return b.concat(name, [
    chain(b, name, x, ['branch3x3', 384, 3, halved]),
    chain(
      b,
      name,
      x,
      ['branch3x3dbl_1', 64, 1],
      ['branch3x3dbl_2', 96, 3, same3],
      ['branch3x3dbl_3', 96, 3, halved],
    ),
    b.maxPool(`${name}.pool`, x, 3, 2, 'floor'),
  ]);
}

function moduleC(b: NetworkBuilder, name: string, x: Output, narrow: number): Output {
  return b.concat(name, [
    chain(b, name, x, ['branch1x1', 192, 1]),
    chain(
      b,
      name,
      x,
      ['branch7x7_1', narrow, 1],
      ['branch7x7_2', narrow, ...row(7)],
      ['branch7x7_3', 192, ...column(7)],
    ),
    chain(
      b,
      name,
      x,
      ['branch7x7dbl_1', narrow, 1],
      ['branch7x7dbl_2', narrow, ...column(7)],
      ['branch7x7dbl_3', narrow, ...row(7)],
      ['branch7x7dbl_4', narrow, ...column(7)],
      ['branch7x7dbl_5', 192, ...row(7)],
    ),
    averaged(b, name, x, 192),
  ]);
}

function moduleD(b: NetworkBuilder, name: string, x: Output): Output {
  return b.concat(name, [
    chain(b, name, x, ['branch3x3_1', 192, 1], ['branch3x3_2', 320, 3, halved]),
    chain(
      b,
      name,
      x,
      ['branch7x7x3_1', 192, 1],
      ['branch7x7x3_2', 192, ...row(7)],
      ['branch7x7x3_3', 192, ...column(7)],
      ['branch7x7x3_4', 192, 3, halved],
    ),
    b.maxPool(`${name}.pool`, x, 3, 2, 'floor'),
  ]);
}

function moduleE(b: NetworkBuilder, name: string, x: Output): Output {
  const fork = (branch: string, from: Output) =>
    b.concat(`${name}.${branch}`, [
      chain(b, name, from, [`${branch}a`, 384, ...row(3)]),
      chain(b, name, from, [`${branch}b`, 384, ...column(3)]),
    ]);
  const single = chain(b, name, x, ['branch3x3_1', 384, 1]);
  const double = chain(b, name, x, ['branch3x3dbl_1', 448, 1], ['branch3x3dbl_2', 384, 3, same3]);
  return b.concat(name, [
    chain(b, name, x, ['branch1x1', 320, 1]),
    fork('branch3x3_2', single),
    fork('branch3x3dbl_3', double),
    averaged(b, name, x, 192),
  ]);
}

/** Inception v3 for 299×299 images and 1,000 classes. */
export function inceptionV3({ classes = 1000 }: Head = {}): Network {
  const b = new NetworkBuilder('inception_v3', 299, 299);
  const half = [0.5, 0.5, 0.5] as const;
  const image = b.input({ scale: 255, mean: half, std: half });
  let x = chain(
    b,
    '',
    image,
    ['Conv2d_1a_3x3', 32, 3, halved],
    ['Conv2d_2a_3x3', 32, 3],
    ['Conv2d_2b_3x3', 64, 3, same3],
  );
  x = b.maxPool('maxpool1', x, 3, 2, 'floor');
  x = chain(b, '', x, ['Conv2d_3b_1x1', 80, 1], ['Conv2d_4a_3x3', 192, 3]);
  x = b.maxPool('maxpool2', x, 3, 2, 'floor');
  x = moduleA(b, 'Mixed_5b', x, 32);
  x = moduleA(b, 'Mixed_5c', x, 64);
  x = moduleA(b, 'Mixed_5d', x, 64);
  x = moduleB(b, 'Mixed_6a', x);
  x = moduleC(b, 'Mixed_6b', x, 128);
  x = moduleC(b, 'Mixed_6c', x, 160);
  x = moduleC(b, 'Mixed_6d', x, 160);
  x = moduleC(b, 'Mixed_6e', x, 192);
  x = moduleD(b, 'Mixed_7a', x);
  x = moduleE(b, 'Mixed_7b', x);
  x = moduleE(b, 'Mixed_7c', x);
  b.dense('fc', b.globalAverage('avgpool', x), classes);
  return b.finish(['AuxLogits.']);
}
