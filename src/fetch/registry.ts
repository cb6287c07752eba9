// What can be fetched from its owners: where it is, how it is recognised, under which terms it may be used,
// and where in the data root it goes.
import path from 'node:path';

/** How a publisher identifies a file: a whole hash, or the beginning of a SHA-256 that stands in the file's name. */
export interface Digest {
  readonly algorithm: 'sha256' | 'md5';
  /** Hexadecimal; all digits or the first ones. */
  readonly begins: string;
}

/** Where a file of an archive goes in the folder that is made of it; undefined for one that is left out. */
export type Place = (member: string) => string | undefined;

export interface Remote {
  /** What is said in lists. */
  readonly what: string;
  readonly url: string;
  /** In bytes. */
  readonly size: number;
  readonly digest: Digest;
  readonly licence: string;
  /** Where it goes in the data root: a file, or the folder an archive is unpacked to. */
  readonly to: string;
  /** Other files of the data root that serve the same purpose and are used before it. */
  readonly instead?: readonly string[];
  /** Given the archive's files in the order of their names. */
  readonly unpack?: (members: readonly string[]) => Place;
}

/** torchvision's ImageNet weights; the file's name ends in the beginning of its SHA-256. */
const torchvision = (model: string, file: string, size: number, top1: number): Remote => ({
  what: `weights of ${model} for ImageNet, ${top1} % top-1 (torchvision, IMAGENET1K_V1)`,
  url: `https://download.pytorch.org/models/${file}`,
  size,
  digest: { algorithm: 'sha256', begins: /-([0-9a-f]{8})\.pth$/.exec(file)![1]! },
  licence: 'BSD-3-Clause; trained on ImageNet, whose images are for research',
  to: path.join('weights', `${model}.pth`),
  instead: [path.join('weights', `${model}.safetensors`)],
});

const CLASSES = ['roses', 'sunflowers'];
const TRAINING = 500;
const TEST = 100;

/** Of each class the first 500 photographs by name for training, and the next 100 for testing. */
function flowers(members: readonly string[]): Place {
  const places = new Map<string, string>();
  for (const name of CLASSES)
    members
      .filter((member) => member.split('/').at(-2) === name && member.endsWith('.jpg'))
      .slice(0, TRAINING + TEST)
      .forEach((member, i) => {
        const split = i < TRAINING ? 'train' : 'test';
        places.set(member, path.join(split, name, path.basename(member)));
      });
  return (member) => places.get(member);
}

/** A file of the Caffe release of SqueezeNet, which `fragile convert` makes weights of. */
export interface Release {
  /** Its path in the repository. */
  readonly path: string;
  /** SHA-256, in hexadecimal. */
  readonly sha256: string;
}

const RELEASES = 'github.com/forresti/SqueezeNet';

/**
 * The releases by the networks that have their weights. The hashes are those of Intel's Open Model Zoo and, of v1.1,
 * of OpenEmbedded too.
 */
export const caffeReleases: Readonly<Record<string, Release>> = {
  squeezenet1_0: {
    path: 'SqueezeNet_v1.0/squeezenet_v1.0.caffemodel',
    sha256: '9ff8035aada1f9ffa880b35252680d971434b141ec9fbacbe88309f0f9a675ce',
  },
  squeezenet1_1: {
    path: 'SqueezeNet_v1.1/squeezenet_v1.1.caffemodel',
    sha256: '72b912ace512e8621f8ff168a7d72af55910d3c7c9445af8dfbff4c2ee960142',
  },
};

/** How weights of a release are had, in words. */
export const howToConvert = ({ path: file, sha256 }: Release): string =>
  `download ${file} of ${RELEASES} (SHA-256 ${sha256}) and give it to fragile convert`;

/** What is asked for by name and cannot be fetched, and why. */
export const leftOut: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(caffeReleases).map(([name, release]) => [
      name,
      `its weights have to be converted: ${howToConvert(release)}`,
    ]),
  ),
  imagenet: 'its images are given out by image-net.org on request',
};

export const remotes: Readonly<Record<string, Remote>> = {
  'squeezenet1_1-torchvision': torchvision(
    'squeezenet1_1-torchvision',
    'squeezenet1_1-b8a52dc0.pth',
    4_958_839,
    58.2,
  ),
  resnet18: torchvision('resnet18', 'resnet18-f37072fd.pth', 46_830_571, 69.8),
  vgg16: torchvision('vgg16', 'vgg16-397923af.pth', 553_433_881, 71.6),
  alexnet: torchvision('alexnet', 'alexnet-owt-7be5be79.pth', 244_408_911, 56.5),
  densenet121: torchvision('densenet121', 'densenet121-a639ec97.pth', 32_342_954, 74.4),
  inception_v3: torchvision('inception_v3', 'inception_v3_google-0cc3c7bd.pth', 108_949_747, 77.3),
  'cifar-10': {
    what: 'CIFAR-10, 60,000 images of 10 classes (Krizhevsky, 2009)',
    url: 'https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz',
    size: 170_052_171,
    digest: { algorithm: 'md5', begins: 'c32a1d4ab5d03f1284b67883e8d87530' },
    licence: 'no licence named; cite the technical report',
    to: 'cifar-10-batches-bin',
    unpack: () => (member) => (/\.(bin|txt)$/.test(member) ? path.basename(member) : undefined),
  },
  flowers: {
    what: 'photographs of roses and sunflowers, 500 of each for training and 100 for testing (TensorFlow)',
    url: 'https://storage.googleapis.com/download.tensorflow.org/example_images/flower_photos.tgz',
    size: 228_813_984,
    digest: {
      algorithm: 'sha256',
      begins: '4c54ace7911aaffe13a365c34f650e71dd5bf1be0a58b464e5a7183e3e595d9c',
    },
    licence: 'CC BY 2.0',
    to: 'flowers',
    unpack: flowers,
  },
};

/** The name under which weights of this SHA-256 are published, if they are known. */
export const publishedAs = (
  sha256: string,
  registry: Readonly<Record<string, Remote>> = remotes,
): string | undefined =>
  Object.entries(registry).find(
    ([, { digest, unpack }]) =>
      unpack === undefined && digest.algorithm === 'sha256' && sha256.startsWith(digest.begins),
  )?.[0];
