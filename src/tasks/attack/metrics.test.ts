// The metrics of a row on maps and images whose similarities follow from their definitions by hand, and what the table
// of metrics says of each.
import { describe, expect, it } from 'vitest';
import { drawsOf } from '../../explain/testing/draws.js';
import { centerShift } from '../../metric/center.js';
import { imageSimilarity } from '../../metric/image.js';
import { kendall } from '../../metric/kendall.js';
import { mse } from '../../metric/mse.js';
import { outputErrors, softmax } from '../../metric/output.js';
import { pcc } from '../../metric/pcc.js';
import { regionShare } from '../../metric/share.js';
import { spearman } from '../../metric/spearman.js';
import { ssim } from '../../metric/ssim.js';
import { topKIntersection } from '../../metric/topk.js';
import { keyedRandom } from '../../random.js';
import { summaryColumns } from '../../record/summary.js';
import { formatRows } from '../../record/table.js';
import {
  addedMetrics,
  captions,
  differsBy,
  type MetricName,
  measured,
  measureOf,
  metricNames,
  metrics,
  metricsOf,
  metricVersions,
  type Of,
  pairOf,
  printedMetrics,
  summarized,
} from './metrics.js';
import { resultColumns } from './results.js';

const [HEIGHT, WIDTH] = [12, 15];
const PIXELS = HEIGHT * WIDTH;
/** A map with all its mass on one pixel. */
const spike = (row: number, column: number) => {
  const map = new Float32Array(PIXELS);
  map[row * WIDTH + column] = 1;
  return map;
};
const evaluation = (map: Float32Array, scores = [0, 0]) => ({
  map,
  scores: Float32Array.from(scores),
});
/** An image of one gray level per channel. */
const flat = (...levels: readonly number[]) =>
  Float32Array.from({ length: 3 * PIXELS }, (_, i) => levels[Math.floor(i / PIXELS)]!);
const noise = (key: string, length = PIXELS) => {
  const random = keyedRandom('comparison', key);
  return Float32Array.from({ length }, () => random.uniform() / PIXELS);
};

/** An image with its map and scores. */
const seen = (map: Float32Array, scores?: number[], x: Float32Array = flat(0, 0, 0)) => ({
  x,
  evaluation: evaluation(map, scores),
});
type Seen = ReturnType<typeof seen>;
/** A pair, of which the clean image is of class 1. */
const pair = (clean: Seen, perturbed: Seen, { k = 1, ...more }: Partial<Parts> = {}) =>
  pairOf(
    { ...clean, label: 1, target: Float32Array.of(0, 1), draws: drawsOf(clean.x), ...more },
    perturbed,
    { height: HEIGHT, width: WIDTH, k },
    more.region,
  );
interface Parts {
  readonly k: number;
  readonly goal: Float32Array;
  readonly center: readonly [number, number];
  readonly region: Float32Array;
}
const compare = (a: Float32Array, b: Float32Array, k = 1) =>
  measured(pair(seen(a), seen(b), { k }), 'maps');

