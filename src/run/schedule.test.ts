// The schedule under scripted workers: what it hands out, and which images it accepts, however slow or
// out of order the predictions come.
import { describe, expect, it } from 'vitest';
import { keyedRandom, permutation } from '../random.js';
import type { Prediction } from '../subject/images.js';
import { type Next, type Queued, Schedule } from './schedule.js';

/** A cell of an image under an attack at an ε; groups are attacks. */
interface Cell {
  readonly image: number;
  readonly attack: number;
  readonly epsilon: number;
}
const cell = (image: number, epsilon: number): Cell => ({ image, attack: 0, epsilon });
const failed = () => [];
/** A cell as it is planned for a class. */
const planned = (cell: Cell, label: number | undefined) => ({
  ...{ cell: { ...cell, label }, key: `${cell.image} ${cell.attack} ${cell.epsilon}`, failed },
  ...{ group: String(cell.attack), title: 'attack', steps: 1, rows: 1 },
});
const queued = (cell: Cell, label: number | undefined): Queued => ({
  ...planned(cell, label),
  unit: cell.image,
});
const prediction = (label: number): Prediction => ({ label, top5: [label] });
/** Lets everything happen that can happen now. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

const predict = (...images: number[]): Next => ({ kind: 'predict', images });
const compute = (label: number | undefined, ...cells: Cell[]): Next => ({
  kind: 'cells',
  cells: cells.map((cell) => queued(cell, label)),
});

/** A schedule of images with two cells each that accepts those of an even label. */
const scheduleOf = (
  candidates: readonly number[],
  count: number,
  cells = (image: number): readonly Cell[] => [cell(image, 1), cell(image, 2)],
  batch = 1,
) =>
  new Schedule({
    ...{ candidates, count, batch },
    accept: (_, of) => of !== undefined && of.label % 2 === 0,
    cells: (image, of) => cells(image).map((cell) => planned(cell, of?.label)),
  });

/** What `next` gives, or `waiting` while it does not. */
function asked(schedule: Schedule) {
  const state: { job: Next | 'waiting' | undefined } = { job: 'waiting' };
  const whenGiven = schedule.next().then((job) => {
    state.job = job;
  });
  return { state, whenGiven };
}

describe('a schedule', () => {
  it('hands out the cells of an accepted image before it tries another', async () => {
    const schedule = scheduleOf([5, 3], 2);
    expect(await schedule.next()).toEqual(predict(5));
    schedule.predicted(5, prediction(4));
    expect(await schedule.next()).toEqual(compute(4, cell(5, 1)));
    expect(await schedule.next()).toEqual(compute(4, cell(5, 2)));
    expect(await schedule.next()).toEqual(predict(3));
  });

  it('accepts in the order of candidates, not of predictions', async () => {
    const schedule = scheduleOf([5, 3, 8], 2);
    await schedule.next();
    await schedule.next();
    schedule.predicted(3, prediction(0));
    expect([schedule.used, schedule.tried]).toEqual([[], 0]);
    schedule.predicted(5, prediction(0));
    expect([schedule.used, schedule.tried]).toEqual([[5, 3], 2]);
  });

  it('asks for no more predictions than may be needed, and waits for them', async () => {
    const schedule = scheduleOf([5, 3, 8], 1);
    await schedule.next();
    const { state, whenGiven } = asked(schedule);
    await settle();
    expect(state.job).toBe('waiting');
    schedule.predicted(5, prediction(1));
    await whenGiven;
    expect(state.job).toEqual(predict(3));
  });

  it('wakes those who wait when an image brings cells', async () => {
    const schedule = scheduleOf([5, 3], 1);
    await schedule.next();
    const waiting = [asked(schedule), asked(schedule), asked(schedule)];
    await settle();
    schedule.predicted(5, prediction(0));
    await Promise.all(waiting.map(({ whenGiven }) => whenGiven));
    expect(waiting.map(({ state }) => state.job)).toEqual([
      compute(0, cell(5, 1)),
      compute(0, cell(5, 2)),
      undefined,
    ]);
  });

  it('ends when no candidates are left, with fewer images than asked', async () => {
    const schedule = scheduleOf([5, 3], 2);
    await schedule.next();
    await schedule.next();
    const { state, whenGiven } = asked(schedule);
    schedule.predicted(3, prediction(1));
    await settle();
    expect(state.job).toBe('waiting');
    schedule.predicted(5, prediction(1));
    await whenGiven;
    expect(state.job).toBeUndefined();
    expect([schedule.used, schedule.tried]).toEqual([[], 2]);
  });

  it('has nothing to do without candidates', async () => {
    expect(await scheduleOf([], 3).next()).toBeUndefined();
  });

  it('hands out only what is missing of a run that is continued', async () => {
    const schedule = scheduleOf([5, 3], 2, (image) => (image === 5 ? [] : [cell(3, 2)]));
    await schedule.next();
    schedule.predicted(5, prediction(0));
    expect(await schedule.next()).toEqual(predict(3));
    schedule.predicted(3, prediction(0));
    expect(await schedule.next()).toEqual(compute(0, cell(3, 2)));
    expect(await schedule.next()).toBeUndefined();
    expect(schedule.used).toEqual([5, 3]);
  });

  it('wakes everyone and gives out nothing once it is closed', async () => {
    const schedule = scheduleOf([5], 1);
    await schedule.next();
    const waiting = [asked(schedule), asked(schedule)];
    await settle();
    schedule.close();
    await Promise.all(waiting.map(({ whenGiven }) => whenGiven));
    expect(waiting.map(({ state }) => state.job)).toEqual([undefined, undefined]);
    schedule.predicted(5, prediction(0));
    expect(await schedule.next()).toBeUndefined();
  });
});

