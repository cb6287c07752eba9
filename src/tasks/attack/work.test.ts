// What computing cells costs: steps are counted and timed, and programs are compiled, held and freed.
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../engine/engine.js';
import { onnxEngine } from '../../engine/onnx/onnx.js';
import { cellsOn, compute, configOf, openOn, resultsOf, topK } from './testing/cells.js';

/** An engine, and how many programs it has compiled, holds, and has held at most. */
function counting(): { readonly engine: Engine; readonly count: Record<string, number> } {
  const onnx = onnxEngine();
  const count = { built: 0, held: 0, most: 0 };
  const engine: Engine = {
    ...onnx,
    async compile(program) {
      const executable = await onnx.compile(program);
      count.built++;
      count.most = Math.max(count.most, ++count.held);
      return {
        ...executable,
        async release() {
          count.held--;
          await executable.release();
        },
      };
    },
  };
  return { engine, count };
}

describe('work', () => {
  it.each([
    ['random-sign', 0],
    [{ ...topK, evaluate: { every: 3 } }, 4],
  ])('on %j is told in %i steps', async (attack, steps) => {
    const config = await configOf({ attack });
    const computer = await openOn(config);
    const [cell] = await cellsOn(computer, config, 0);
    let taken = 0;
    await computer.run(cell!, () => taken++);
    expect(taken).toBe(steps);
    await computer.release();
  });

  it('is timed without a trace of it in the rows', async () => {
    const change = { attack: [topK, 'random-sign'] };
    const config = await configOf(change);
    const computer = await openOn(config);
    for (const cell of await cellsOn(computer, config, 0)) {
      const { seconds, peakBytes } = await computer.probe(cell);
      const { name } = config.attack[cell.attack]!;
      expect(seconds, name).toBeGreaterThan(0);
      expect(peakBytes, name).toBeGreaterThan(2 ** 20);
    }
    const results = await compute(computer, await cellsOn(computer, config, 1));
    expect([...results.values()]).toEqual(await resultsOf(change, 1));
  });
});

describe('programs', () => {
  it('are compiled once for all ε, few are held, and all are freed', async () => {
    const { engine, count } = counting();
    const config = await configOf({
      attack: [topK, { name: 'mass-center', iterations: 2 }],
      epsilon: [1, 2, 4],
    });
    const computer = await openOn(config, { engine });
    for (const cell of await cellsOn(computer, config, 0)) await computer.run(cell, () => {});
    // a predictor, one evaluator, and for both attacks a step and its dissimilarity
    expect(count).toEqual({ built: 6, held: 3, most: 3 });
    await computer.release();
    expect(count.held).toBe(0);
  });

  it.each([
    // of every method an evaluator, and for each of its attacks a step and its dissimilarity
    ['of every method', [topK, { name: 'mass-center' }], {}, 10],
    ['of attacks on a method alone', [topK, { name: 'mass-center', explain: 'lrp' }], {}, 8],
    ['of no random signs', ['random-sign'], {}, 2],
    ['of surrogates, where there is one', ['random-sign'], { center: 'truncated' }, 3],
  ])('are compiled before the first cell: %s', async (_, attack, semantics, built) => {
    const { engine, count } = counting();
    const config = await configOf({ explain: ['gradient', 'lrp'], attack, semantics });
    const computer = await openOn(config, { engine });
    await computer.compile();
    expect(count.built).toBe(built);
    await computer.release();
    expect(count.held).toBe(0);
  });
});
