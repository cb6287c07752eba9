// The loop of the sign attacks, on scripted scenes.
import { describe, expect, it } from 'vitest';
import type { Values } from '../engine/engine.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { centerShift, massCenter } from '../metric/center.js';
import { spearman } from '../metric/spearman.js';
import { topKIntersection } from '../metric/topk.js';
import { bind } from '../model/index.js';
import { plain, weightsOf } from '../model/testing/networks.js';
import { values } from '../testing/cases.js';
import { massCenterDissimilarity } from './mass-center.js';
import {
  clean,
  first,
  HEIGHT,
  K,
  random,
  run,
  type Scene,
  scene,
  WIDTH,
} from './testing/trajectories.js';
import { compileJudge, type Selection } from './trajectory.js';

describe('the kept iterate', () => {
  const all: readonly Selection[] = ['dissimilarity', 'intersection', 'correlation', 'center'];
  const measures: Record<Selection, (s: Scene) => number> = {
    dissimilarity: ({ d }) => d,
    intersection: ({ map }) => -topKIntersection(clean, map, K),
    correlation: ({ map }) => -spearman(clean, map)!,
    center: ({ map }) => centerShift(clean, map, HEIGHT, WIDTH),
  };
  // every map comes twice, and every third iterate has lost the label
  const scenes = [
    first,
    ...Array.from({ length: 24 }, (_, i) =>
      scene(random(i % 12).slice(), random(i % 12)[0]!, i % 3 !== 1),
    ),
  ];

  it.each(all)(
    'is the best by %s of those with the label, the first of equals, never the clean image',
    async (selection) => {
      let best = 0;
      scenes.forEach((s, n) => {
        const better = best === 0 || measures[selection](s) > measures[selection](scenes[best]!);
        if (n > 0 && s.labelKept && better) best = n;
      });
      const { kept, x } = await run(scenes, { selections: [selection] });
      expect([...kept.keys()]).toEqual([selection]);
      const one = kept.get(selection)!;
      expect(one.iteration).toBe(best);
      expect(one.x).toEqual(x(best));
      expect(one.evaluation.map).toBe(scenes[best]!.map);
    },
  );

  it.each(all)('may be the last of equals by %s', async (selection) => {
    let best = 0;
    scenes.forEach((s, n) => {
      const worse = best > 0 && measures[selection](s) < measures[selection](scenes[best]!);
      if (n > 0 && s.labelKept && !worse) best = n;
    });
    const last = await run(scenes, { selections: [selection], ties: 'last' });
    expect(last.kept.get(selection)!.iteration).toBe(best);
    const first = await run(scenes, { selections: [selection], ties: 'first' });
    expect(first.kept.get(selection)!.iteration).toBeLessThan(best);
  });

  it('by center is the farthest in whole pixels from the point that shifts are measured from', async () => {
    const center = [0, 2] as const;
    const shift = (map: Float32Array) => {
      const [row, column] = massCenter(map, HEIGHT, WIDTH).map(Math.floor) as [number, number];
      return Math.hypot(row - center[0], column - center[1]);
    };
    /** A map with its center at a row and column. */
    const at = (row: number, column: number) => {
      const map = new Float32Array(clean.length);
      map[0] = (1 - row / 2) * (1 - column / 3);
      map[3] = (1 - row / 2) * (column / 3);
      map[8] = (row / 2) * (1 - column / 3);
      map[11] = (row / 2) * (column / 3);
      return scene(map);
    };
    // the second is farther than the third only in its fractions
    const [one, two, three] = [at(0.5, 1.5), at(1.9, 1.1), at(1.1, 1.9)];
    expect([one, two, three].map(({ map }) => shift(map))).toEqual([1, Math.SQRT2, Math.SQRT2]);
    const kept = async (more: object) =>
      (await run([first, one, three, two], { selections: ['center'], ...more })).kept;
    expect((await kept({ center })).get('center')!.iteration).toBe(2);
    expect((await kept({})).get('center')!.iteration).toBe(3);
  });

  it('of a walk is chosen by what does not need a dissimilarity, which it has none of', async () => {
    const { kept, observed, steps } = await run(scenes, { selections: all, walks: true });
    const expected = await run(scenes, { selections: all });
    expect([...kept.keys()].sort()).toEqual(['center', 'correlation', 'intersection']);
    for (const [selection, { iteration }] of kept)
      expect(iteration).toBe(expected.kept.get(selection)!.iteration);
    expect(observed.every(({ dissimilarity }) => dissimilarity === undefined)).toBe(true);
    expect(steps).toHaveLength(24);
  });

  it('of each rule comes from one trajectory, evaluated once', async () => {
    const { kept, evaluated, steps } = await run(scenes, { selections: all });
    expect([...kept.keys()].sort()).toEqual([...all].sort());
    expect(steps).toHaveLength(24);
    expect(evaluated).toHaveLength(24);
    for (const selection of all) {
      const alone = await run(scenes, { selections: [selection] });
      expect(kept.get(selection)!.iteration).toBe(alone.kept.get(selection)!.iteration);
    }
  });

  it('is the first iterate where none is more dissimilar than the clean image', async () => {
    const { kept } = await run([first, scene(random(1), -5), scene(random(2), -6)]);
    expect(kept.get('dissimilarity')!.iteration).toBe(1);
  });

  it('may come after the label was lost', async () => {
    const { kept } = await run([
      first,
      scene(random(1), 1),
      scene(random(2), 9, false),
      scene(random(3), 2),
    ]);
    expect(kept.get('dissimilarity')!.iteration).toBe(3);
  });

  it('is absent where the label was always lost', async () => {
    const { kept, steps } = await run(
      [first, scene(random(1), 1, false), scene(random(2), 2, false)],
      { selections: all },
    );
    expect(kept.size).toBe(0);
    expect(steps).toHaveLength(2);
  });

  it('is never one whose measure does not exist', async () => {
    const none = new Float32Array(clean.length);
    const { kept } = await run([first, scene(none, Number.NaN), scene(random(2), -3)], {
      selections: ['dissimilarity', 'correlation', 'center'],
    });
    for (const selection of ['dissimilarity', 'correlation', 'center'] as const)
      expect(kept.get(selection)!.iteration).toBe(2);
  });
});

