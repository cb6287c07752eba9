// Cells computed on the small network and the pictures that come with the program, and on networks made
// for one purpose: rows depend on nothing but what they are of, and say what became of the image.
import { beforeAll, describe, expect, it } from 'vitest';
import { slic as superpixels } from '../../analysis/slic.js';
import type { Dataset } from '../../data/dataset.js';
import { openDataset } from '../../data/open.js';
import type { Engine } from '../../engine/engine.js';
import { lockstep } from '../../engine/lockstep.js';
import { onnxEngine } from '../../engine/onnx/onnx.js';
import {
  compileEvaluator,
  compilePredictor,
  deeplift,
  gradient,
  oneHot,
} from '../../explain/index.js';
import { drawsOf } from '../../explain/testing/draws.js';
import { massCenter } from '../../metric/center.js';
import {
  type Activation,
  type BoundNetwork,
  bind,
  type ModelName,
  networkOf,
} from '../../model/index.js';
import { keyedRandom, permutation } from '../../random.js';
import { methodsOf } from '../../subject/methods.js';
import { loadNetwork } from '../../subject/network.js';
import { type CellResult, Cells } from './computer.js';
import { type ResolvedConfig, resolveConfig } from './config.js';
import { type Cell, cellsOf } from './plan.js';
import { metricColumns, type ResultRow, resultColumns } from './results.js';
import { partnerOf } from './targets.js';

const model = { name: 'cifar-cnn', width: 0.125 } as const;
const VALUES = 3 * 32 * 32;
let shipped: BoundNetwork;
let embedded: Dataset;
beforeAll(async () => {
  shipped = (await loadNetwork(model, 'no data root')).bound;
  embedded = await openDataset({ name: 'embedded' }, 'no data root');
});

const configOf = (change: Record<string, unknown> = {}): ResolvedConfig =>
  resolveConfig({
    name: 'trial',
    model,
    data: { name: 'embedded', correct: false },
    explain: 'gradient',
    attack: 'random-sign',
    epsilon: 8,
    save: { images: 1, trace: true },
    ...change,
  });
const topK = { name: 'top-k', k: 50, iterations: 4 };
const match = { name: 'match-target', iterations: 4, evaluate: { every: 2 } };
const everySelection = ['dissimilarity', 'intersection', 'correlation', 'center'];

/** What cells are computed with; by default what comes with the program. */
interface World {
  readonly network: BoundNetwork;
  readonly dataset: Dataset;
  readonly engine: Engine;
}
const open = async (config: ResolvedConfig, world: Partial<World> = {}) => {
  const network = world.network ?? shipped;
  return new Cells(
    config,
    network,
    world.dataset ?? embedded,
    world.engine ?? onnxEngine(),
    await methodsOf(config, network, 'no-data-root'),
  );
};

/** A network of the same form, one to four channels wide, with the weights a test gives it and no mean. */
function networkWith(
  value: (name: string, i: number) => number,
  { width = 0.02, form = 'cifar-cnn' as ModelName } = {},
): BoundNetwork {
  const network = networkOf(form, { width });
  const tensors = [...network.parameters].map(([name, shape]) => {
    const length = shape.reduce((n, d) => n * d, 1);
    const data = Float32Array.from({ length }, (_, i) => (name === 'mean' ? 0 : value(name, i)));
    return [name, { shape, data }] as const;
  });
  return bind(network, { file: '', sha256: '', metadata: {}, tensors: new Map(tensors) });
}
const randomNetwork = (form: ModelName = 'cifar-cnn') => {
  const random = keyedRandom('network');
  return networkWith(() => (random.uniform() - 0.4) / 2, { form });
};
/** A data set of one image that is one grey level everywhere, labelled 4. */
const flat = (level: number): Dataset => ({
  location: '',
  entries: [{ id: 'flat', label: 4 }],
  load: async () => new Float32Array(VALUES).fill(level),
  fingerprint: async () => '',
});

