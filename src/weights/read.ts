// Reads a file of weights, whichever way they are stored: what it is shows in its first bytes.
import { createHash } from 'node:crypto';
import { UserError } from '../errors.js';
import { bytesOf } from './bytes.js';
import { expand } from './compact.js';
import { decodeKeras, isHdf5 } from './keras.js';
import { renamed } from './names.js';
import { decodeOnnx, isOnnx } from './onnx.js';
import { decodeSafetensors, type WeightFile, type WeightTensor } from './safetensors.js';
import { decodeTorch, isTorchArchive, isTorchStream } from './torch.js';

const FORMATS = 'weights as safetensors, PyTorch state dict, ONNX or Keras HDF5';

/** The length of a header in eight bytes, of which only a few are needed, and the header's first brace. */
const isSafetensors = (bytes: Buffer): boolean =>
  bytes.length > 8 && bytes.readUInt32LE(4) === 0 && bytes[8] === 0x7b;

type Tensors = ReadonlyMap<string, WeightTensor>;

/** What a file holds; of the formats here only safetensors have metadata. */
interface Decoded {
  readonly tensors: Tensors;
  readonly metadata?: WeightFile['metadata'];
}

interface Format {
  readonly is: (bytes: Buffer) => boolean;
  readonly decode: (file: string, bytes: Buffer) => Decoded | Promise<Decoded>;
}

/** In this order: an ONNX model begins with so little that it is the last guess. */
const formats: readonly Format[] = [
  {
    is: isSafetensors,
    decode(file, bytes) {
      const { tensors, metadata } = decodeSafetensors(file, bytes);
      return { tensors: expand(tensors), metadata };
    },
  },
  {
    is: (bytes) => isTorchArchive(bytes) || isTorchStream(bytes),
    decode: (file, bytes) => ({ tensors: decodeTorch(file, bytes) }),
  },
  { is: isHdf5, decode: async (file, bytes) => ({ tensors: await decodeKeras(file, bytes) }) },
  { is: isOnnx, decode: (file, bytes) => ({ tensors: decodeOnnx(file, bytes) }) },
];

/** All tensors of a weight file as float32. Throws a UserError that names the file and what is wrong with it. */
export async function readWeights(file: string): Promise<WeightFile> {
  const bytes = await bytesOf(file, FORMATS);
  const format = formats.find(({ is }) => is(bytes));
  if (format === undefined)
    throw new UserError(`${file}: not a file of weights, expected ${FORMATS}`);
  const { tensors, metadata = {} } = await format.decode(file, bytes);
  return {
    file,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    metadata,
    tensors: renamed(tensors),
  };
}
