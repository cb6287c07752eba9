// Every figure as a drawing: what changes in it shows in the files beside this one.
import { mean } from 'simple-statistics';
import { describe, expect, it } from 'vitest';
import { summarize } from '../../record/summary.js';
import { angles, attackRows, log, matchRows, tracePoints } from '../../report/testing/runs.js';
import { summarized } from '../../tasks/attack/metrics.js';
import type { PublishedValue } from '../../tasks/attack/published.js';
import { attackMeasures, matchMeasures } from '../../tasks/attack/report.js';
import type { ResultRow } from '../../tasks/attack/results.js';
import { chartSvg, type Figure, figurePng, figureSvg, vegaOf } from '../figure.js';
import { outlined } from '../outlined.js';
import { boxes } from './boxes.js';
import { curves } from './curves.js';
import { frontiers } from './frontier.js';
import { histogram } from './histogram.js';
import { overBeta } from './over-beta.js';
import { overPercent } from './over-percent.js';
import { overStrength } from './over-strength.js';
import { paired } from './paired.js';
import { points } from './points.js';
import { trace } from './trace.js';
import { training } from './training.js';
import { type TurningPoint, turning } from './turning.js';

const paper: PublishedValue = {
  ...{ dataset: 'embedded', model: 'cifar-cnn', method: 'gradient', attack: 'top-k', epsilon: 8 },
  ...{ metric: 'spearman', value: 0.3 },
};
const summaryOf = (rows: readonly ResultRow[]) => summarize(rows, summarized);
const left = { title: 'What is left', measures: attackMeasures, notes: ['means'] };
const curvesOf = (rows = attackRows(), published: PublishedValue[] = []) =>
  curves({ ...left, name: 'curves', rows: summaryOf(rows), published });

/** Values that grow with β, each image with a factor of its own. */
const curved = [1, 10, 100].flatMap((beta) =>
  [1, 2, 3, 5, 8].map((image) => ({ beta, value: image * beta ** 0.8 })),
);
const curvatures = (series = 'net') =>
  overBeta('over-beta', 'Curvature', series, [{ words: '|λ|max', points: curved }], ['5 images']);

/** Two paths that keep the bound, and one of the second β that breaks it. */
const turned: readonly TurningPoint[] = ['a', 'b', 'c'].flatMap((image, i) =>
  [0, 0.1, 0.2, 0.4].map((length) => ({
    ...{ image, beta: i < 2 ? 3 : 30, length, bound: (i + 1) * length },
    turned: i === 2 && length > 0.1 ? 1.5 : 0.9 * length,
  })),
);

/** A manipulation that is undone as β falls, and one that is not. */
const undone = [1, 3, 10, 30, 100].flatMap((strength) =>
  [0, 1, 2].flatMap((pair) => [
    { series: 'with the original', strength, value: 0.8 - 0.2 * Math.log10(strength) + pair / 20 },
    { series: 'with the target', strength, value: 0.2 + 0.3 * Math.log10(strength) + pair / 20 },
  ]),
);
const strengths = () => {
  const of = (title: string, axis: string, zone?: readonly [number, number]) => ({
    ...{ title, axis, points: undone, zone },
  });
  const none = { title: 'lrp', axis: 'noise', points: [] };
  const rows = [
    [of('gradient', 'β', [1, 3]), of('gradient', 'noise')],
    [of('lrp', 'β'), none],
  ];
  return overStrength('over-strength', 'Smoothed', rows, ['3 pairs']);
};

/** Pairs under two smoothings, one of which helps. */
const conditions = () => {
  const points = [0.3, 0.5, 0.9].flatMap((y, i) => [
    { series: 'beta3', x: y - 0.2, y, image: `image-${i}` },
    { series: 'beta10', x: y, y, image: `image-${i}` },
  ]);
  const axes = { x: 'smoothed', y: 'not smoothed' };
  const charts = [
    { title: 'gradient', ...axes, points },
    { title: 'lrp', ...axes, points: [{ series: 'beta3', x: -0.25, y: 0.1, image: 'image-0' }] },
    { title: 'none', ...axes, points: [] },
  ];
  return paired('paired', 'Attacked', charts, ['3 pairs']);
};
const costs = () =>
  frontiers('frontier', 'What attacks gain', [
    {
      title: 'gradient',
      points: [1, 2, 4].flatMap((rms) => [
        { series: 'plain', attack: `rate-${rms}`, rms, gain: 0.2 * rms, pairs: 3 },
        { series: 'beta3', attack: `rate-${rms}`, rms: 1.5 * rms, gain: 0.15 * rms, pairs: 3 },
      ]),
    },
    { title: 'none', points: [] },
  ]);

/** Two methods, one of which finds the pixels that matter sooner. */
const percents = () => {
  const points = [0, 10, 20, 60, 100].flatMap((percent) => [
    { series: 'lrp', percent, value: Math.exp(-percent / 10), images: 5 },
    { series: 'random', percent, value: Math.exp(-percent / 40), images: 5 },
  ]);
  return overPercent('over-percent', 'Without pixels', [
    { title: 'accuracy', points },
    { title: 'confidence', points },
  ]);
};