/** Computes cells one after another; the results by cell, without the time they took. */
async function compute(cells: Cells, plan: readonly Cell[]): Promise<Map<string, CellResult>> {
  const results = new Map<string, CellResult>();
  const labels = new Map<number, number>();
  for (const cell of plan) {
    const label = labels.get(cell.image) ?? (await cells.predict(cell.image)).label;
    labels.set(cell.image, label);
    const { rows, ...rest } = await cells.run(cell, label, () => {});
    for (const { seconds } of rows) expect(seconds).toBeGreaterThan(0);
    const timeless = rows.map(({ seconds: _, ...row }) => row);
    results.set(JSON.stringify(cell), { rows: timeless, ...rest });
  }
  await cells.release();
  return results;
}
/** The results of a config on one image, in the order of its cells. */
const resultsOf = async (config: ResolvedConfig, image = 0, world?: Partial<World>) => [
  ...(await compute(await open(config, world), cellsOf(config, image))).values(),
];
const onlyResult = async (...args: Parameters<typeof resultsOf>) => (await resultsOf(...args))[0]!;

const scoresOf = async (network: BoundNetwork, x: Float32Array) => {
  const predictor = await compilePredictor(onnxEngine(), network);
  const scores = [...(await predictor.predict(x))];
  await predictor.release();
  return scores;
};
const probability = (scores: readonly number[], label: number) =>
  Math.exp(scores[label]!) / scores.reduce((sum, s) => sum + Math.exp(s), 0);
const clean = (image: number) => embedded.load(embedded.entries[image]!, shipped.network);

const filled = (row: ResultRow) => resultColumns.filter((column) => row[column] !== undefined);
/** Columns that every row fills. */
const always = [
  ...['experiment', 'model', 'dataset', 'image', 'label', 'prediction', 'method', 'attack'],
  ...['epsilon', 'iterations', 'status', 'confidence', 'seed'],
];
/** Columns that a row with a kept iterate fills besides. */
const ofKept = [
  ...['best_iteration', 'label_kept', 'confidence_perturbed', 'linf', ...metricColumns],
  ...[
    'image_ssim',
    'image_pcc',
    'image_mse',
    'output_change',
    'logit_mse_half',
    'softmax_mse_half',
  ],
];
const inOrder = (columns: readonly string[]) => resultColumns.filter((c) => columns.includes(c));

