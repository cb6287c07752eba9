// Medians and frontiers of attacks on smoothed explanations, and the pairs of rows with smoothing and without.
import { describe, expect, it } from 'vitest';
import type { ExplainItem } from '../../config/explanations.js';
import { counterparts } from './counterparts.js';
import type { AttackedRow } from './results.js';
import { attackedSummary, frontierOf, rmsForGain } from './summary.js';

const row = (method: string, attack: string, image: string, more: Partial<AttackedRow> = {}) =>
  ({
    ...{ experiment: 't', model: 'm', dataset: 'd', image, method, attack, status: 'ok' },
    ...{ pcc_target: 0.5, gain: 0.4, rms: 2, fidelity: 0.9, ...more },
  }) as AttackedRow;

const lost = {
  status: 'label-lost',
  pcc_target: undefined,
  gain: undefined,
  rms: undefined,
} as const;

describe('a frontier', () => {
  const rows = [
    ...[1, 2, 9].map((rms, i) => row('g', 'fast', `${i}`, { rms: 4 * rms, gain: rms / 10 + 0.6 })),
    ...[1, 2, 9].map((rms, i) => row('g', 'slow', `${i}`, { rms, gain: rms / 10 })),
    row('g', 'slow', '3', lost),
  ];

  it('has the medians of each attack, the one that changes the image least first', () => {
    expect(frontierOf(rows)).toEqual([
      { attack: 'slow', rms: 2, gain: 0.2, pairs: 3 },
      { attack: 'fast', rms: 8, gain: 0.8, pairs: 3 },
    ]);
  });

  it('says what a gain costs, on straight lines from no change on', () => {
    const points = frontierOf(rows);
    expect(rmsForGain(points, 0.5)).toBeCloseTo(5, 12);
    expect(rmsForGain(points, 0.1)).toBeCloseTo(1, 12);
    expect(rmsForGain(points, 0.9)).toBeUndefined();
    expect(rmsForGain(points.slice(1), 0.5)).toBeUndefined();
  });

  it('stands in the table once for an explanation', () => {
    const [head, ...lines] = attackedSummary([...rows, row('lrp', 'fast', '0')]);
    expect(head!.at(-1)).toBe('rms for gain ½');
    expect(lines.map((line) => [...line.slice(0, 4), line[6], line[7], line.at(-1)])).toEqual([
      ['g', 'fast', '3', '0', '0.800', '8.00', '5.00'],
      ['g', 'slow', '4', '1', '0.200', '2.00', ''],
      ['lrp', 'fast', '1', '0', '0.400', '2.00', ''],
    ]);
  });
});

describe('counterparts', () => {
  const item = (name: string, id: string, more: object = {}) =>
    ({ name, id, surrogate: 'none', ...more }) as unknown as ExplainItem;
  const explain = [
    item('gradient', 'plain'),
    item('gradient', 'beta', { smooth: { beta: 3 }, surrogate: undefined }),
    item('smoothgrad', 'noise', { of: { name: 'gradient' }, samples: 50 }),
    item('lrp', 'alone', { smooth: { beta: 3 } }),
    item('integrated-gradients', 'ig', { steps: 30 }),
    item('integrated-gradients', 'ig-other-steps', { steps: 20, smooth: { beta: 3 } }),
  ];
  const found = (rows: readonly AttackedRow[]) =>
    counterparts({ explain }, rows).map(({ of, smoothed, plain }) => [
      ...[of, smoothed.method, smoothed.attack, plain.attack, plain.image],
    ]);

  it('are the rows of one pair with smoothing and without, under the same attack', () => {
    const rows = ['plain', 'beta', 'noise', 'alone', 'ig', 'ig-other-steps'].flatMap((method) =>
      ['a', 'b'].map((attack) => row(method, attack, '0')),
    );
    expect(found([...rows, row('beta', 'c', '0'), row('beta', 'a', '1')])).toEqual([
      ['plain', 'beta', 'a', 'a', '0'],
      ['plain', 'beta', 'b', 'b', '0'],
      ['plain', 'noise', 'a', 'a', '0'],
      ['plain', 'noise', 'b', 'b', '0'],
    ]);
  });

  it('are of the only attack without smoothing where the attack is not on both', () => {
    expect(found([row('plain', 'a', '0'), row('beta', 'b', '0')])).toEqual([
      ['plain', 'beta', 'b', 'a', '0'],
    ]);
  });

  it('leave out pairs that lost their label under one of both', () => {
    expect(found([row('plain', 'a', '0', lost), row('beta', 'a', '0')])).toEqual([]);
  });
});