describe('any number of workers', () => {
  /** Workers that finish their jobs in random order; gives what they were handed. */
  async function work(
    schedule: Schedule,
    labels: readonly number[],
    workers: number,
    seed: number,
  ) {
    const random = keyedRandom('workers', seed);
    const busy: (() => void)[] = [];
    const given: Next[] = [];
    let ended = 0;
    for (let w = 0; w < workers; w++)
      (async () => {
        for (;;) {
          const job = await schedule.next();
          if (job === undefined) break;
          given.push(job);
          await new Promise<void>((resolve) => busy.push(resolve));
          if (job.kind === 'predict')
            for (const image of job.images) schedule.predicted(image, prediction(labels[image]!));
        }
        ended++;
      })();
    for (await settle(); busy.length > 0; await settle())
      busy.splice(random.below(busy.length), 1)[0]!();
    expect(ended).toBe(workers);
    return given;
  }

  it('uses the same images and computes every cell that is missing once', async () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = keyedRandom('schedule', seed);
      const images = random.below(13);
      const candidates = permutation(images, random);
      const often = 1 + random.below(4);
      const labels = candidates.map(() => 10 * random.below(often) + (random.below(often) ? 1 : 0));
      const count = 1 + random.below(images + 2);
      const done = new Set(
        candidates.flatMap((i) =>
          [1, 2, 3].filter(() => random.below(3) === 0).map((e) => `${i} ${e}`),
        ),
      );
      const missing = (image: number) =>
        [1, 2, 3].filter((e) => !done.has(`${image} ${e}`)).map((e) => cell(image, e));

      // one after another, as a single slow worker would
      const accepted: number[] = [];
      let tried = 0;
      while (tried < images && accepted.length < count) {
        const image = candidates[tried++]!;
        if (labels[image]! % 2 === 0) accepted.push(image);
      }

      const batch = 1 + random.below(5);
      const schedule = scheduleOf(candidates, count, missing, batch);
      const given = await work(schedule, labels, 1 + random.below(6), seed);
      expect(schedule.used, `seed ${seed}`).toEqual(accepted);
      expect(schedule.tried, `seed ${seed}`).toBe(tried);
      const predicted = given.flatMap((job) => (job.kind === 'predict' ? job.images : []));
      expect(predicted, `seed ${seed}`).toEqual(candidates.slice(0, tried));
      const computed = given.flatMap((job) => (job.kind === 'cells' ? job.cells : []));
      expect(computed, `seed ${seed}`).toEqual(
        accepted.flatMap((image) => missing(image).map((cell) => queued(cell, labels[image]))),
      );
      for (const job of given) {
        const size = job.kind === 'predict' ? job.images.length : job.cells.length;
        expect(size, `seed ${seed}`).toBeGreaterThan(0);
        expect(size, `seed ${seed}`).toBeLessThanOrEqual(batch);
      }
    }
  });
});

