// Cells of match-target: maps that are brought near to those of other images.
import { describe, expect, it } from 'vitest';
import { partnerOf } from '../../subject/pairs.js';
import type { CellResult } from './computer.js';
import {
  always,
  cellsOn,
  clean,
  compute,
  configOf,
  embedded,
  filled,
  inOrder,
  networkWith,
  ofKept,
  onlyResult,
  openOn,
  resultsOf,
} from './testing/cells.js';

describe('match-target', () => {
  const match = { name: 'match-target', iterations: 4, evaluate: { every: 2 } };
  const unbounded = { epsilon: undefined };

  it('gives every method of an image the same target, and says how near it has come', async () => {
    const change = {
      ...unbounded,
      explain: [
        'gradient',
        { name: 'lrp' },
        { name: 'smoothgrad', samples: 2, direction: { steps: 2 } },
        { name: 'integrated-gradients', steps: 2 },
        { name: 'gradient', id: 'smoothed', smooth: { beta: 5 } },
      ],
      attack: [match, { ...match, id: 'scores', output: 'scores', beta: 'none' }],
    };
    const { seed } = await configOf(change);
    const target = embedded.entries[partnerOf(seed, embedded.entries, 2)]!.id;
    const results = await resultsOf(change, 2);
    expect(results).toHaveLength(10);
    for (const { rows, trace } of results) {
      const [row] = rows;
      const of = `${row!.method} under ${row!.attack}`;
      expect(filled(row!), of).toEqual(
        inOrder([
          ...always.filter((column) => column !== 'epsilon'),
          ...ofKept,
          ...['select', 'target_image', 'target_ssim', 'target_pcc', 'target_mse'],
        ]),
      );
      expect(row, of).toMatchObject({
        ...{ status: 'ok', select: 'last', iterations: 4, best_iteration: 4 },
        target_image: target,
      });
      expect(
        trace.map(({ iteration }) => iteration),
        of,
      ).toEqual([2, 4]);
      expect(trace[1]!.target_pcc, of).toBe(row!.target_pcc);
    }
  });

  it('does the same in whichever order and by whichever process', async () => {
    const config = await configOf({
      ...unbounded,
      explain: ['gradient', { name: 'integrated-gradients', steps: 4, direction: { steps: 2 } }],
      attack: [match, { ...match, id: 'given', beta: 20 }],
    });
    const computer = await openOn(config);
    const cells = await cellsOn(computer, config, 0, 1);
    const expected = await compute(computer, cells);
    expect(new Set([...expected.values()].map((result) => JSON.stringify(result))).size).toBe(8);
    const backwards = cells.toReversed();
    for (const part of [backwards.slice(0, 4), backwards.slice(4)])
      for (const [cell, result] of await compute(await openOn(config), part))
        expect(result, cell).toEqual(expected.get(cell));
  });

  it('aims at the target image’s map of the β of each step where β is drawn', async () => {
    const attack = { ...match, iterations: 40, weights: [1e7, 1e2] };
    const betas = { from: 3, to: 100, drawn: true };
    const attacks = [
      { ...attack, id: 'grows' },
      { ...attack, id: 'drawn', beta: betas },
      { ...attack, id: 'one', beta: { ...betas, from: 20, to: 20 } },
      { ...attack, id: 'fixed', beta: 20 },
    ];
    const results = await resultsOf({ ...unbounded, explain: 'gradient', attack: attacks }, 2);
    const pcc = results.map(({ rows: [row] }) => row!.target_pcc!);
    expect(new Set(pcc).size).toBe(4);
    // of the clean image's map
    const before = results[0]!.trace[0]!.target_pcc!;
    for (const [i, { rows }] of results.entries()) {
      expect(rows[0]!.status, attacks[i]!.id).toBe('ok');
      expect(pcc[i], attacks[i]!.id).toBeGreaterThan(before);
    }
  });

  it('brings a map nearer to its target, and keeps the output nearer the higher that is weighed', async () => {
    const attack = { ...match, iterations: 60, weights: [1e7, 1e2] };
    const [near, held] = await resultsOf({
      ...unbounded,
      attack: [attack, { ...attack, id: 'held', weights: [1e7, 1e6] }],
      save: { images: 1, trace: true },
    });
    const [before] = near!.trace;
    expect(near!.rows[0]!.target_pcc).toBeGreaterThan(before!.target_pcc! + 0.1);
    expect(near!.rows[0]!.target_mse).toBeLessThan(before!.target_mse! / 1.2);
    expect(held!.rows[0]!.output_change).toBeLessThan(near!.rows[0]!.output_change! / 2);
  });

  it('stays within a bound where it is given one', async () => {
    const attack = { ...match, rate: 0.1, epsilon: 1.5 };
    const { rows, kept } = await onlyResult({ ...unbounded, attack: [attack] });
    const origin = await clean(0);
    expect(rows[0]).toMatchObject({ epsilon: 1.5 });
    expect(rows[0]!.linf).toBeGreaterThan(1.4);
    kept[0]!.x.forEach((value, i) => {
      expect(Math.abs(value - origin[i]!), `value ${i}`).toBeLessThanOrEqual(1.5 + 1e-5);
    });
  });

  it('is lost where the last iterate has another label', async () => {
    // steps of a thousand gray levels leave nothing of the image
    const attack = [
      { ...match, rate: 20, weights: [1e7, 0] },
      { ...match, rate: 20, weights: [1e7, 0], id: 'best', keep: 'best', evaluate: { every: 1 } },
    ];
    const found: CellResult[] = [];
    for (const image of [0, 1, 2, 3])
      found.push(...(await resultsOf({ ...unbounded, attack }, image)));
    const lost = found.filter(({ trace }) => trace.at(-1)!.label_kept === false);
    expect(lost.length).toBeGreaterThan(0);
    for (const { rows, trace, kept } of lost) {
      const of = `${rows[0]!.image} under ${rows[0]!.attack}`;
      const some = rows[0]!.select === 'best' && trace.some(({ label_kept }) => label_kept);
      expect(rows[0]!.status, of).toBe(some ? 'ok' : 'label-lost');
      expect(kept, of).toHaveLength(some ? 1 : 0);
      if (!some) expect(rows[0]!.target_pcc, of).toBeUndefined();
    }
  });

  it('has no map to match where the target has none', async () => {
    const white = networkWith(() => 0);
    const change = { ...unbounded, attack: [match] };
    const { rows } = await onlyResult(change, 0, { network: white });
    expect(rows).toMatchObject([{ status: 'no-map', select: 'last' }]);
  });
});
