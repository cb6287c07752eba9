// What panels show of attacks.
import { describe, expect, it } from 'vitest';
import type { ExplainItem } from '../../config/explanations.js';
import type { Attacked } from './kept/read.js';
import { attackRow, headingOf, metricsInWords } from './panel-rows.js';
import type { ResultRow } from './results.js';

const row: ResultRow = {
  experiment: 'e',
  model: 'm',
  dataset: 'd',
  image: 'a.png',
  method: 'gradient',
  attack: 'top-k',
  epsilon: 8,
  select: 'dissimilarity',
  best_iteration: 265,
  status: 'ok',
  confidence: 0.9981,
  confidence_perturbed: 0.42,
  topk_intersection: 0.05,
  center_shift: 2.125,
  spearman: -0.1,
};
const size = { height: 2, width: 2 };
const image = new Float32Array(12).fill(100);
const map = Float32Array.of(0.1, 0.2, 0.3, 0.4);
const method: ExplainItem = { name: 'gradient', id: 'gradient', surrogate: 'none' };
const attacked: Attacked = {
  ...size,
  row,
  method,
  className: 'deer',
  clean: { image, map },
  perturbed: { image: image.map((v, i) => v + (i % 2 === 0 ? 4 : -4)), map },
};
const titles = (one: Attacked) => attackRow(one).tiles.map(({ title }) => title);

describe('a row of an attack', () => {
  it('shows original and perturbed image, a map of each, and what changed', () => {
    const { heading, tiles, caption } = attackRow(attacked);
    expect(heading).toBe('gradient under top-k, ε 8, kept by dissimilarity, iterate 265');
    expect(tiles.map(({ title, note }) => [title, note])).toEqual([
      ['original', 'deer 99.8 %'],
      ['its map', undefined],
      ['perturbed', 'deer 42.0 %'],
      ['its map', undefined],
      ['difference × 31', undefined],
    ]);
    expect(tiles.every(({ outline }) => outline === undefined)).toBe(true);
    expect(caption).toEqual([
      'top-k intersection 0.050',
      'Spearman -0.100',
      'center shift 2.13 px',
    ]);
  });

  it('outlines the region of an attack that has one, on maps alone', () => {
    const region = Float32Array.of(0, 1, 0, 0);
    const { tiles } = attackRow({ ...attacked, region });
    expect(tiles.map(({ outline }) => outline?.mask)).toEqual([
      undefined,
      region,
      undefined,
      region,
      undefined,
    ]);
  });

  it('ends in the target map where there is one', () => {
    expect(titles({ ...attacked, target: map }).at(-1)).toBe('target');
  });

  const lost = { ...attacked, perturbed: undefined };

  it('shows what there is where the label was lost', () => {
    const one = { ...lost, row: { ...row, status: 'label-lost' as const } };
    expect(titles(one)).toEqual(['original', 'its map']);
    expect(titles({ ...one, target: map })).toEqual(['original', 'its map', 'target']);
    expect(attackRow(one).caption).toEqual(['label lost: no iterate kept the class']);
  });

  it('shows the image alone where there is no map', () => {
    const one = {
      ...lost,
      row: { ...row, status: 'no-map' as const },
      clean: { image, map: undefined },
    };
    expect(titles(one)).toEqual(['original']);
    expect(attackRow(one).caption).toEqual(['no map, since it is zero']);
  });
});

it('a heading names a rule and an iterate only where one was chosen', () => {
  const { select: _, ...drawn } = row;
  expect(headingOf({ ...drawn, attack: 'random-sign', best_iteration: 1 })).toBe(
    'gradient under random-sign, ε 8',
  );
});

it('metrics are those a row has', () => {
  const { spearman: _, ...rest } = row;
  expect(metricsInWords({ ...rest, region_share: 0.25, region_share_perturbed: 0.5 })).toEqual([
    'top-k intersection 0.050',
    'center shift 2.13 px',
    'saliency in the region before 0.250',
    'and after 0.500',
  ]);
});

it('a heading has no ε where there is no bound', () => {
  const unbounded = { ...row, attack: 'match-target', epsilon: undefined, select: 'last' };
  expect(headingOf({ ...unbounded, best_iteration: undefined, explained: 7 })).toMatch(
    /^gradient for class 7 under /,
  );
  expect(headingOf({ ...unbounded, best_iteration: undefined })).toBe(
    'gradient under match-target, kept by last',
  );
});
