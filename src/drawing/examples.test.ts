// What panels show of explanations and attacks.
import { describe, expect, it } from 'vitest';
import type { ExplainItem } from '../tasks/attack/config.js';
import type { Attacked } from '../tasks/attack/kept/read.js';
import type { ResultRow } from '../tasks/attack/results.js';
import { attackRow, explanationRow, headingOf, metricsOf } from './examples.js';

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
const method = { name: 'gradient', id: 'gradient' } as const satisfies ExplainItem;
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
      'centre shift 2.13 px',
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

  it('shows what there is where the label was lost, or where there is no map', () => {
    const lost = {
      ...attacked,
      row: { ...row, status: 'label-lost' as const },
      perturbed: undefined,
    };
    expect(titles(lost)).toEqual(['original', 'its map']);
    expect(attackRow(lost).caption).toEqual(['label lost: no iterate kept the class']);
    const none = {
      ...lost,
      row: { ...row, status: 'no-map' as const },
      clean: { image, map: undefined },
    };
    expect(titles(none)).toEqual(['original']);
    expect(attackRow(none).caption).toEqual(['no map, since it is zero']);
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
  expect(metricsOf({ ...rest, region_share: 0.25, region_share_perturbed: 0.5 })).toEqual([
    'top-k intersection 0.050',
    'centre shift 2.13 px',
    'saliency in the region before 0.250',
    'and after 0.500',
  ]);
});

it('an explained picture stands beside a map of each method that has one', () => {
  const lrp = { name: 'lrp', id: 'rule' } as const satisfies ExplainItem;
  const { tiles, caption } = explanationRow({
    ...size,
    image,
    label: 4,
    className: 'deer',
    confidence: 0.5,
    maps: [
      { item: method, map },
      { item: lrp, map: undefined },
    ],
  });
  expect(tiles.map(({ title, note }) => [title, note])).toEqual([
    ['image', 'deer 50.0 %'],
    ['gradient', undefined],
  ]);
  expect(caption).toEqual(['no map, since it is zero: rule']);
});
