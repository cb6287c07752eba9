// Rows depend on nothing but what they are of, and say what became of the image.
import { describe, expect, it } from 'vitest';
import { slic as superpixels } from '../../analysis/slic.js';
import { lockstep } from '../../engine/lockstep.js';
import { onnxEngine } from '../../engine/onnx/onnx.js';
import { groupBy } from '../../group-by.js';
import { keyedRandom, permutation } from '../../random.js';
import { type AttackComputer, type CellResult, openAttackComputer } from './computer.js';
import { metricsOf } from './metrics.js';
import { cellsOf } from './plan.js';
import {
  always,
  cellsOn,
  clean,
  compute,
  configOf,
  filled,
  flat,
  inOrder,
  networkWith,
  ofKept,
  onlyResult,
  openOn,
  probability,
  randomNetwork,
  resultsOf,
  scoresOf,
  shipped,
  subject,
  timeless,
  topK,
  VALUES,
} from './testing/cells.js';

const twoRules = { ...topK, select: ['center', 'dissimilarity'] };

describe('rows', () => {
  it('are the same in whichever order and by whichever process their cells are computed', async () => {
    const config = await configOf({
      explain: [
        'gradient',
        { name: 'integrated-gradients', steps: 4, direction: { steps: 2 } },
        { name: 'gradient', id: 'plain', surrogate: 'none' },
      ],
      attack: ['random-sign', topK, { name: 'mass-center', iterations: 4 }],
      epsilon: [4, 1],
    });
    const computer = await openOn(config);
    const cells = await cellsOn(computer, config, 0, 1);
    const expected = await compute(computer, cells);
    expect(expected.size).toBe(36);
    expect(new Set([...expected.values()].map((result) => JSON.stringify(result))).size).toBe(36);

    const order = permutation(cells.length, keyedRandom('order')).map((i) => cells[i]!);
    const half = order.length / 2;
    const processes = [order.slice(0, half), order.slice(half)];
    for (const part of processes)
      for (const [cell, result] of await compute(await openOn(config), part))
        expect(result, cell).toEqual(expected.get(cell));
  });

  it('of images that run together are the same in whichever company', async () => {
    const config = await configOf({
      explain: ['gradient', { name: 'integrated-gradients', steps: 4, direction: { steps: 2 } }],
      attack: [
        ...['random-sign', topK, { name: 'mass-center', iterations: 4, quantise: true }],
        { name: 'match-target', iterations: 4, evaluate: { every: 2 } },
      ],
      epsilon: [4, 1],
    });
    const images = [0, 1, 2];
    /** Results by cell, three at a time, in an order of their own. */
    const inCompany = async (key: string) => {
      const { engine, together } = lockstep(onnxEngine(), 3);
      const computer = await openOn(config, { engine });
      const predictions = await together(images.map((image) => () => computer.predict(image)));
      const cells = images.flatMap((image) => cellsOf(config, image, predictions[image]!.label));
      const results = new Map<string, CellResult>();
      for (const group of groupBy(cells, (cell) => `${cell.method} ${cell.attack}`).values()) {
        const order = permutation(group.length, keyedRandom(key)).map((i) => group[i]!);
        // the last batch is not full
        const batches = order.slice(0, 5);
        const found = await together(batches.map((cell) => () => computer.run(cell, () => {})));
        for (const [i, result] of found.entries())
          results.set(JSON.stringify(batches[i]), timeless(result));
      }
      await computer.release();
      return results;
    };
    const [first, second] = [await inCompany('first'), await inCompany('second')];
    const both = [...first.keys()].filter((key) => second.has(key));
    expect(both.length).toBeGreaterThan(20);
    for (const key of both) expect(second.get(key), key).toEqual(first.get(key));

    // and on the average what they are alone
    const computer = await openOn(config);
    const alone = await compute(computer, await cellsOn(computer, config, ...images));
    const mean = (from: ReadonlyMap<string, CellResult>) => {
      const values = [...first.keys()].flatMap((key) =>
        from.get(key)!.rows.flatMap((row) => row.topk_intersection ?? []),
      );
      return values.reduce((a, b) => a + b, 0) / values.length;
    };
    expect(Math.abs(mean(first) - mean(alone))).toBeLessThan(0.01);
  });

  it('are those of a computer that is opened for the config', async () => {
    const config = await configOf({ explain: ['gradient', 'lrp'], attack: topK });
    const computer = (await openAttackComputer(config, subject))(onnxEngine()) as AttackComputer;
    const expected = await resultsOf({ explain: ['gradient', 'lrp'], attack: topK }, 1);
    const found = await compute(computer, await cellsOn(computer, config, 1));
    expect([...found.values()]).toEqual(expected);
  });

  it.each(['cifar-cnn', 'cifar-cnn-softplus'] as const)(
    'say what they are of, and what %s makes of it',
    async (form) => {
      const network = randomNetwork(form);
      const { rows } = await onlyResult(
        { model: { name: form, width: 0.02 }, attack: { ...topK, id: 'mine' }, seed: 7 },
        0,
        { network, dataset: flat(100) },
      );
      const scores = await scoresOf(network, new Float32Array(VALUES).fill(100));
      const prediction = scores.indexOf(Math.max(...scores));
      expect(rows).toHaveLength(1);
      expect(rows[0]).toMatchObject({
        ...{ experiment: 'trial', model: form, dataset: 'embedded', image: 'flat', label: 4 },
        ...{ prediction, method: 'gradient', attack: 'mine', epsilon: 8, select: 'dissimilarity' },
        ...{ iterations: 4, seed: 7 },
      });
      expect(rows[0]!.confidence).toBeCloseTo(probability(scores, prediction), 5);
    },
  );

  it.each(['random-sign', topK])('describe the iterate that %j keeps', async (attack) => {
    const { rows, kept } = await onlyResult({ attack: [attack] });
    const [row, x, origin] = [rows[0]!, kept[0]!.x, await clean(0)];
    const changes = [...x].map((value, i) => value - origin[i]!);
    expect(filled(row)).toEqual(
      inOrder([...always, ...ofKept, ...(attack === 'random-sign' ? [] : ['select'])]),
    );
    expect(row).toMatchObject({ status: 'ok', label_kept: true });
    expect(row.linf).toBe(Math.max(...changes.map(Math.abs)));
    expect(row.image_mse).toBeCloseTo(
      changes.reduce((sum, c) => sum + (c / 255) ** 2, 0) / VALUES,
      12,
    );
    const scores = await scoresOf(shipped, x);
    expect(row.confidence_perturbed).toBeCloseTo(probability(scores, row.prediction!), 5);
  });

  it('say which share of the saliency is in a target region, before and after', async () => {
    const slic = { segments: 8, pick: 2 };
    const { rows, trace, kept, cleanMap } = await onlyResult({
      attack: { name: 'target-region', slic, iterations: 4 },
    });
    expect(filled(rows[0]!)).toEqual(
      inOrder([...always, ...ofKept, 'select', 'region_share', 'region_share_perturbed']),
    );
    const { labels } = superpixels(await clean(0), 32, 32, { ...slic, compactness: 10 });
    const share = (map: Float32Array) =>
      map.reduce((sum, v, i) => sum + (labels[i] === slic.pick ? v : 0), 0);
    expect(rows[0]!.region_share).toBeCloseTo(share(cleanMap!), 6);
    expect(rows[0]!.region_share_perturbed).toBeCloseTo(share(kept[0]!.map), 6);
    expect(rows[0]!.region_share_perturbed).toBeCloseTo(trace[rows[0]!.best_iteration! - 1]!.D!, 6);
    expect(rows[0]!.region_share_perturbed).toBeGreaterThan(rows[0]!.region_share!);
  });

  it('are none where an image does not have the superpixel, and say why', async () => {
    const attack = { name: 'target-region', slic: { segments: 8, pick: 31 } };
    const { rows, failure } = await onlyResult({ attack });
    expect(rows).toEqual([]);
    expect(failure).toMatch(
      /^slic\.pick: 31 for the image .*\.png, expected 0 to \d+, its \d+ regions$/,
    );
  });

  it.each(
    ['random-sign', { ...topK, step: 3 }, { name: 'mass-center', iterations: 4 }].flatMap(
      (attack) => [0.25, 5, 40].map((epsilon) => ({ epsilon, attack })),
    ),
  )('stay within ε and the range of pixels: %j', async ({ attack, epsilon }) => {
    const { rows, kept } = await onlyResult({ attack: [attack], epsilon }, 3);
    expect(kept).toHaveLength(1);
    const { x } = kept[0]!;
    expect(rows[0]!.epsilon).toBe(epsilon);
    expect(rows[0]!.linf).toBeGreaterThan(0);
    expect(rows[0]!.linf).toBeLessThanOrEqual(epsilon);
    expect(Math.min(...x)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...x)).toBeLessThanOrEqual(255);
  });

  it.each([
    ...['gradient', 'gradient-x-input', 'guided-backprop', 'lrp', 'deep-taylor', 'deeplift'],
    { name: 'integrated-gradients', steps: 4 },
    { name: 'smoothgrad', samples: 2, direction: { steps: 2 } },
  ])('have every metric of %j under every attack with the authors’ semantics', async (explain) => {
    const results = await resultsOf({
      explain: [explain],
      attack: [
        { name: 'random-sign', iterations: 2 },
        { ...topK, iterations: 2 },
        { name: 'mass-center', iterations: 2 },
        { name: 'target-region', box: [0, 0, 9, 9], iterations: 2 },
      ],
      semantics: 'authors',
    });
    expect(results).toHaveLength(4);
    for (const { rows } of results) {
      expect(rows).toMatchObject([{ select: 'intersection', status: 'ok' }]);
      for (const column of metricsOf('maps'))
        expect(rows[0]![column], `${column} under ${rows[0]!.attack}`).toEqual(expect.any(Number));
    }
  });
});