const figures: Readonly<Record<string, () => Figure>> = {
  curves: () => curvesOf(attackRows(), [paper]),
  points: () => {
    const rows = [...attackRows(), ...attackRows({ method: 'lrp' })];
    const summary = summaryOf(rows.filter(({ epsilon }) => epsilon === 8));
    return points({ ...left, name: 'points', rows: summary, published: [paper] });
  },
  boxes: () => boxes('boxes', 'Maps given', summaryOf(matchRows()), matchMeasures, []),
  histogram: () => histogram('angles', 'Angles', 'angle, °', new Map([['net', angles]]), []),
  trace: () => trace('trace', 'Along the iterations', tracePoints, attackMeasures, ['ε = 8']),
  'over-beta': () => curvatures(),
  'over-percent': percents,
  'over-strength': strengths,
  paired: conditions,
  frontier: costs,
  turning: () => turning('turning', 'Turn of the normal', 'net', turned, []),
  training: () => training('training', 'Training', log),
};

describe('figures', () => {
  it.each(Object.entries(figures))('%s', async (name, figure) => {
    await expect(`${await figureSvg(figure())}\n`).toMatchFileSnapshot(`drawings/${name}.svg`);
  });

  it('have what the summary says, and count the labels lost', () => {
    const chart = curvesOf(attackRows(), [paper]).rows[0]![1]!;
    const values = attackRows().flatMap(({ attack, epsilon, spearman }) =>
      attack === 'top-k' && epsilon === 8 ? (spearman ?? []) : [],
    );
    const at = (of: string) =>
      chart.data.find((d) => d.of === of && d.series === 'top-k' && d.epsilon === 8);
    expect(at('here')).toMatchObject({ images: 3, lost: 1 });
    expect(at('here')!.mean).toBeCloseTo(mean(values), 12);
    expect(at('paper')).toEqual({
      ...{ of: 'paper', method: 'gradient', series: 'top-k', epsilon: 8, mean: 0.3 },
    });
  });

  it('leave out what is published beyond the axis', () => {
    const { rows, notes } = curvesOf(attackRows(), [
      { ...paper, epsilon: 1 },
      { ...paper, epsilon: 16 },
    ]);
    expect(rows.flat().flatMap(({ data }) => data.filter(({ of }) => of === 'paper'))).toEqual([]);
    expect(notes).toEqual(['means']);
  });

  it('have one axis for a metric of several methods', () => {
    const rows = [...attackRows(), ...attackRows({ method: 'lrp', center_shift: 50 })];
    const [, , shifts] = curvesOf(rows).rows;
    const domains = shifts!.map((chart) => JSON.stringify(chart.draw({})).match(/"domain":.*?]/g));
    expect(domains[0]).toContain('"domain":[0,50]');
    expect(domains[1]).toEqual(domains[0]);
  });

  it('count each angle once, the right one too', () => {
    const chart = figures.histogram!().rows[0]![0]!;
    expect(chart.data.reduce((sum, bar) => sum + Number(bar.images), 0)).toBe(angles.length);
  });

  it.each([
    ...['constructor', 'toString', '__proto__', 'hasOwnProperty', 'datum', '"', '\\', '</svg>'],
    ...['{signal: "x"}', 'a[0].b', '=1+1', 'null', '𝛽 🦌'],
  ])('have methods, attacks and titles of any name: %s', async (name) => {
    const both = (rows: ResultRow[]) => [
      ...rows.map((row) => ({ ...row, method: name })),
      ...rows.map((row) => ({ ...row, attack: name })),
    ];
    const rows = both(attackRows());
    const at8 = summaryOf(rows.filter(({ epsilon }) => epsilon === 8));
    const traced = tracePoints.flatMap((p) => [
      { ...p, method: name },
      { ...p, attack: name, image: name },
    ]);
    for (const figure of [
      curves({ ...left, name, title: name, rows: summaryOf(rows), published: [] }),
      points({ ...left, name, title: name, rows: at8, published: [] }),
      boxes(name, name, summaryOf(both(matchRows())), matchMeasures, [name]),
      histogram(name, name, name, new Map([[name, angles]]), [name]),
      trace(name, name, traced, attackMeasures, [name]),
      curvatures(name),
      turning(
        name,
        name,
        name,
        turned.map((p) => ({ ...p, image: name })),
        [name],
      ),
    ]) {
      expect(await figureSvg(figure)).not.toContain('undefined');
      const [chart] = figure.rows.flat();
      expect(await chartSvg(vegaOf(chart!, figure.series))).toMatch(
        /<path [^>]*aria-label="[^"]+"/,
      );
    }
  });

  it('have outlines in place of all words, of empty labels none', async () => {
    const svg = await figureSvg(figures.turning!());
    expect(svg).toMatch(/<text [^>]*\/>/);
    const outlines = outlined(svg);
    expect(outlines).not.toMatch(/<text/);
    expect(outlines.match(/<g transform="[^"]*translate\(-1000/g)!.length).toBe(
      svg.match(/<\/text>/g)!.length,
    );
  });

  it('are pictures whose letters are outlines', async () => {
    const png = await figurePng(figures.training!());
    expect(png.subarray(1, 4).toString()).toBe('PNG');
  });
});