describe('two maps', () => {
  it('are compared pixel by pixel', () => {
    const found = compare(spike(2, 3), spike(5, 7));
    expect(found.topk_intersection).toBe(0);
    expect(found.center_shift).toBe(5);
    expect(found.mse).toBeCloseTo(2 / PIXELS, 15);
    // of two different spikes on n pixels: (0 − 1/n²) / (1/n − 1/n²); ranks of two values change nothing
    for (const metric of ['pcc', 'spearman', 'kendall'] as const)
      expect(found[metric], metric).toBeCloseTo(-1 / (PIXELS - 1), 12);
  });

  it('of one order have perfect rank correlations, whatever their values', () => {
    const map = noise('a');
    const found = compare(
      map,
      map.map((v) => v * v * PIXELS),
      20,
    );
    expect(found.spearman).toBeCloseTo(1, 12);
    expect(found.kendall).toBeCloseTo(1, 12);
    expect(found.topk_intersection).toBe(1);
    expect(found.pcc).toBeLessThan(0.99);
    expect(found.pcc).toBeGreaterThan(0.9);
  });

  it('with every two neighbors exchanged are nearly in one order', () => {
    const rising = Float32Array.from({ length: PIXELS }, (_, i) => i);
    const found = compare(
      rising,
      rising.map((i) => i ^ 1),
    );
    // all ranks are off by one; n/2 of the n(n − 1)/2 pairs are turned round
    expect(found.spearman).toBeCloseTo(1 - 6 / (PIXELS ** 2 - 1), 12);
    expect(found.kendall).toBeCloseTo(1 - 2 / (PIXELS - 1), 12);
  });

  it('share the part of their k largest pixels that k asks for', () => {
    const falling = Float32Array.from({ length: PIXELS }, (_, i) => PIXELS - i);
    // the 30 largest of one are pixels 0 to 29, of the other 15 to 44
    const shifted = falling.map((_, i) => falling[(i + PIXELS - 15) % PIXELS]!);
    expect(compare(falling, shifted, 30).topk_intersection).toBe(0.5);
    expect(compare(falling, shifted, 15).topk_intersection).toBe(0);
  });

  it('have the range of the clean one in their structural similarity', () => {
    const [a, b] = [noise('a'), noise('b').map((v) => 10 * v)];
    expect(ssim(a, b, HEIGHT, WIDTH)).not.toBe(ssim(b, a, HEIGHT, WIDTH));
    expect(compare(a, b).ssim).toBe(ssim(a, b, HEIGHT, WIDTH));
    expect(compare(a, a).ssim).toBeCloseTo(1, 12);
  });

  it('come with the distance of the scores', () => {
    const a = seen(spike(0, 0), [0, Math.log(3)]); // probabilities 1/4 and 3/4
    const b = seen(spike(0, 0), [5, 5]);
    const found = measured(pair(a, b), 'clean', 'perturbed', 'outputs');
    expect(found.output_change).toBeCloseTo(Math.SQRT2 / 4, 7);
    expect(found.softmax_mse_half).toBeCloseTo(1 / 32, 7);
    expect(found.logit_mse_half).toBeCloseTo((25 + (5 - Math.log(3)) ** 2) / 4, 5);
    // of class 1
    expect(found.confidence).toBeCloseTo(3 / 4, 7);
    expect(found.confidence_perturbed).toBe(1 / 2);
  });

  it.each([
    ['clean', new Float32Array(PIXELS).fill(1 / PIXELS), noise('a')],
    ['perturbed', noise('a'), new Float32Array(PIXELS).fill(1 / PIXELS)],
    ['vanished', noise('a'), new Float32Array(PIXELS)],
  ])('have no correlation where the %s one is constant', (which, a, b) => {
    const found = compare(a, b);
    expect([found.spearman, found.kendall, found.pcc]).toEqual([undefined, undefined, undefined]);
    // a map of zeros has no center either
    const shift = which === 'vanished' ? /^,$/ : /^,\d/;
    expect(formatRows([found], ['spearman', 'center_shift']).trim()).toMatch(shift);
  });

  it('are as far apart as their centers without fractions, where the clean one has such a center', () => {
    // centers (5½, 7) and (2, 3)
    const half = spike(5, 7).map((v, i) => v + spike(6, 7)[i]!);
    const shift = (more: Partial<Parts>) =>
      measured(pair(seen(spike(2, 3)), seen(half), more), 'maps').center_shift;
    expect(shift({})).toBeCloseTo(Math.hypot(3.5, 4), 6);
    expect(shift({ center: [2, 3] })).toBe(5);
    expect(shift({ center: [5, 3] })).toBe(4);
  });
});

describe('two images', () => {
  const compareImages = (a: Float32Array, b: Float32Array) =>
    measured(
      pair(seen(noise('a'), undefined, a), seen(noise('b'), undefined, b)),
      'perturbed',
      'images',
    );

  it('are as far apart as the value that changed most, in gray levels', () => {
    const [a, b] = [flat(10, 20, 30), flat(10, 20, 30)];
    b[5] = 6.5;
    b[2 * PIXELS + 7] = 34;
    expect(compareImages(a, b).linf).toBe(4);
  });

  it('are scaled to [0, 1] for the other measures', () => {
    const [a, b] = [
      [0, 51, 255],
      [51, 102, 153],
    ] as const;
    const found = compareImages(flat(...a), flat(...b));
    expect(found.linf).toBe(102);
    // differences of 0.2, 0.2 and 0.4
    expect(found.image_mse).toBeCloseTo(0.24 / 3, 12);
    // where nothing varies within a channel, only its level counts
    const level = (x: number, y: number) => (2 * x * y + 1e-4) / (x * x + y * y + 1e-4);
    expect(found.image_ssim).toBeCloseTo((level(0, 0.2) + level(0.2, 0.4) + level(1, 0.6)) / 3, 9);
    // deviations (−.4, −.2, .6) and (−.2, 0, .2)
    expect(found.image_pcc).toBeCloseTo(0.2 / Math.sqrt(0.56 * 0.08), 12);
  });
});

