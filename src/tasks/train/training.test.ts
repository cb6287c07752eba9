// A training of a very small network on a few pictures: where it goes on, what it records, and what it refuses.
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodePng } from '../../data/picture.js';
import { processor } from '../../engine/choice.js';
import { type RunRecord, readRecord } from '../../record/run-record.js';
import { refusal, useFolder } from '../../testing/files.js';
import { loadTrainingConfig } from './config.js';
import { CHECKPOINT, LOG, trainingLeaves, WEIGHTS } from './files.js';
import { linesOf } from './log.js';
import { type TrainOptions, train } from './training.js';

const at = useFolder();

/** Four pictures of two classes each, in batches of four: a pass has two steps. */
beforeEach(async () => {
  for (const [c, name] of ['dark', 'light'].entries()) {
    await mkdir(at('pictures', name), { recursive: true });
    for (let i = 0; i < 4; i++) {
      const x = Float32Array.from(
        { length: 3 * 32 * 32 },
        (_, k) => 100 * c + ((k * 7 * (i + 1)) % 50),
      );
      await writeFile(at('pictures', name, `${i}.png`), await encodePng(x, 32, 32));
    }
  }
  await writeFile(
    at('t.yaml'),
    `
name: taught
model: { name: cifar-cnn, width: 0.03125 }
data: { name: folder, path: ${at('pictures')} }
epochs: 2
batch: 4
augment: [flip]
`,
  );
});

const out = (...parts: readonly string[]) => at('out', ...parts);
async function trained(changes: readonly string[] = [], options: TrainOptions = {}) {
  const config = await loadTrainingConfig(at('t.yaml'), [`output=${out()}`, ...changes]);
  return train(config, { data: at(), workers: 1, quiet: true, ...options });
}
const recorded = async (): Promise<RunRecord> => (await readRecord(out()))!;
/** Ends at the first step at which it looks. */
const interrupted = () => trained([], { signal: AbortSignal.abort() });

const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/);

describe('a training', () => {
  it('leaves its log, its checkpoint and its weights, and records how it ended', async () => {
    expect(await trained()).toEqual({
      ...{ end: 'done', epochs: 2, testAccuracy: undefined, weights: out(WEIGHTS) },
    });
    expect((await readdir(out())).sort()).toEqual([...trainingLeaves, 'run.json'].sort());
    expect((await linesOf(out(LOG))).map(({ epoch, step }) => [epoch, step])).toEqual([
      [1, 2],
      [2, 4],
    ]);
    const { config, end, ...rest } = await recorded();
    expect(config).toMatchObject({ task: 'train', name: 'taught', epochs: 2, activation: 'relu' });
    expect(Date.parse(end!)).toBeGreaterThanOrEqual(Date.parse(rest.start));
    expect(rest).toMatchObject({
      versions: { of: { 'task train': 1 } },
      engine: { ...processor, threads: 1 },
      inputs: [{ of: 'training images', file: 'folder', sha256 }],
      data: { name: 'folder', images: 8, list: sha256, sha256 },
      outcome: { epochs: 2, testImages: 0, testAccuracy: null },
    });
  });

  it('has no end in its record before its last step, and begins once', async () => {
    expect(await interrupted()).toMatchObject({ end: 'interrupted', epochs: 0 });
    const begun = await recorded();
    expect(begun).toMatchObject({ end: null, outcome: null, data: { images: 8, sha256 } });
    await trained();
    const { start, end } = await recorded();
    expect(start).toBe(begun.start);
    expect(end! > start).toBe(true);
  });

  it('keeps its start, its end and its outcome when nothing is left to do', async () => {
    await trained();
    const before = await recorded();
    const weights = await readFile(out(WEIGHTS));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await trained()).toMatchObject({ end: 'done', epochs: 2 });
    expect(await recorded()).toEqual(before);
    expect(weights.equals(await readFile(out(WEIGHTS)))).toBe(true);
    expect(await linesOf(out(LOG))).toHaveLength(2);
  });

  it('goes on to more passes, to the weights it would have had, and ends then', async () => {
    await trained(['epochs=1']);
    const first = await recorded();
    expect(first.outcome).toMatchObject({ epochs: 1 });
    await trained();
    const { start, end, outcome } = await recorded();
    expect(start).toBe(first.start);
    expect(end! > first.end!).toBe(true);
    expect(outcome).toMatchObject({ epochs: 2 });
    const weights = await readFile(out(WEIGHTS));
    await trained([`output=${at('at-once')}`]);
    expect(weights.equals(await readFile(at('at-once', WEIGHTS)))).toBe(true);
  });

  it('begins where one ended before its first checkpoint', async () => {
    await interrupted();
    await rm(out(CHECKPOINT));
    expect(await readdir(out())).toEqual(['run.json', LOG]);
    expect(await trained()).toMatchObject({ end: 'done', epochs: 2 });
  });
});