describe('batches', () => {
  /** Two attacks on each image at two ε. */
  const four = (image: number): Cell[] =>
    [0, 1].flatMap((attack) => [1, 2].map((epsilon) => ({ image, attack, epsilon })));
  const attackOf = (image: number, attack: number): Cell[] =>
    four(image).filter((cell) => cell.attack === attack);

  it('are of one group, and full as long as images come that can fill them', async () => {
    const schedule = scheduleOf([1, 2, 3], 3, four, 4);
    expect(await schedule.next()).toEqual(predict(1, 2, 3));
    for (const image of [1, 2, 3]) schedule.predicted(image, prediction(0));
    for (const attack of [0, 1])
      expect(await schedule.next()).toEqual(
        compute(0, ...attackOf(1, attack), ...attackOf(2, attack)),
      );
    for (const attack of [0, 1])
      expect(await schedule.next()).toEqual(compute(0, ...attackOf(3, attack)));
    expect(await schedule.next()).toBeUndefined();
  });

  it('wait for predictions that are under way', async () => {
    const schedule = scheduleOf([1, 2], 2, four, 3);
    await schedule.next();
    schedule.predicted(1, prediction(0));
    const { state, whenGiven } = asked(schedule);
    await settle();
    expect(state.job).toBe('waiting');
    schedule.predicted(2, prediction(1));
    await whenGiven;
    expect(state.job).toEqual(compute(0, ...attackOf(1, 0)));
  });

  it('do not wait for predictions that can bring nothing', async () => {
    const schedule = scheduleOf([1, 2, 3], 1, four, 3);
    expect(await schedule.next()).toEqual(predict(1));
    expect(schedule.upcoming()).toEqual([2, 3]);
    schedule.predicted(1, prediction(0));
    expect(await schedule.next()).toEqual(compute(0, ...attackOf(1, 0)));
    expect(schedule.upcoming()).toEqual([]);
  });
});

describe('a plain list', () => {
  /** Units of two cells each in two groups, all used without a prediction. */
  const two = (unit: number) => [0, 1].map((attack) => ({ image: unit, attack, epsilon: 1 }));
  const listOf = (units: number, batch: number, cells = two) =>
    new Schedule({
      candidates: Array.from({ length: units }, (_, i) => i),
      ...{ count: units, batch },
      cells: (unit, of) => cells(unit).map((cell) => planned(cell, of?.label)),
    });
  const inGroup = (attack: number, ...units: number[]) =>
    compute(undefined, ...units.map((image) => ({ image, attack, epsilon: 1 })));

  it('is used as a whole, in batches of one group, without a prediction', async () => {
    const schedule = listOf(5, 2);
    expect([schedule.used, schedule.tried]).toEqual([[0, 1, 2, 3, 4], 5]);
    expect(schedule.upcoming()).toEqual([]);
    expect(schedule.predictionOf(0)).toBeUndefined();
    const jobs: (Next | undefined)[] = [];
    for (let n = 0; n < 7; n++) jobs.push(await schedule.next());
    // full batches first, then what is left of each group
    expect(jobs).toEqual([
      ...[inGroup(0, 0, 1), inGroup(0, 2, 3), inGroup(1, 0, 1), inGroup(1, 2, 3)],
      ...[inGroup(0, 4), inGroup(1, 4), undefined],
    ]);
  });

  it('is used up to its count', async () => {
    const cells = (unit: number) => [planned(cell(unit, 1), undefined)];
    const schedule = new Schedule({ candidates: [7, 8, 9], count: 2, batch: 5, cells });
    expect(await schedule.next()).toEqual(compute(undefined, cell(7, 1), cell(8, 1)));
    expect(await schedule.next()).toBeUndefined();
    expect([schedule.used, schedule.tried]).toEqual([[7, 8], 2]);
  });

  it('gives only what is missing of a run that is continued', async () => {
    const schedule = listOf(3, 2, (unit) =>
      unit === 1 ? [] : two(unit).slice(unit === 0 ? 1 : 0),
    );
    expect(await schedule.next()).toEqual(inGroup(1, 0, 2));
    expect(await schedule.next()).toEqual(inGroup(0, 2));
    expect(await schedule.next()).toBeUndefined();
    expect(schedule.used).toEqual([0, 1, 2]);
  });

  it.each<[string, Schedule]>([
    ['without units', listOf(0, 2)],
    ['of units that are finished', listOf(3, 2, () => [])],
  ])('%s has nothing to do', async (_, schedule) => {
    expect(await schedule.next()).toBeUndefined();
  });

  it('gives nothing more once it is closed', async () => {
    const schedule = listOf(3, 2);
    await schedule.next();
    schedule.close();
    expect(await schedule.next()).toBeUndefined();
  });
});