describe('every metric', () => {
  const [a, b, goal] = [noise('clean'), noise('perturbed'), noise('goal')];
  const [x, y] = ['x', 'y'].map((key) => noise(key, 3 * PIXELS).map((v) => 255 * PIXELS * v));
  const [before, after] = [
    [0.5, 2],
    [1.5, -1],
  ];
  const region = Float32Array.from({ length: PIXELS }, (_, i) => (i % 7 === 0 ? 1 : 0));
  const whole = pair(seen(a, before, x), seen(b, after, y), { k: 20, goal, region });
  const all = ['clean', 'perturbed', 'maps', 'target', 'images', 'outputs', 'region'] as const;

  const images = imageSimilarity(x!, y!, 3, HEIGHT, WIDTH);
  const outputs = outputErrors(Float32Array.from(before!), Float32Array.from(after!));
  const expected: Readonly<Record<MetricName, readonly [Of, number | undefined]>> = {
    confidence: ['clean', softmax(Float32Array.from(before!))[1]],
    confidence_perturbed: ['perturbed', softmax(Float32Array.from(after!))[1]],
    linf: ['perturbed', Math.max(...Array.from(x!, (v, i) => Math.abs(v - y![i]!)))],
    topk_intersection: ['maps', topKIntersection(a, b, 20)],
    spearman: ['maps', spearman(a, b)],
    kendall: ['maps', kendall(a, b)],
    center_shift: ['maps', centerShift(a, b, HEIGHT, WIDTH)],
    ssim: ['maps', ssim(a, b, HEIGHT, WIDTH)],
    pcc: ['maps', pcc(a, b)],
    mse: ['maps', mse(a, b)],
    target_ssim: ['target', ssim(goal, b, HEIGHT, WIDTH)],
    target_pcc: ['target', pcc(goal, b)],
    target_mse: ['target', mse(goal, b)],
    image_ssim: ['images', images.ssim],
    image_pcc: ['images', images.pcc],
    image_mse: ['images', images.mse],
    output_change: ['outputs', outputs.outputChange],
    logit_mse_half: ['outputs', outputs.logitMseHalf],
    softmax_mse_half: ['outputs', outputs.softmaxMseHalf],
    region_share: ['region', regionShare(a, region)],
    region_share_perturbed: ['region', regionShare(b, region)],
  };

  it('is in the table, with a value of its own', () => {
    expect(Object.keys(expected)).toEqual(metricNames);
    const values = metricNames.map((name) => measured(whole, ...all)[name]);
    expect(new Set(values).size).toBe(metricNames.length);
  });

  it.each(metricNames)('%s is what its function gives, and no metric of other kinds', (name) => {
    const [kind, value] = expected[name];
    expect(value).toEqual(expect.any(Number));
    expect(measured(whole, ...all)[name]).toBe(value);
    expect(metrics[name].of).toBe(kind);
    expect(measured(whole, kind)).toHaveProperty(name);
    for (const other of all)
      if (other !== kind) expect(measured(whole, other), other).not.toHaveProperty(name);
  });

  it.each(metricNames)('%s has a column in results.csv, and a version', (name) => {
    expect(resultColumns).toContain(name);
    expect(metricVersions(all)).toHaveProperty(`metric ${name}`, metrics[name].version);
    expect(metrics[name].version).toBeGreaterThanOrEqual(1);
  });

  it.each(metricNames)('%s is summarized, unless it is of the clean image alone', (name) => {
    expect((summarized as readonly string[]).includes(name)).toBe(metrics[name].of !== 'clean');
    expect(summaryColumns(summarized).includes(`${name}_mean_common`)).toBe(
      metrics[name].of !== 'clean',
    );
  });

  const relative = 'linf center_shift mse target_mse image_mse logit_mse_half'.split(' ');
  it.each(metricNames)('%s differs as it is, or as a part where it has no scale', (name) => {
    expect(differsBy(name)).toBe(relative.includes(name) ? 'relative' : 'absolute');
  });

  it.each(metricNames)('%s is shown under its column', (name) => {
    const { column, words, format } = measureOf(name);
    expect(column).toBe(name);
    expect(words).not.toBe('');
    expect(format).toMatch(/^\.\d[ef]$/);
  });
});

describe('metrics', () => {
  it('are computed once for all that share them', () => {
    const { images, outputs } = pair(seen(noise('a')), seen(noise('b')));
    expect(images()).toBe(images());
    expect(outputs()).toBe(outputs());
  });

  it.each(['target', 'region'] as const)('of a %s have no value where there is none', (kind) => {
    const found = measured(pair(seen(noise('a')), seen(noise('b'))), kind);
    const names = metricsOf(kind);
    expect(Object.keys(found)).toEqual(names);
    expect(Object.values(found)).toEqual(names.map(() => undefined));
  });

  it('come kind by kind as they are asked for', () => {
    expect(metricsOf('target', 'perturbed')).toEqual([
      ...['target_ssim', 'target_pcc', 'target_mse', 'confidence_perturbed', 'linf'],
    ]);
    expect(Object.keys(metricVersions(['target', 'clean']))).toEqual([
      ...['metric target_ssim', 'metric target_pcc', 'metric target_mse', 'metric confidence'],
    ]);
  });

  it('that older tables may lack are those of a region', () => {
    expect(addedMetrics).toEqual(metricsOf('region'));
  });

  it('are in captions and in the printed table once each', () => {
    for (const [what, list] of Object.entries({ captions, printedMetrics })) {
      const names = list.map(([name]) => name);
      expect(names.length, what).toBeGreaterThan(0);
      expect(new Set(names).size, what).toBe(names.length);
      // a clean image alone has nothing to say of an attack
      for (const name of names) expect(summarized, `${what}: ${name}`).toContain(name);
    }
  });
});
