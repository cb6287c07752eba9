// The parts of a zip archive in which PyTorch keeps weights. Other programs keep theirs in zip archives too: those are
// named for what they are.
import { type UnzipFileInfo, unzipSync } from 'fflate';
import { shown } from '../shown.js';

/** Bytes that an archive needs at least to list a part. */
const LISTING = 46;

/** Archives of other programs, by the names in them: what they are, and how their weights are saved otherwise. */
const others: readonly (readonly [(names: readonly string[]) => boolean, string])[] = [
  [
    (names) => names.some((name) => /(^|\/)(constants\.pkl$|code\/)/.test(name)),
    "a TorchScript program, expected a state dict as torch.save(torch.jit.load('a.pt').state_dict(), 'a.pth') writes it",
  ],
  [
    (names) => names.includes('model.weights.h5'),
    "a Keras archive, expected HDF5 as model.save('a.h5') writes it",
  ],
  [
    (names) => names.length > 0 && names.every((name) => name.endsWith('.npy')),
    "an archive of NumPy, expected safetensors as safetensors.numpy.save_file(dict(numpy.load('a.npz')), 'a.safetensors') writes them",
  ],
];

/**
 * The parts of an archive by their names without the folder around them all.
 * @param bad makes the error of an archive that is damaged, is another program's, is compressed, or whose parts share bytes
 */
export function archiveParts(bytes: Buffer, bad: (why: string) => Error): Map<string, Buffer> {
  const listed: UnzipFileInfo[] = [];
  let size = 0;
  let refusal: Error | undefined;
  const unzip = (filter: (part: UnzipFileInfo) => boolean) => {
    try {
      return unzipSync(bytes, { filter });
    } catch {
      throw refusal ?? bad('its archive is damaged or truncated');
    }
  };
  // nothing is copied before all that is listed is known to be there
  unzip((part) => {
    size += part.size;
    if (listed.push(part) * LISTING <= bytes.length && size <= bytes.length) return false;
    refusal = bad('its archive lists more than it holds');
    throw refusal;
  });
  const names = listed.map(({ name }) => name);
  const other = others.find(([is]) => is(names));
  if (other !== undefined) throw bad(`it is ${other[1]}`);
  const compressed = listed.find(({ compression }) => compression !== 0);
  if (compressed !== undefined)
    throw bad(`${shown(compressed.name)} in its archive is compressed, expected stored`);
  const parts = new Map<string, Buffer>();
  for (const [name, part] of Object.entries(unzip(() => true)))
    parts.set(
      name.slice(name.indexOf('/') + 1),
      Buffer.from(part.buffer, part.byteOffset, part.byteLength),
    );
  if (parts.size !== names.length) throw bad('two parts of its archive have the same name');
  return parts;
}
