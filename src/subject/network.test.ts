// Where the weights of a model are looked for, and what is said when they are nowhere.
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDataset } from '../data/open.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { UserError } from '../errors.js';
import { compilePredictor } from '../explain/index.js';
import { remotes } from '../fetch/registry.js';
import { argmax, softmax } from '../metric/output.js';
import { networkOf } from '../model/index.js';
import { fixturePath } from '../package.js';
import { writeSafetensors } from '../weights/safetensors.js';
import { loadNetwork } from './network.js';

const model = { name: 'cifar-cnn', width: 0.125 } as const;
const shipped = fixturePath('cifar-cnn-0.125.safetensors');

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'network-'));
  await mkdir(path.join(root, 'weights'));
});
afterEach(() => rm(root, { recursive: true }));

/** Weights of the model that are one number everywhere. */
async function constantWeights(file: string, value: number): Promise<string> {
  const tensors = [...networkOf(model.name, model).parameters].map(([name, shape]) => {
    const size = shape.reduce((n, d) => n * d, 1);
    return [name, { shape, data: new Float32Array(size).fill(value) }] as const;
  });
  await writeSafetensors(file, new Map(tensors));
  return file;
}
const inRoot = () => path.join(root, 'weights', 'cifar-cnn-0.125.safetensors');