describe('rows', () => {
  it('are the same in whichever order and by whichever process their cells are computed', async () => {
    const config = configOf({
      explain: [
        'gradient',
        { name: 'integrated-gradients', steps: 4, direction: { steps: 2 } },
        { name: 'gradient', id: 'plain', surrogate: 'none' },
      ],
      attack: ['random-sign', topK, { name: 'mass-center', iterations: 4 }],
      epsilon: [4, 1],
    });
    const plan = [0, 1].flatMap((image) => cellsOf(config, image));
    const expected = await compute(await open(config), plan);
    expect(expected.size).toBe(36);
    expect(new Set([...expected.values()].map((result) => JSON.stringify(result))).size).toBe(36);

    const order = permutation(plan.length, keyedRandom('order')).map((i) => plan[i]!);
    const half = order.length / 2;
    const processes = [order.slice(0, half), order.slice(half)];
    for (const part of processes)
      for (const [cell, result] of await compute(await open(config), part))
        expect(result, cell).toEqual(expected.get(cell));
  });

  it('of images that run together are the same in whichever company', async () => {
    const config = configOf({
      explain: ['gradient', { name: 'integrated-gradients', steps: 4, direction: { steps: 2 } }],
      attack: ['random-sign', topK, { name: 'mass-center', iterations: 4, quantise: true }, match],
      epsilon: [4, 1],
    });
    const plan = [0, 1, 2].flatMap((image) => cellsOf(config, image));
    const groups = new Map<string, Cell[]>();
    for (const cell of plan) {
      const key = `${cell.method} ${cell.attack}`;
      groups.set(key, [...(groups.get(key) ?? []), cell]);
    }
    /** Results by cell, three at a time, in an order of their own. */
    const inCompany = async (key: string) => {
      const { engine, together } = lockstep(onnxEngine(), 3);
      const cells = await open(config, { engine });
      const labels = await together([0, 1, 2].map((image) => () => cells.predict(image)));
      const results = new Map<string, CellResult>();
      for (const group of groups.values()) {
        const order = permutation(group.length, keyedRandom(key)).map((i) => group[i]!);
        // the last batch is not full
        const found = await together(
          order
            .slice(0, 5)
            .map((cell) => () => cells.run(cell, labels[cell.image]!.label, () => {})),
        );
        for (const [i, { rows, ...rest }] of found.entries())
          results.set(JSON.stringify(order[i]), {
            rows: rows.map(({ seconds: _, ...row }) => row),
            ...rest,
          });
      }
      await cells.release();
      return results;
    };
    const [first, second] = [await inCompany('first'), await inCompany('second')];
    const both = [...first.keys()].filter((key) => second.has(key));
    expect(both.length).toBeGreaterThan(20);
    for (const key of both) expect(second.get(key), key).toEqual(first.get(key));

    // and on the average what they are alone
    const alone = await compute(await open(config), plan);
    const mean = (from: ReadonlyMap<string, CellResult>) => {
      const values = [...first.keys()].flatMap((key) =>
        from.get(key)!.rows.flatMap((row) => row.topk_intersection ?? []),
      );
      return values.reduce((a, b) => a + b, 0) / values.length;
    };
    expect(Math.abs(mean(first) - mean(alone))).toBeLessThan(0.01);
  });

  it.each(['cifar-cnn', 'cifar-cnn-softplus'] as const)(
    'say what they are of, and what %s makes of it',
    async (form) => {
      const config = configOf({
        model: { name: form, width: 0.02 },
        attack: { ...topK, id: 'mine' },
        seed: 7,
      });
      const network = randomNetwork(form);
      const { rows } = await onlyResult(config, 0, { network, dataset: flat(100) });
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
    const { rows, kept } = await onlyResult(configOf({ attack: [attack] }));
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
    const config = configOf({ attack: { name: 'target-region', slic, iterations: 4 } });
    const { rows, trace, kept, cleanMap } = await onlyResult(config);
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
    const { rows, failure } = await onlyResult(configOf({ attack }));
    expect(rows).toEqual([]);
    expect(failure).toMatch(
      /^slic\.pick: 31 for the image .*\.png, expected 0 to \d+, its \d+ regions$/,
    );
  });

  it('stay within ε and the range of pixels', async () => {
    const attack = ['random-sign', { ...topK, step: 3 }, { name: 'mass-center', iterations: 4 }];
    const config = configOf({ attack, epsilon: [0.25, 5, 40] });
    for (const { rows, kept } of await resultsOf(config, 3))
      for (const { x } of kept) {
        expect(rows[0]!.linf).toBeGreaterThan(0);
        expect(rows[0]!.linf).toBeLessThanOrEqual(rows[0]!.epsilon!);
        expect(Math.min(...x)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...x)).toBeLessThanOrEqual(255);
      }
  });
});

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
    const config = configOf({
      attack: [
        { ...topK, ...long },
        { name: 'mass-center', ...long },
      ],
      epsilon: 32,
    });
    const cells = await open(config);
    let [different, passedOver] = [0, 0];
    for (const cell of [0, 1].flatMap((n) => [0, 1, 2, 6, 7].map((i) => cellsOf(config, i)[n]!))) {
      const { label } = await cells.predict(cell.image);
      const { rows, trace, kept } = await cells.run(cell, label, () => {});
      expect(trace.map(({ iteration }) => iteration)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      for (const [i, [select, { column, sign }]] of Object.entries(measures).entries()) {
        const value = (n: number) => sign * trace[n]![column]!;
        let [best, bestOfAll] = [-1, 0];
        for (let n = 0; n < trace.length; n++) {
          if (trace[n]!.label_kept && (best < 0 || value(n) > value(best))) best = n;
          if (value(n) > value(bestOfAll)) bestOfAll = n;
        }
        if (best !== bestOfAll) passedOver++;
        expect(rows[i]).toMatchObject({ select, best_iteration: best + 1, status: 'ok' });
        for (const metric of metricColumns) expect(rows[i]![metric]).toBe(trace[best]![metric]);
        expect(kept[i]!.select).toBe(select);
        // as far from the clean image as so many steps lead
        expect(rows[i]!.linf).toBeLessThanOrEqual(8 * (best + 1));
      }
      const iterations = new Set(rows.map((row) => row.best_iteration));
      expect(new Set(kept.map(({ x }) => x.join())).size).toBe(iterations.size);
      if (iterations.size > 1) different++;
    }
    await cells.release();
    // or there was nothing to tell apart
    expect(different).toBeGreaterThan(0);
    expect(passedOver).toBeGreaterThan(0);
  });

  it('look at every n-th iterate and the last', async () => {
    const item = { ...topK, iterations: 7, evaluate: { every: 3 } };
    const { trace } = await onlyResult(configOf({ attack: item }));
    expect(trace.map(({ iteration }) => iteration)).toEqual([3, 6, 7]);
    // what is not looked at is there all the same
    const { trace: whole } = await onlyResult(
      configOf({ attack: { ...item, evaluate: { every: 1 } } }),
    );
    expect(trace).toEqual([whole[2], whole[5], whole[6]]);
  });

  it('keep iterates and a trace only when the config asks for them', async () => {
    const [result, bare] = [
      await onlyResult(configOf({ attack })),
      await onlyResult(configOf({ attack, save: { images: 0, trace: false } })),
    ];
    expect([result!.kept.length, result!.trace.length]).toEqual([4, 4]);
    expect(bare).toEqual({ rows: result!.rows, trace: [], kept: [] });
  });
});

