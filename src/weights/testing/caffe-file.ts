// Writes Caffe models byte by byte, from the description of protobuf's wire format and Caffe's field numbers, in each
// way that Caffe has written them.
import type { WeightTensor } from '../safetensors.js';

/** A number in groups of seven bits, the lowest first; the eighth bit says that more follow. */
export function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

/** The key of a field: its number, and how its value is stored (0 a varint, 1 eight bytes, 2 a length and bytes, 5 four bytes). */
export const key = (field: number, wire: number): Buffer => varint(field * 8 + wire);

/** A field with bytes: text, a message, or packed numbers. */
export const bytesField = (field: number, bytes: Uint8Array | string): Buffer => {
  const content = Buffer.from(bytes);
  return Buffer.concat([key(field, 2), varint(content.length), content]);
};

const varintField = (field: number, value: number) => Buffer.concat([key(field, 0), varint(value)]);

function little(bytes: 4 | 8, values: ArrayLike<number>): Buffer {
  const out = Buffer.alloc(bytes * values.length);
  for (let i = 0; i < values.length; i++)
    if (bytes === 4) out.writeFloatLE(values[i]!, 4 * i);
    else out.writeDoubleLE(values[i]!, 8 * i);
  return out;
}

/** How the numbers of a blob are stored. */
export type Numbers = 'packed' | 'single' | 'doubles' | 'single doubles';
/** How its shape is: packed or single sizes of a message, or the four fields of the oldest blobs. */
export type Shape = 'packed' | 'single' | 'four';

const numberForms: Readonly<Record<Numbers, (data: ArrayLike<number>) => Buffer>> = {
  packed: (data) => bytesField(5, little(4, data)),
  single: (data) =>
    Buffer.concat(Array.from(data, (v) => Buffer.concat([key(5, 5), little(4, [v])]))),
  doubles: (data) => bytesField(8, little(8, data)),
  'single doubles': (data) =>
    Buffer.concat(Array.from(data, (v) => Buffer.concat([key(8, 1), little(8, [v])]))),
};

const shapeForms: Readonly<Record<Shape, (shape: readonly number[]) => Buffer>> = {
  packed: (shape) => bytesField(7, bytesField(1, Buffer.concat(shape.map(varint)))),
  single: (shape) => bytesField(7, Buffer.concat(shape.map((size) => varintField(1, size)))),
  four: (shape) => {
    const four = [...Array(4 - shape.length).fill(1), ...shape];
    return Buffer.concat(four.map((size, i) => varintField(i + 1, size)));
  },
};

/** The message of a blob; its gradients, which files may hold as well, are zeros. */
export const blobOf = (
  { shape, data }: { shape: readonly number[]; data: ArrayLike<number> },
  numbers: Numbers = 'packed',
  form: Shape = 'packed',
): Buffer =>
  Buffer.concat([
    numberForms[numbers](data),
    bytesField(6, Buffer.alloc(8)),
    shapeForms[form](shape),
  ]);

export interface Layer {
  readonly name: string;
  readonly blobs: readonly Buffer[];
}

/** A model of today's layout, `layer`, or of the one before, `layers`. */
export function modelOf(all: readonly Layer[], layout: 'layer' | 'layers' = 'layer'): Buffer {
  const [field, nameField, blobField] = layout === 'layer' ? [100, 1, 7] : [2, 4, 6];
  return Buffer.concat([
    bytesField(1, 'net'),
    ...all.map(({ name, blobs }) =>
      bytesField(
        field,
        Buffer.concat([
          bytesField(nameField, name),
          layout === 'layer' ? bytesField(2, 'Convolution') : varintField(5, 4),
          bytesField(3, 'bottom'),
          ...blobs.map((blob) => bytesField(blobField, blob)),
        ]),
      ),
    ),
  ]);
}

/** The layers of the Caffe release in their order, by the names of torchvision's SqueezeNet. */
export const caffeNameOf = {
  squeezenet1_0: named([3, 4, 5, 7, 8, 9, 10, 12]),
  squeezenet1_1: named([3, 4, 6, 7, 9, 10, 11, 12]),
};

function named(modules: readonly number[]): Readonly<Record<string, string>> {
  return {
    'features.0': 'conv1',
    ...Object.fromEntries(
      modules.flatMap((at, i) =>
        [
          ['squeeze', 'squeeze1x1'],
          ['expand1x1', 'expand1x1'],
          ['expand3x3', 'expand3x3'],
        ].map(([own, caffe]) => [`features.${at}.${own}`, `fire${i + 2}/${caffe}`]),
      ),
    ),
    'classifier.1': 'conv10',
  };
}

/** Layers of the Caffe release with a SqueezeNet's weights: the first filters are for blue, green, red. */
export function releaseOf(
  name: keyof typeof caffeNameOf,
  tensors: ReadonlyMap<string, WeightTensor>,
  blob: (tensor: WeightTensor) => Buffer = blobOf,
): Layer[] {
  return Object.entries(caffeNameOf[name]).map(([own, caffe]) => {
    const weight = tensors.get(`${own}.weight`)!;
    const filters = caffe === 'conv1' ? blueFirst(weight) : weight;
    return { name: caffe, blobs: [blob(filters), blob(tensors.get(`${own}.bias`)!)] };
  });
}

function blueFirst({ shape, data }: WeightTensor): WeightTensor {
  const plane = shape[2]! * shape[3]!;
  const out = new Float32Array(data.length);
  for (let filter = 0; filter < shape[0]!; filter++)
    for (let channel = 0; channel < 3; channel++)
      for (let i = 0; i < plane; i++)
        out[(filter * 3 + (2 - channel)) * plane + i] = data[(filter * 3 + channel) * plane + i]!;
  return { shape, data: out };
}