describe('what match-target keeps', () => {
  const lost = scene(random(9), 9, false);
  it.each([
    ['last', [5, 7, 6], 3],
    ['best', [5, 7, 6], 2],
    ['best', [-5, -5, -6], 1],
  ] as const)('as %s of losses %j is iterate %i', async (keep, losses, expected) => {
    const scenes = [first, ...losses.map((d, i) => scene(random(i), d))];
    const { kept } = await run(scenes, { selections: [keep] });
    expect(kept.get(keep)!.iteration).toBe(expected);
  });

  it('as last is nothing where the last iterate has lost the label, as best the best of the others', async () => {
    const { kept } = await run([first, scene(random(1), 5), scene(random(2), 7), lost], {
      selections: ['last', 'best'],
    });
    expect([...kept.keys()]).toEqual(['best']);
    expect(kept.get('best')!.iteration).toBe(2);
  });
});

it('hands on what a step has left, and lets go of it once', async () => {
  const released: number[] = [];
  const given: unknown[] = [];
  const heldNumber = (n: number) => ({
    read: async () => new Float32Array(3 * clean.length).fill(n),
    release: () => void released.push(n),
  });
  const scenes = [first, ...Array.from({ length: 3 }, (_, i) => scene(random(i), i))];
  await run(scenes, {
    carry: (iteration, before) => {
      given.push(before);
      return { moment: heldNumber(iteration) };
    },
  });
  const numbers = given.map((before) => Object.keys(before as object));
  expect(numbers).toEqual([[], ['moment'], ['moment']]);
  expect(released).toEqual([1, 2, 3]);
});

describe('the iteration', () => {
  const scenes = [first, ...Array.from({ length: 10 }, (_, i) => scene(random(i), i, i % 2 === 0))];

  it('goes from iterate to iterate, bounded around the clean image', async () => {
    const { steps, counted, x } = await run(scenes);
    steps.forEach((state, n) => {
      expect(state).toMatchObject({ x: x(n), origin: x(0), epsilon: 8, step: 0.5 });
    });
    expect(counted).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it.each([
    [1, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
    [3, [3, 6, 9, 10]],
    [5, [5, 10]],
    [50, [10]],
  ])('is looked at every %i steps and at the end', async (every, expected) => {
    const { evaluated, observed, steps } = await run(scenes, { every });
    expect(steps).toHaveLength(10);
    expect(evaluated).toEqual(expected);
    expect(observed.map(({ iteration }) => iteration)).toEqual(expected);
    for (const { iteration, dissimilarity, labelKept, evaluation } of observed) {
      const { d, map, labelKept: had } = scenes[iteration]!;
      expect({ dissimilarity, labelKept, map: evaluation.map }).toEqual({
        dissimilarity: d,
        labelKept: had,
        map,
      });
    }
  });

  it('measures its direction from the ReLU map of the clean image', async () => {
    const { steps } = await run(scenes);
    expect(steps).toHaveLength(10);
    for (const { references } of steps)
      expect([...references.top!]).toEqual([1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('of mass-center measures from the truncated center of the surrogate’s clean map first, then from the center', async () => {
    const surrogateMap = new Float32Array(clean.length);
    surrogateMap[0] = 0.375;
    surrogateMap[11] = 0.625;
    const { steps, counted, x } = await run(scenes, {
      dissimilarity: massCenterDissimilarity(),
      surrogateMap,
    });
    expect(counted).toHaveLength(10);
    // the map comes with a step that is not taken
    const taken = steps.slice(1);
    expect(steps[0]!.x).toEqual(x(0));
    expect(taken.map((s) => s.x)).toEqual(Array.from({ length: 10 }, (_, n) => x(n)));
    const centers = taken.map(({ references }: { references: Values }) => [...references.center!]);
    expect(centers[0]).toEqual([1, 1]);
    for (const center of centers.slice(1)) expect(center).toEqual([1.25, 1.875]);
  });
});

describe('a judge', () => {
  it('gives D of a map against the clean map', async () => {
    const bound = bind(plain(), weightsOf(plain()));
    const maps = ['a', 'b'].map((key) => values([42], key, [0.1, 1]));
    const [cleanMap, map] = maps.map((m) => m.map((v) => v / m.reduce((a, b) => a + b))) as [
      Float32Array,
      Float32Array,
    ];
    const dissimilarity = massCenterDissimilarity();
    const judge = await compileJudge(onnxEngine(), bound, dissimilarity);
    const references = dissimilarity.clean(cleanMap, 6, 7);
    const scores = new Float32Array();
    const reached = await judge(references, { map, scores });
    expect(reached).toBeCloseTo(centerShift(cleanMap, map, 6, 7), 4);
    expect(await judge(references, { map: cleanMap, scores })).toBeCloseTo(0, 4);
    await judge.release();
  });
});