describe('an image', () => {
  it.each([
    ['all its gradients are zero', 'gradient', () => networkWith(() => 0), 100],
    ['it is black where the map is a product with it', 'gradient-x-input', randomNetwork, 0],
    [
      'its gradients are too large to add up',
      'gradient',
      () =>
        networkWith((name) => (name === 'conv1.weight' ? 3e38 : name === 'dense2.bias' ? 0 : 1)),
      0,
    ],
  ])('has no map where %s', async (_, method, network, level) => {
    const change = { explain: method, attack: ['random-sign', twoRules] };
    const results = await resultsOf(change, 0, { network: network(), dataset: flat(level) });
    expect(results.map(({ rows }) => rows.map(({ select }) => select))).toEqual([
      [undefined],
      twoRules.select,
    ]);
    for (const { rows, ...rest } of results) {
      for (const row of rows) {
        const of = `${row.attack} ${row.select}`;
        expect(row.status, of).toBe('no-map');
        const more = row.select === undefined ? [] : ['select'];
        expect(filled(row), of).toEqual(inOrder([...always, ...more]));
      }
      // the image is kept, without a map
      const cleanImage = new Float32Array(VALUES).fill(level);
      expect(rest, rows[0]!.attack).toEqual({ trace: [], kept: [], cleanImage });
    }
  });

  it.each([
    ['random-sign', [undefined], []],
    [twoRules, twoRules.select, [false, false, false, false]],
  ])(
    'has lost its label where no iterate of %j has the class it is attacked for',
    async (...of) => {
      const [attack, selects, labels] = of;
      const config = await configOf({ attack: [attack], epsilon: 1 });
      const computer = await openOn(config);
      const [cell] = await cellsOn(computer, config, 0);
      const label = cell!.label + 1;
      const { rows, trace, kept } = await computer.run({ ...cell!, label }, () => {});
      expect(rows.map(({ select }) => select)).toEqual(selects);
      for (const row of rows) {
        expect(row, row.select).toMatchObject({ status: 'label-lost', label_kept: false });
        expect(row.prediction, row.select).toBe(label);
        const more = ['label_kept', 'seconds', ...(row.select === undefined ? [] : ['select'])];
        expect(filled(row), row.select).toEqual(inOrder([...always, ...more]));
      }
      // the iteration goes on all the same
      expect(trace.map((one) => one.label_kept)).toEqual(labels);
      expect(kept).toEqual([]);
      await computer.release();
    },
  );
});

describe('predictions', () => {
  it('have the largest score’s class, and the classes of the five largest, the lower of equals first', async () => {
    const bias = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
    const network = networkWith((name, i) => (name === 'dense2.bias' ? bias[i]! : 0));
    const config = await configOf();
    const computer = await openOn(config, { network });
    expect(await computer.predict(0)).toEqual({ label: 5, top5: [5, 7, 4, 8, 2] });
    const [row] = (await computer.run(cellsOf(config, 0, 5)[0]!, () => {})).rows;
    expect(row!.confidence).toBeCloseTo(probability(bias, 5), 6);
    await computer.release();
  });
});