describe('an image', () => {
  const two = { ...topK, select: ['center', 'dissimilarity'] };

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
    const config = configOf({ explain: method, attack: ['random-sign', two] });
    const world = { network: network(), dataset: flat(level) };
    for (const [i, { rows, trace, kept }] of (await resultsOf(config, 0, world)).entries()) {
      expect(rows.map(({ select }) => select)).toEqual([[undefined], two.select][i]);
      for (const row of rows) {
        expect(row.status).toBe('no-map');
        const more = row.select === undefined ? [] : ['select'];
        expect(filled(row)).toEqual(inOrder([...always, ...more]));
      }
      expect([trace, kept]).toEqual([[], []]);
    }
  });

  it('has lost its label where no iterate has the class it is attacked for', async () => {
    const config = configOf({ attack: ['random-sign', two], epsilon: 1 });
    const cells = await open(config);
    const { label } = await cells.predict(0);
    for (const [i, cell] of cellsOf(config, 0).entries()) {
      const { rows, trace, kept } = await cells.run(cell, label + 1, () => {});
      expect(rows.map(({ select }) => select)).toEqual([[undefined], two.select][i]);
      for (const row of rows) {
        expect(row).toMatchObject({ status: 'label-lost', label_kept: false });
        const more = ['label_kept', 'seconds', ...(row.select === undefined ? [] : ['select'])];
        expect(filled(row)).toEqual(inOrder([...always, ...more]));
      }
      // the iteration goes on all the same
      expect(trace.map((one) => one.label_kept)).toEqual([[], [false, false, false, false]][i]);
      expect(kept).toEqual([]);
    }
    await cells.release();
  });
});

