// The class that is explained: its maps are those of the class, and attacks on them keep the class that is predicted.
import { describe, expect, it } from 'vitest';
import { onnxEngine } from '../../engine/onnx/onnx.js';
import { compileEvaluator, gradient, oneHot } from '../../explain/index.js';
import { identityHash } from '../../record/identity.js';
import { explainedClass } from '../../subject/target-class.js';
import {
  cellsOn,
  clean,
  compute,
  configOf,
  embedded,
  openOn,
  scoresOf,
  shipped,
  topK,
} from './testing/cells.js';
import { attackConfigVersions } from './versions.js';

const IMAGE = 12;

/** The only row, and the clean map, of an image under a config. */
async function found(target: unknown) {
  const config = await configOf({ target, attack: topK, explain: 'gradient' });
  const computer = await openOn(config);
  const results = await compute(computer, await cellsOn(computer, config, IMAGE));
  await computer.release();
  const [result] = [...results.values()];
  return { row: result!.rows[0]!, map: result!.cleanMap! };
}

/** The classes of the network for the image, best first. */
async function ranked(): Promise<number[]> {
  const scores = await scoresOf(shipped, await clean(IMAGE));
  return [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
}

async function mapFor(label: number): Promise<Float32Array> {
  const evaluator = await compileEvaluator(onnxEngine(), shipped, gradient(), 'relu');
  const draws = { origin: await clean(IMAGE), uniform: () => 0, normal: () => new Float32Array() };
  const { map } = await evaluator.evaluate(await clean(IMAGE), oneHot(10, label), draws);
  await evaluator.release();
  return map;
}

describe('maps are for', () => {
  it('the predicted class, which no row tells', async () => {
    const { row, map } = await found(undefined);
    expect(row.explained).toBeUndefined();
    expect(map).toEqual(await mapFor((await ranked())[0]!));
    expect((await found('predicted')).map).toEqual(map);
  });

  it('the class with the second largest score', async () => {
    const [first, second] = await ranked();
    const { row, map } = await found('runner-up');
    expect(row).toMatchObject({ prediction: first, explained: second });
    expect(map).toEqual(await mapFor(second!));
    expect(map).not.toEqual(await mapFor(first!));
  });

  it.each([
    ['the label', 'label', embedded.entries[IMAGE]!.label!],
    ['a number', 7, 7],
    ['a name', 'horse', 7],
  ])('%s', async (_, target, label) => {
    const { row, map } = await found(target);
    expect(row.explained).toBe(label);
    expect(map).toEqual(await mapFor(label));
  });

  it('one class, while attacks keep another: the predicted one', async () => {
    const [first] = await ranked();
    const { row } = await found(7);
    expect(row).toMatchObject({ prediction: first, label_kept: true, status: 'ok' });
    expect(row.topk_intersection).toBeLessThan(1);
  });
});

describe('a target', () => {
  const hashOf = async (target: unknown) => {
    const config = await configOf({ target });
    return identityHash(config, attackConfigVersions(config));
  };

  it('is what a folder belongs to, unless it is the predicted class', async () => {
    expect(await hashOf('predicted')).toBe(await hashOf(undefined));
    expect(await hashOf('runner-up')).not.toBe(await hashOf(undefined));
  });

  it('that is no class is a mistake', async () => {
    await expect(configOf({ target: 10 })).rejects.toThrow(/target: 10, expected 0 to 9$/);
    await expect(configOf({ target: -1 })).rejects.toThrow(/target: -1, expected at least 0$/);
    const of = (target: string, entries = embedded.entries) =>
      explainedClass(target, { entries, location: 'photos' }, shipped.network, 'no data root');
    await expect(of('hose')).rejects.toThrow(
      /^target: hose \(did you mean horse\?\), expected predicted, label, runner-up, or a class of cifar-cnn$/,
    );
    const { label: _, ...unknown } = embedded.entries[0]!;
    await expect(of('label', [unknown as never])).rejects.toThrow(
      /^target: label, but .+ in photos has no label, expected 0 to 9$/,
    );
  });
});
