// Weight files of every format that is read: valid ones, changed in their bytes and in what they are built of.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bind } from '../../model/index.js';
import { fixturePath } from '../../package.js';
import type { Random } from '../../random.js';
import { readWeights } from '../../weights/read.js';
import { type WeightFile, writeSafetensors } from '../../weights/safetensors.js';
import { kerasWeights, oddHdf5, writeHdf5 } from '../files/keras.js';
import { changedMessages, onnx } from '../files/messages.js';
import { sharedEntries } from '../files/shared-entries.js';
import { tinyNetwork, tinyOptions, tinyWeights } from '../files/tiny.js';
import { archiveOf, oddInstructions, stateDict, streamDict, streamOf } from '../files/torch.js';
import { holds, type Kind } from '../kind.js';
import { chance, changedBytes, few, pick } from '../mutate.js';
import { changedValue } from '../values.js';

const tensors = tinyWeights();

/** A valid safetensors file with its header changed as a value. */
function changedHeader(bytes: Buffer, random: Random): Buffer {
  const end = 8 + Number(bytes.readBigUInt64LE());
  let header: unknown = JSON.parse(bytes.subarray(8, end).toString());
  for (let n = few(random); n > 0; n--) header = changedValue(header, random);
  const text = Buffer.from(JSON.stringify(header) ?? '');
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, bytes.subarray(end)]);
}

/** A pickle with instructions left out, moved, or put in. */
function changedPickle(pickle: readonly Buffer[], random: Random): readonly Buffer[] {
  let changed = pickle;
  for (let n = few(random); n > 0; n--) {
    const at = random.below(changed.length);
    switch (random.below(5)) {
      case 0:
        changed = changed.toSpliced(at, 1);
        break;
      case 1:
        changed = changed.toSpliced(at, 1, changedBytes(changed[at]!, random));
        break;
      case 2:
        changed = changed.toSpliced(at, 0, pick(changed, random));
        break;
      default:
        changed = changed.toSpliced(at, 0, pick(oddInstructions, random));
    }
    if (changed.length === 0) return pickle;
  }
  return changed;
}

/** Throws a WrongResult unless every tensor has as many numbers as its shape says. */
function holdsTensors({ tensors }: WeightFile): void {
  for (const [name, { shape, data }] of tensors) {
    const count = shape.reduce((n, d) => n * d, 1);
    holds(data.length === count, `tensor ${name} of shape [${shape}] has ${data.length} numbers`);
  }
}

/** Reads weights, and binds them to the tiny network. */
async function bound(file: string): Promise<void> {
  const weights = await readWeights(file);
  holdsTensors(weights);
  const { linear, mean } = bind(tinyNetwork(), weights);
  for (const [layer, { weight, bias }] of [
    ...linear,
    ['mean', { weight: mean, bias: mean }] as const,
  ])
    holds(
      [...weight.data, ...bias.data].every(Number.isFinite),
      `layer ${layer} has numbers that are not finite`,
    );
}

export const weights: Kind = {
  count: 1300,
  async prepare(base) {
    await mkdir(path.join(base, 'own'));
    await mkdir(path.join(base, 'odd'));
    const own = (name: string) => path.join(base, 'own', name);
    await writeSafetensors(own('tiny.safetensors'), tensors);
    await writeFile(own('archive.pth'), archiveOf(stateDict(tensors), tensors));
    await writeFile(own('stream.pth'), streamOf(streamDict(tensors), tensors));
    await writeFile(own('tiny.onnx'), onnx.write(onnx.of(tensors)));
    await writeHdf5(own('tiny.h5'), kerasWeights(tensors));
    for (const [name, fill] of Object.entries(oddHdf5))
      await writeHdf5(path.join(base, 'odd', name), fill);
  },
  async open(base) {
    const all = async (folder: string) => {
      const names = (await readdir(folder)).filter((name) =>
        /\.(pth|h5|onnx|safetensors)$/.test(name),
      );
      return Promise.all(names.sort().map((name) => readFile(path.join(folder, name))));
    };
    const own = await all(path.join(base, 'own'));
    const odd = await all(path.join(base, 'odd'));
    const shipped = await all(fixturePath('weights'));
    const safetensors = await readFile(path.join(base, 'own', 'tiny.safetensors'));
    const archive = await readFile(path.join(base, 'own', 'archive.pth'));
    const makers: readonly ((random: Random) => Buffer)[] = [
      (random) => changedBytes(pick(own, random), random),
      (random) => changedBytes(pick(own, random), random),
      (random) => changedBytes(pick(shipped, random), random),
      (random) =>
        chance(0.3, random) ? pick(odd, random) : changedBytes(pick(odd, random), random),
      (random) => changedHeader(safetensors, random),
      (random) => archiveOf(changedPickle(stateDict(tensors), random), tensors),
      (random) => streamOf(changedPickle(streamDict(tensors), random), tensors),
      (random) => changedMessages(onnx, tensors, random),
      (random) => sharedEntries(archive, random.below(3000)),
    ];
    return async (random, folder) => {
      const file = path.join(folder, 'tried.weights');
      await writeFile(file, pick(makers, random)(random));
      return {
        names: ['tried.weights'],
        act: () => bound(file),
        command: [
          ...['explain', fixturePath('embedded', 'frog', '0.png'), ...tinyOptions(file)],
          ...['--out', path.join(folder, 'out.png')],
        ],
      };
    };
  },
};