describe('whole grey levels', () => {
  it('are within ε where ε is whole, and half a level more where it is not', async () => {
    const attack = [
      { name: 'random-sign', quantise: true },
      { ...topK, iterations: 9, select: everySelection, quantise: true },
    ];
    const plain = attack.map(({ quantise: _, ...item }) => item);
    const rounded = await resultsOf(configOf({ attack, epsilon: [3, 0.5, 2.4] }));
    const exact = await resultsOf(configOf({ attack: plain, epsilon: [3, 0.5, 2.4] }));
    for (const [i, { rows, kept }] of rounded.entries()) {
      expect(kept).toHaveLength(rows.length);
      for (const [n, { x }] of kept.entries()) {
        const [row, before] = [rows[n]!, exact[i]!.kept[n]!.x];
        expect(x.every(Number.isInteger)).toBe(true);
        x.forEach((value, p) => {
          if (Math.abs(value - before[p]!) > 0.5) expect.unreachable(`${value} of ${before[p]}`);
        });
        expect(row.linf).toBeLessThanOrEqual(
          row.epsilon! + (Number.isInteger(row.epsilon) ? 0 : 0.5),
        );
        expect(row.best_iteration).toBe(exact[i]!.rows[n]!.best_iteration);
        // what is reported is the rounded iterate
        const scores = await scoresOf(shipped, x);
        expect(row.confidence_perturbed).toBeCloseTo(probability(scores, row.prediction!), 5);
      }
    }
  });

  /**
   * A network that tells whether the mean brightness is below (class 0) or above (class 1) a level:
   * one channel of center taps adds up the colours, five equal units take the mean, and the scores are ±100 times
   * its distance from the level.
   */
  const brightness = (level: number) => {
    const threshold = (3 * level) / 255;
    const scores: Record<string, readonly number[]> = {
      'dense2.weight': [...Array(5).fill(-20), ...Array(5).fill(20), ...Array(40).fill(0)],
      'dense2.bias': [100 * threshold, -100 * threshold, ...Array(8).fill(-1000)],
    };
    return networkWith(
      (name, i) => {
        if (name in scores) return scores[name]![i]!;
        if (name.endsWith('bias')) return 0;
        return name === 'dense1.weight' ? 1 / 64 : i % 9 === 4 ? 1 : 0;
      },
      { width: 0.005 },
    );
  };

  it.each([
    ['random-sign', 101, 'ok'],
    ['random-sign', 100.25, 'label-lost'],
    // 32 of the 64 pixels that count go up, and as many down
    [{ name: 'top-k', k: 32, iterations: 1 }, 101, 'ok'],
    [{ name: 'top-k', k: 32, iterations: 1 }, 100.25, 'label-lost'],
  ])('can lose the label: %j at the limit %d is %s', async (attack, limit, status) => {
    // ±½ leaves the mean at 100, rounded it is 100½
    const item = typeof attack === 'string' ? { name: attack } : attack;
    const world = { network: brightness(limit), dataset: flat(100) };
    const rowOf = async (quantise: boolean) => {
      const change = { attack: { ...item, quantise }, epsilon: 0.5, surrogate: { beta: 1 } };
      return (await onlyResult(configOf(change), 0, world)).rows[0]!;
    };
    const exact = await rowOf(false);
    expect(exact).toMatchObject({ status: 'ok', linf: 0.5 });
    expect((await rowOf(true)).status).toBe(status);
  });
});

