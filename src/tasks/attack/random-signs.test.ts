// Random signs: one draw, or a walk.
import { describe, expect, it } from 'vitest';
import {
  cellsOn,
  clean,
  configOf,
  onlyResult,
  openOn,
  randomNetwork,
  resultsOf,
  VALUES,
  type World,
} from './testing/cells.js';

describe('the random draw', () => {
  const drawn = async (change: Record<string, unknown> = {}, image = 0, world?: Partial<World>) =>
    (await onlyResult({ epsilon: 2, ...change }, image, world)).kept[0]!.x;
  const signs = async (...args: Parameters<typeof drawn>) => {
    const [x, origin] = [await drawn(...args), await clean(args[1] ?? 0)];
    return [...x].map((value, i) => Math.sign(value - origin[i]!)).join('');
  };

  it('adds or takes away ε everywhere, one as often as the other', async () => {
    const [x, origin] = [await drawn(), await clean(0)];
    let up = 0;
    for (const [i, value] of x.entries()) {
      const moved = [origin[i]! - 2, origin[i]! + 2].map((v) => Math.min(255, Math.max(0, v)));
      expect(moved, `value ${i}`).toContain(value);
      if (value > origin[i]!) up++;
    }
    // five standard deviations
    expect(Math.abs(up - VALUES / 2)).toBeLessThan(2.5 * Math.sqrt(VALUES));
  });

  const other = { model: { name: 'cifar-cnn', width: 0.02 }, name: 'other', metrics: { k: 3 } };
  it.each([
    ['method', { explain: 'gradient-x-input' }, {}],
    ['method with an id', { explain: { name: 'integrated-gradients', id: 'ig', steps: 2 } }, {}],
    ['network', {}, { network: randomNetwork() }],
    ['model', other, { network: randomNetwork() }],
  ])('is the same for another %s', async (_, change, world) => {
    expect(await drawn(change, 0, world)).toEqual(await drawn());
  });

  it('is another for another seed, ε or image', async () => {
    const all = [
      await signs(),
      await signs({ seed: 2 }),
      await signs({ epsilon: 1 }),
      await signs({}, 1),
    ];
    expect(new Set(all).size).toBe(4);
  });
});

describe('random signs that walk', () => {
  const walk = { name: 'random-sign', iterations: 6, step: 2 };
  const walking = (change: object = {}) => ({
    attack: [walk],
    semantics: { random: 'walk' },
    ...change,
  });

  it('are the best of their iterates, of which none has a dissimilarity', async () => {
    const select = ['intersection', 'correlation', 'center'];
    const { rows, trace, kept } = await onlyResult(walking({ select, epsilon: 5 }));
    expect(rows.map((row) => row.select)).toEqual(select);
    expect(trace.map(({ iteration, D }) => [iteration, D])).toEqual(
      [1, 2, 3, 4, 5, 6].map((n) => [n, undefined]),
    );
    const x = await clean(0);
    rows.forEach((row, i) => {
      const column = (['topk_intersection', 'spearman', 'center_shift'] as const)[i]!;
      const sign = row.select === 'center' ? -1 : 1;
      const best = Math.min(
        ...trace.filter((t) => t.label_kept).map((t) => sign * (t[column] as number)),
      );
      expect(row.status, column).toBe('ok');
      expect(sign * row[column]!, column).toBe(best);
      expect(row, column).toMatchObject({ iterations: 6, best_iteration: expect.any(Number) });
      const far = kept[i]!.x.map((v, j) => Math.abs(v - x[j]!));
      // not one draw, in which every value but those at an end of the gray levels would be at the edge
      expect(Math.max(...far), column).toBeLessThan(5 + 1e-4);
      expect(far.filter((d) => d > 4.5).length / far.length, column).toBeLessThan(0.6);
    });
  });

  it('are the same for every method, others for another seed', async () => {
    const last = { ...walk, evaluate: { every: 6 } };
    const ends = async (change: object) =>
      (await resultsOf(walking({ attack: [last], ...change }))).map(({ kept }) => kept[0]!.x);
    const [one, other] = await ends({ explain: ['gradient', 'lrp'] });
    expect(one).toEqual(other);
    expect(await ends({ seed: 2 })).not.toEqual([one]);
  });

  it('count as many steps as they take', async () => {
    const config = await configOf(walking());
    const computer = await openOn(config);
    const [cell] = await cellsOn(computer, config, 0);
    let taken = 0;
    await computer.run(cell!, () => taken++);
    expect(taken).toBe(6);
    await computer.release();
  });
});