async function mistake(loaded: Promise<unknown>): Promise<string> {
  const error: unknown = await loaded.then(
    () => undefined,
    (thrown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  return (error as UserError).message;
}

describe('weights', () => {
  it('are the config’s before the data root’s, and those before the ones that come with the program', async () => {
    expect((await loadNetwork(model, root)).file).toBe(shipped);

    await constantWeights(inRoot(), 2);
    const fromRoot = await loadNetwork(model, root);
    expect(fromRoot.file).toBe(inRoot());
    expect(fromRoot.bound.linear.get('conv1')!.weight.data[0]).toBe(2);

    const weights = await constantWeights(path.join(root, 'mine.safetensors'), 3);
    const own = await loadNetwork({ ...model, weights }, root);
    expect(own.file).toBe(weights);
    expect(own.bound.linear.get('conv1')!.weight.data[0]).toBe(3);
  });

  it('are named by the SHA-256 of their file', async () => {
    const bytes = await readFile(shipped);
    expect((await loadNetwork(model, root)).sha256).toBe(
      createHash('sha256').update(bytes).digest('hex'),
    );
  });

  it('of the config are not replaced by others when they are missing', async () => {
    await constantWeights(inRoot(), 2);
    const weights = path.join(root, 'absent.safetensors');
    expect(await mistake(loadNetwork({ ...model, weights }, root))).toContain(
      `${weights}: no such file`,
    );
  });

  it('are looked for as a PyTorch file where there is no safetensors', async () => {
    const name = 'vgg16-cifar10-bn-0.25';
    const loaded = () => loadNetwork({ name: 'vgg16-cifar10', width: 0.25, batchNorm: true }, root);
    expect(await mistake(loaded())).toContain(path.join(root, 'weights', `${name}.safetensors`));
    await cp(fixturePath('weights', 'state-zip.pth'), path.join(root, 'weights', `${name}.pth`));
    expect(await mistake(loaded())).toContain(`${name}.pth: not weights of vgg16-cifar10: tensor`);
    await writeFile(path.join(root, 'weights', `${name}.safetensors`), '');
    expect(await mistake(loaded())).toContain(`${name}.safetensors: not a file of weights`);
  });

  it.each(['a file', 'a folder of that name'])(
    'that are nowhere are a message: not %s',
    async (what) => {
      const file = path.join(root, 'weights', 'squeezenet1_1.safetensors');
      if (what !== 'a file') await mkdir(file);
      expect(await mistake(loadNetwork({ name: 'squeezenet1_1' }, root))).toBe(
        `model squeezenet1_1: no weights at ${file}; download SqueezeNet_v1.1/squeezenet_v1.1.caffemodel of github.com/forresti/SqueezeNet (SHA-256 72b912ace512e8621f8ff168a7d72af55910d3c7c9445af8dfbff4c2ee960142) and give it to fragile convert, or run on those that fragile fetch squeezenet1_1-torchvision gets with --set model=squeezenet1_1-torchvision, or give --data DIR or FRAGILE_DATA with weights/squeezenet1_1.safetensors, or model: { name: squeezenet1_1, weights: FILE }`,
      );
    },
  );

  it('that can be fetched are a message with the command', async () => {
    expect(await mistake(loadNetwork({ name: 'squeezenet1_1-torchvision' }, root))).toContain(
      'squeezenet1_1-torchvision.safetensors; fragile fetch squeezenet1_1-torchvision gets them, or give --data',
    );
  });

  it('of another form of the model are refused with their file', async () => {
    expect(await mistake(loadNetwork({ name: 'cifar-cnn', weights: shipped }, root))).toMatch(
      `${shipped}: not weights of cifar-cnn: `,
    );
  });

  it('that are published for another network are refused, even if they fit', async () => {
    const file = await constantWeights(inRoot(), 2);
    const { sha256 } = await loadNetwork(model, root);
    const remote = (begins: string) => ({
      ...remotes.resnet18!,
      digest: { algorithm: 'sha256', begins } as const,
    });
    const other = { 'cifar-cnn-other': remote(sha256.slice(0, 8)) };
    expect(await mistake(loadNetwork(model, root, { registry: other }))).toBe(
      `${file}: weights that are published for cifar-cnn-other, expected those of cifar-cnn; use model: cifar-cnn-other`,
    );
    const same = { 'cifar-cnn': remote(sha256.slice(0, 8)), x: remote('00000000') };
    expect((await loadNetwork(model, root, { registry: same })).sha256).toBe(sha256);
  });

  it('of the network decide its shape', async () => {
    const { bound } = await loadNetwork(model, root);
    expect(bound.network).toMatchObject({ height: 32, width: 32, classes: 10 });
    // an eighth of 96 channels
    expect(bound.linear.get('conv1')!.weight.shape).toEqual([12, 3, 3, 3]);
  });
});

describe('the CIFAR-10 network that comes with the program', () => {
  it('recognises every scene that comes with it, with confidence', async () => {
    const { bound, file } = await loadNetwork({ name: 'cifar-cnn' }, root);
    expect((await stat(file)).size).toBeLessThan(15e6);
    const scenes = await openDataset({ name: 'embedded' }, root);
    const predictor = await compilePredictor(onnxEngine(), bound);
    for (const entry of scenes.entries) {
      const scores = await predictor.predict(await scenes.load(entry, bound.network));
      expect(softmax(scores)[entry.label!], entry.id).toBeGreaterThanOrEqual(0.6);
    }
    await predictor.release();
  });
});

/** The networks that were trained for the program, and what share of CIFAR-10 they are right on. */
const trained = [
  { model: { name: 'cifar-cnn' }, expected: 0.745 },
  { model: { name: 'vgg16-cifar10', width: 0.5, batchNorm: true }, expected: 0.853 },
] as const;

describe('the networks that come with the program, on photographs', () => {
  it.skipIf(!process.env.FRAGILE_DATA).each(trained)(
    '$model.name is right on $expected of CIFAR-10 (needs FRAGILE_DATA)',
    async ({ model, expected }) => {
      const { bound } = await loadNetwork(model, root);
      const images = await openDataset({ name: 'cifar-10' }, process.env.FRAGILE_DATA!);
      const predictor = await compilePredictor(onnxEngine(), bound);
      let right = 0;
      const some = images.entries.slice(0, 1000);
      for (const entry of some) {
        const scores = await predictor.predict(await images.load(entry, bound.network));
        if (argmax(scores) === entry.label) right++;
      }
      await predictor.release();
      // two standard errors of 1,000 images
      expect(right / some.length).toBeGreaterThan(expected - 0.028);
    },
  );
});