describe('the random draw', () => {
  const drawn = async (change: Record<string, unknown> = {}, image = 0, world?: Partial<World>) =>
    (await onlyResult(configOf({ epsilon: 2, ...change }), image, world)).kept[0]!.x;
  const signs = async (...args: Parameters<typeof drawn>) => {
    const [x, origin] = [await drawn(...args), await clean(args[1] ?? 0)];
    return [...x].map((value, i) => Math.sign(value - origin[i]!)).join('');
  };

  it('adds or takes away ε everywhere, one as often as the other', async () => {
    const [x, origin] = [await drawn(), await clean(0)];
    let up = 0;
    for (const [i, value] of x.entries()) {
      const moved = [origin[i]! - 2, origin[i]! + 2].map((v) => Math.min(255, Math.max(0, v)));
      expect(moved).toContain(value);
      if (value > origin[i]!) up++;
    }
    // five standard deviations
    expect(Math.abs(up - VALUES / 2)).toBeLessThan(2.5 * Math.sqrt(VALUES));
  });

  it('is the same for every method and model', async () => {
    const x = await drawn();
    expect(await drawn({ explain: 'gradient-x-input' })).toEqual(x);
    expect(await drawn({ explain: { name: 'integrated-gradients', id: 'ig', steps: 2 } })).toEqual(
      x,
    );
    expect(await drawn({}, 0, { network: randomNetwork() })).toEqual(x);
    const other = { model: { name: 'cifar-cnn', width: 0.02 }, name: 'other', metrics: { k: 3 } };
    expect(await drawn(other, 0, { network: randomNetwork() })).toEqual(x);
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

describe('predictions', () => {
  it('have the largest score’s class, and the classes of the five largest, the lower of equals first', async () => {
    const bias = [3, 1, 4, 1, 5, 9, 2, 6, 5, 3];
    const network = networkWith((name, i) => (name === 'dense2.bias' ? bias[i]! : 0));
    const cells = await open(configOf(), { network });
    expect(await cells.predict(0)).toEqual({ label: 5, top5: [5, 7, 4, 8, 2] });
    const [row] = (await cells.run(cellsOf(configOf(), 0)[0]!, 5, () => {})).rows;
    expect(row!.confidence).toBeCloseTo(probability(bias, 5), 6);
    await cells.release();
  });
});

describe('work', () => {
  it('is told step by step', async () => {
    const config = configOf({ attack: ['random-sign', { ...topK, evaluate: { every: 3 } }] });
    const cells = await open(config);
    const { label } = await cells.predict(0);
    const steps: number[] = [];
    for (const cell of cellsOf(config, 0)) {
      let taken = 0;
      await cells.run(cell, label, () => taken++);
      steps.push(taken);
    }
    expect(steps).toEqual([0, 4]);
    await cells.release();
  });

  it('is timed without a trace of it in the rows', async () => {
    const config = configOf({ attack: [topK, 'random-sign'] });
    const cells = await open(config);
    for (const attack of [0, 1]) {
      const { seconds, peakBytes } = await cells.probe({ image: 0, method: 0, attack, epsilon: 8 });
      expect(seconds).toBeGreaterThan(0);
      expect(peakBytes).toBeGreaterThan(2 ** 20);
    }
    const results = await compute(cells, cellsOf(config, 1));
    expect([...results.values()]).toEqual(await resultsOf(config, 1));
  });

  it('compiles programs once for all ε, holds few of them, and frees them all', async () => {
    const onnx = onnxEngine();
    let [built, held, most] = [0, 0, 0];
    const engine: Engine = {
      ...onnx,
      async compile(program) {
        const executable = await onnx.compile(program);
        built++;
        most = Math.max(most, ++held);
        return {
          ...executable,
          async release() {
            held--;
            await executable.release();
          },
        };
      },
    };
    const config = configOf({
      attack: [topK, { name: 'mass-center', iterations: 2 }],
      epsilon: [1, 2, 4],
    });
    const cells = await open(config, { engine });
    const { label } = await cells.predict(0);
    for (const cell of cellsOf(config, 0)) await cells.run(cell, label, () => {});
    // a predictor, one evaluator, and for both attacks a step and its dissimilarity
    expect([built, most, held]).toEqual([6, 3, 3]);
    await cells.release();
    expect(held).toBe(0);
  });
});

describe('random signs that walk', () => {
  const walk = { name: 'random-sign', iterations: 6, step: 2 };
  const walking = (change: object = {}) =>
    configOf({ attack: [walk], semantics: { random: 'walk' }, ...change });

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
      expect(row.status).toBe('ok');
      expect(sign * row[column]!).toBe(best);
      expect(row).toMatchObject({ iterations: 6, best_iteration: expect.any(Number) });
      const far = kept[i]!.x.map((v, j) => Math.abs(v - x[j]!));
      // not one draw, in which every value but those at an end of the grey levels would be at the edge
      expect(Math.max(...far)).toBeLessThan(5 + 1e-4);
      expect(far.filter((d) => d > 4.5).length / far.length).toBeLessThan(0.6);
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
    const cells = await open(walking());
    const { label } = await cells.predict(0);
    let taken = 0;
    await cells.run(cellsOf(walking(), 0)[0]!, label, () => taken++);
    expect(taken).toBe(6);
    await cells.release();
  });
});

describe('truncated centers', () => {
  const floor = (map: Float32Array) => massCenter(map, 32, 32).map(Math.floor);
  const apart = (a: readonly number[], b: readonly number[]) =>
    Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!);
  const mapOf = async (
    method: ReturnType<typeof gradient>,
    activation: Activation,
    x: Float32Array,
    label: number,
  ) => {
    const evaluator = await compileEvaluator(onnxEngine(), shipped, method, activation);
    const { map } = await evaluator.evaluate(x, oneHot(10, label), drawsOf(x));
    await evaluator.release();
    return map;
  };

  it.each([
    ['gradient', gradient(), { softplus: 50 }],
    // no surrogate: both centers are the ReLU network's
    ['deeplift', deeplift(), 'relu' as const],
  ] as const)(
    'shift between the surrogate’s of the clean %s map and the ReLU network’s, under every attack',
    async (name, method, surrogate) => {
      const config = configOf({
        explain: name,
        attack: ['random-sign', topK, { name: 'mass-center', iterations: 4 }],
        select: 'center',
        semantics: { center: 'truncated' },
      });
      const x = await clean(1);
      const results = await resultsOf(config, 1);
      expect(results).toHaveLength(3);
      for (const { rows, kept, trace } of results) {
        const [row] = rows;
        const label = row!.prediction!;
        const from = floor(await mapOf(method, surrogate, x, label));
        const after = floor(await mapOf(method, 'relu', kept[0]!.x, label));
        expect(row!.center_shift).toBe(apart(from, after));
        // a distance of whole pixels
        expect(row!.center_shift! ** 2 % 1).toBeCloseTo(0, 9);
        for (const { center_shift } of trace) expect(center_shift! ** 2 % 1).toBeCloseTo(0, 9);
        if (row!.attack === 'mass-center') {
          const chosen = trace.find(({ iteration }) => iteration === row!.best_iteration)!;
          const center = massCenter(await mapOf(method, 'relu', kept[0]!.x, label), 32, 32);
          // D has the fractions of where the center is, none of where it was
          expect(chosen.D).toBeCloseTo(apart(from, center), 4);
        }
      }
    },
  );

  it('differ from the paper’s shifts of the same iterates', async () => {
    const shifts = async (semantics: object) =>
      (await resultsOf(configOf({ semantics }))).map(({ rows }) => rows[0]!.center_shift);
    expect(await shifts({ center: 'truncated' })).not.toEqual(await shifts({}));
  });
});

describe('iterates as good as others', () => {
  // maps of this network do not depend on the image
  const constant = () => networkWith((name, i) => (name.endsWith('weight') ? (i % 3) / 9 : 1));

  it.each([
    ['first', 1],
    ['last', 4],
  ])('are kept from the %s', async (ties, iteration) => {
    const config = configOf({ attack: [topK], select: 'correlation', semantics: { ties } });
    const world = { network: constant(), dataset: flat(100) };
    const { rows, trace } = await onlyResult(config, 0, world);
    expect(new Set(trace.map(({ spearman }) => spearman)).size).toBe(1);
    expect(rows[0]).toMatchObject({ status: 'ok', best_iteration: iteration });
  });
});

it('the authors’ semantics compute every method and attack', async () => {
  const config = configOf({
    explain: [
      ...['gradient', 'gradient-x-input', 'guided-backprop', 'lrp', 'deep-taylor', 'deeplift'],
      { name: 'integrated-gradients', steps: 4 },
      { name: 'smoothgrad', samples: 2, direction: { steps: 2 } },
    ],
    attack: [
      { name: 'random-sign', iterations: 2 },
      { ...topK, iterations: 2 },
      { name: 'mass-center', iterations: 2 },
      { name: 'target-region', box: [0, 0, 9, 9], iterations: 2 },
    ],
    semantics: 'authors',
  });
  const results = await resultsOf(config);
  expect(results).toHaveLength(32);
  for (const { rows } of results) {
    expect(rows[0]).toMatchObject({ select: 'intersection', status: 'ok' });
    for (const column of metricColumns) expect(rows[0]![column]).toEqual(expect.any(Number));
  }
});

describe('match-target', () => {
  const unbounded = { epsilon: undefined };
  const target = async (config: ResolvedConfig, image: number) =>
    embedded.entries[partnerOf(config.seed, embedded.entries, image)]!.id;

  it('gives every method of an image the same target, and says how near it has come', async () => {
    const config = configOf({
      ...unbounded,
      explain: [
        'gradient',
        { name: 'lrp' },
        { name: 'smoothgrad', samples: 2, direction: { steps: 2 } },
        { name: 'integrated-gradients', steps: 2 },
        { name: 'gradient', id: 'smoothed', smooth: { beta: 5 } },
      ],
      attack: [match, { ...match, id: 'scores', output: 'scores', beta: 'none' }],
    });
    const results = await resultsOf(config, 2);
    expect(results).toHaveLength(10);
    for (const { rows, trace } of results) {
      const [row] = rows;
      expect(filled(row!)).toEqual(
        inOrder([
          ...always.filter((column) => column !== 'epsilon'),
          ...ofKept,
          ...['select', 'target_image', 'target_ssim', 'target_pcc', 'target_mse'],
        ]),
      );
      expect(row).toMatchObject({
        ...{ status: 'ok', select: 'last', iterations: 4, best_iteration: 4 },
        target_image: await target(config, 2),
      });
      expect(trace.map(({ iteration }) => iteration)).toEqual([2, 4]);
      expect(trace[1]!.target_pcc).toBe(row!.target_pcc);
    }
  });

  it('does the same in whichever order and by whichever process', async () => {
    const config = configOf({
      ...unbounded,
      explain: ['gradient', { name: 'integrated-gradients', steps: 4, direction: { steps: 2 } }],
      attack: [match, { ...match, id: 'given', beta: 20 }],
    });
    const plan = [0, 1].flatMap((image) => cellsOf(config, image));
    const expected = await compute(await open(config), plan);
    expect(new Set([...expected.values()].map((result) => JSON.stringify(result))).size).toBe(8);
    const backwards = [...plan].reverse();
    for (const part of [backwards.slice(0, 4), backwards.slice(4)])
      for (const [cell, result] of await compute(await open(config), part))
        expect(result, cell).toEqual(expected.get(cell));
  });

  it('brings a map nearer to its target, and keeps the output nearer the higher that is weighed', async () => {
    const attack = { ...match, iterations: 60, weights: [1e7, 1e2] };
    const [near, held] = await resultsOf(
      configOf({
        ...unbounded,
        attack: [attack, { ...attack, id: 'held', weights: [1e7, 1e6] }],
        save: { images: 1, trace: true },
      }),
    );
    const [before] = near!.trace;
    expect(near!.rows[0]!.target_pcc).toBeGreaterThan(before!.target_pcc! + 0.1);
    expect(near!.rows[0]!.target_mse).toBeLessThan(before!.target_mse! / 1.2);
    expect(held!.rows[0]!.output_change).toBeLessThan(near!.rows[0]!.output_change! / 2);
  });

  it('stays within a bound where it is given one', async () => {
    const attack = { ...match, rate: 0.1, epsilon: 1.5 };
    const [result] = await resultsOf(configOf({ ...unbounded, attack: [attack] }));
    const origin = await clean(0);
    expect(result!.rows[0]).toMatchObject({ epsilon: 1.5 });
    expect(result!.rows[0]!.linf).toBeGreaterThan(1.4);
    result!.kept[0]!.x.forEach((value, i) => {
      expect(Math.abs(value - origin[i]!)).toBeLessThanOrEqual(1.5 + 1e-5);
    });
  });

  it('is lost where the last iterate has another label', async () => {
    // steps of a thousand grey levels leave nothing of the image
    const attack = [
      { ...match, rate: 20, weights: [1e7, 0] },
      { ...match, rate: 20, weights: [1e7, 0], id: 'best', keep: 'best', evaluate: { every: 1 } },
    ];
    const found = [];
    for (const image of [0, 1, 2, 3])
      found.push(...(await resultsOf(configOf({ ...unbounded, attack }), image)));
    const lost = found.filter(({ trace }) => trace.at(-1)!.label_kept === false);
    expect(lost.length).toBeGreaterThan(0);
    for (const { rows, trace, kept } of lost) {
      const some = rows[0]!.select === 'best' && trace.some(({ label_kept }) => label_kept);
      expect(rows[0]!.status).toBe(some ? 'ok' : 'label-lost');
      expect(kept).toHaveLength(some ? 1 : 0);
      if (!some) expect(rows[0]!.target_pcc).toBeUndefined();
    }
  });

  it('has no map to match where the target has none', async () => {
    const white = networkWith(() => 0);
    const { rows } = await onlyResult(configOf({ ...unbounded, attack: [match] }), 0, {
      network: white,
    });
    expect(rows).toMatchObject([{ status: 'no-map', select: 'last' }]);
  });
});