describe('a training without its checkpoint', () => {
  const without = `output: OUT: holds a training but no ${CHECKPOINT} to resume from; use --fresh to begin again or --out for another folder`;

  it.each([
    ['a log', [CHECKPOINT, WEIGHTS]],
    ['weights', [CHECKPOINT, LOG]],
    ['a log and weights', [CHECKPOINT]],
  ])('but with %s does not begin again, and keeps what is there', async (_, lost) => {
    await trained();
    for (const name of lost) await rm(out(name));
    const left = (await readdir(out())).filter((name) => name !== 'run.json');
    const contents = () => Promise.all(left.map((name) => readFile(out(name), 'latin1')));
    const before = [await contents(), await recorded()];
    expect((await refusal(trained())).replace(out(), 'OUT')).toBe(without);
    expect([await contents(), await recorded()]).toEqual(before);
  });

  it('begins again where it is told to, with nothing of the old one', async () => {
    await trained();
    const { start } = await recorded();
    const weights = await readFile(out(WEIGHTS));
    await rm(out(CHECKPOINT));
    await writeFile(out('notes.txt'), 'mine');
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await trained([], { fresh: true })).toMatchObject({ end: 'done', epochs: 2 });
    expect((await recorded()).start > start).toBe(true);
    expect(await linesOf(out(LOG))).toHaveLength(2);
    expect(weights.equals(await readFile(out(WEIGHTS)))).toBe(true);
    expect(await readFile(out('notes.txt'), 'utf8')).toBe('mine');
  });
});

describe('a training is refused', () => {
  const falling = 'optimizer={ name: adam, schedule: cosine }';
  it.each<[string, string[], string[], string]>([
    ['of another batch', [], ['batch=2'], 'batch is 4 there, here 2'],
    ['of other pictures', [], ['data.resize=40'], 'data.resize is 32 there, here 40'],
    ['whose rate stayed', [], [falling], 'optimizer.schedule is not given there, here cosine'],
    ['whose rate fell', [falling], [], 'optimizer.schedule is cosine there, here not given'],
    [
      'whose rate fell towards another end',
      [falling],
      [falling, 'epochs=3'],
      'epochs is 2 there, here 3',
    ],
  ])('in the folder of one %s', async (_, before, now, said) => {
    await trained(before);
    expect(await refusal(trained(now))).toBe(
      `output: ${out()}: holds results of another config (${said}); use --fresh to replace them or --out for another folder`,
    );
  });

  it('where the weights that it began with are others', async () => {
    await trained();
    await copyFile(out(WEIGHTS), at('first.safetensors'));
    const from = [`from=${at('first.safetensors')}`, `output=${at('on')}`];
    await trained(from);
    expect((await readRecord(at('on')))!.inputs).toEqual([
      {
        of: 'first weights',
        file: 'first.safetensors',
        sha256,
      },
      { of: 'training images', file: 'folder', sha256 },
    ]);
    await trained(['seed=2', `output=${at('other')}`]);
    await copyFile(at('other', WEIGHTS), at('first.safetensors'));
    expect(await refusal(trained(from))).toMatch(
      /holds results of other first weights \(first\.safetensors, SHA-256 [0-9a-f]{12}…\); use/,
    );
  });

  it('where its pictures are others, though their names are the same', async () => {
    await interrupted();
    const [first, second] = (await readdir(at('pictures'), { recursive: true }))
      .filter((name) => name.endsWith('.png'))
      .map((name) => at('pictures', name));
    await copyFile(second!, first!);
    expect(await refusal(trained())).toMatch(
      /holds results of other training images \(folder, SHA-256 [0-9a-f]{12}…\); use/,
    );
  });

  it('with a checkpoint of another training', async () => {
    await trained();
    await trained(['seed=2', `output=${at('other')}`]);
    await copyFile(at('other', CHECKPOINT), out(CHECKPOINT));
    expect(await refusal(trained())).toContain(
      `${out(CHECKPOINT)}: a checkpoint of another training (cifar-cnn), expected one of this config`,
    );
  });

  it.each([
    ['batch=9', /^batch: 9, expected at most 8, the training images of /],
    ['stopAt.accuracy=0.5', /^stopAt: folder has no test images, expected no stopAt$/],
  ])('with %s, before anything is written', async (change, said) => {
    expect(await refusal(trained([change]))).toMatch(said);
    expect(await readdir(at())).not.toContain('out');
  });
});
