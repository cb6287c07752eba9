// Which iterates of a trajectory are kept, and what else of them.
import { describe, expect, it } from 'vitest';
import { metricsOf } from './metrics.js';
import {
  cellsOn,
  configOf,
  everySelection,
  flat,
  networkWith,
  onlyResult,
  openOn,
  topK,
} from './testing/cells.js';

describe('selections', () => {
  const attack = { ...topK, select: everySelection };
  const measures = {
    dissimilarity: { column: 'D', sign: 1 },
    intersection: { column: 'topk_intersection', sign: -1 },
    correlation: { column: 'spearman', sign: -1 },
    center: { column: 'center_shift', sign: 1 },
  } as const;

  it('keep the first best of one trajectory’s iterates that have the label', async () => {
    const long = { iterations: 10, step: 8, select: everySelection };
    const config = await configOf({
      attack: [
        { ...topK, ...long },
        { name: 'mass-center', ...long },
      ],
      epsilon: 32,
    });
    const computer = await openOn(config);
    const cells = await cellsOn(computer, config, 0, 1, 2, 6, 7);
    let [different, passedOver] = [0, 0];
    for (const cell of cells.sort((a, b) => a.attack - b.attack)) {
      const { rows, trace, kept } = await computer.run(cell, () => {});
      const name = JSON.stringify(cell);
      expect(
        trace.map(({ iteration }) => iteration),
        name,
      ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      for (const [i, [select, { column, sign }]] of Object.entries(measures).entries()) {
        const of = `${name} by ${select}`;
        const value = (n: number) => sign * trace[n]![column]!;
        let [best, bestOfAll] = [-1, 0];
        for (let n = 0; n < trace.length; n++) {
          if (trace[n]!.label_kept && (best < 0 || value(n) > value(best))) best = n;
          if (value(n) > value(bestOfAll)) bestOfAll = n;
        }
        if (best !== bestOfAll) passedOver++;
        expect(rows[i], of).toMatchObject({ select, best_iteration: best + 1, status: 'ok' });
        for (const metric of metricsOf('maps'))
          expect(rows[i]![metric], `${metric} of ${of}`).toBe(trace[best]![metric]);
        expect(kept[i]!.select, of).toBe(select);
        // as far from the clean image as so many steps lead
        expect(rows[i]!.linf, of).toBeLessThanOrEqual(8 * (best + 1));
      }
      const iterations = new Set(rows.map((row) => row.best_iteration));
      expect(new Set(kept.map(({ x }) => x.join())).size, name).toBe(iterations.size);
      if (iterations.size > 1) different++;
    }
    await computer.release();
    // or there was nothing to tell apart
    expect(different).toBeGreaterThan(0);
    expect(passedOver).toBeGreaterThan(0);
  });

  it('look at every n-th iterate and the last', async () => {
    const item = { ...topK, iterations: 7, evaluate: { every: 3 } };
    const { trace } = await onlyResult({ attack: item });
    expect(trace.map(({ iteration }) => iteration)).toEqual([3, 6, 7]);
    // what is not looked at is there all the same
    const { trace: whole } = await onlyResult({ attack: { ...item, evaluate: { every: 1 } } });
    expect(trace).toEqual([whole[2], whole[5], whole[6]]);
  });

  it('keep iterates and a trace only when the config asks for them', async () => {
    const result = await onlyResult({ attack });
    const bare = await onlyResult({ attack, save: { images: 0, trace: false } });
    expect([result.kept.length, result.trace.length]).toEqual([4, 4]);
    expect(bare).toEqual({ rows: result.rows, trace: [], kept: [] });
  });
});

describe('iterates as good as others', () => {
  // maps of this network do not depend on the image
  const constant = () => networkWith((name, i) => (name.endsWith('weight') ? (i % 3) / 9 : 1));

  it.each([
    ['first', 1],
    ['last', 4],
  ])('are kept from the %s', async (ties, iteration) => {
    const change = { attack: [topK], select: 'correlation', semantics: { ties } };
    const world = { network: constant(), dataset: flat(100) };
    const { rows, trace } = await onlyResult(change, 0, world);
    expect(new Set(trace.map(({ spearman }) => spearman)).size).toBe(1);
    expect(rows[0]).toMatchObject({ status: 'ok', best_iteration: iteration });
  });
});
