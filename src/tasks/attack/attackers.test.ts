// From attacks of a config to dissimilarities, to the networks that directions are taken on, and to steps.
import { describe, expect, it } from 'vitest';
import { adamSteps, betaAt, type Growth, signSteps } from '../../attack/index.js';
import { paperSemantics } from '../../config/semantics.js';
import { heldActivation } from '../../subject/matching.js';
import { directionOf, dissimilarityOf, stepsBy } from './attackers.js';
import { attackNames, type IterativeAttackItem, isIterative } from './items.js';
import { attackConfig } from './testing/config.js';

const configOf = (change: Record<string, unknown> = {}) =>
  attackConfig({
    ...{ name: 't', model: 'cifar-cnn', data: 'embedded', explain: 'gradient' },
    ...{ attack: 'random-sign', epsilon: 8, ...change },
  });
/** The first attack of a config. */
const attackFor = async (item: unknown, change: Record<string, unknown> = {}) => {
  const bound = JSON.stringify(item).includes('match-target') ? { epsilon: undefined } : {};
  const { attack } = await configOf({ attack: [item], ...bound, ...change });
  return attack[0] as IterativeAttackItem;
};

describe('a dissimilarity', () => {
  const map = Float32Array.of(0.1, 0.4, 0.2, 0.3);
  const region = Float32Array.of(0, 1, 1, 0);

  it.each(attackNames)('has the name of its attack: %s', async (name) => {
    const item = await attackFor(name === 'target-region' ? { name, box: [0, 0, 1, 1] } : name);
    // the one attack that maximizes nothing
    expect(isIterative(item)).toBe((name as string) !== 'random-sign');
    if (isIterative(item))
      expect(dissimilarityOf(item, region, 10, paperSemantics).name).toBe(name);
  });

  it('takes as many pixels as k says', async () => {
    const item = await attackFor({ name: 'top-k', k: 2 });
    const topK = dissimilarityOf(item, region, 10, paperSemantics);
    expect(topK.clean(map, 2, 2)).toEqual({ top: Float32Array.of(0, 1, 0, 1) });
  });

  it('is of the region it is given', async () => {
    const box = await attackFor({ name: 'target-region', box: [0, 0, 1, 1] });
    const made = dissimilarityOf(box, region, 10, paperSemantics);
    expect(made.clean(map, 2, 2)).toEqual({ region });
  });

  it('of mass-center measures in whole pixels where semantics say so', async () => {
    const { semantics } = await configOf({ semantics: 'authors' });
    const item = await attackFor('mass-center');
    const everywhere = new Float32Array(32 * 32).fill(1);
    const made = dissimilarityOf(item, everywhere, 10, semantics);
    expect(made.surrogate).toBeUndefined();
    expect(dissimilarityOf(item, everywhere, 10, paperSemantics).surrogate).toBeDefined();
  });
});

describe('the direction of match-target', () => {
  const directionFor = async (change: Record<string, unknown>, attack: object = {}) => {
    const config = await configOf({
      attack: { name: 'match-target', iterations: 7, ...attack },
      epsilon: undefined,
      ...change,
    });
    const item = config.attack[0] as IterativeAttackItem;
    return directionOf(item, config.explain[0]!, 'relu', config);
  };
  const growing = { from: 10, to: 100, iterations: 7 };

  it.each([
    ['grows as published', {}, {}, growing],
    [
      'grows otherwise where it is told',
      {},
      { beta: { from: 2, to: 3 } },
      { from: 2, to: 3, iterations: 7 },
    ],
    ['is of one β', {}, { beta: 4 }, { softplus: 4 }],
    ['is the ReLU network', {}, { beta: 'none' }, 'relu'],
    ['is the ReLU network for lrp', { explain: 'lrp' }, {}, 'relu'],
    [
      'grows for lrp where it is told',
      { explain: 'lrp' },
      { beta: { from: 2, to: 3 } },
      { from: 2, to: 3, iterations: 7 },
    ],
    [
      'is the ReLU network with derivative 1 at 0 for lrp, where semantics say so',
      { explain: 'lrp', semantics: { reluAtZero: 1 } },
      {},
      'open-relu',
    ],
    ['is the config’s', { surrogate: { beta: 6 } }, {}, { softplus: 6 }],
    [
      'is the method’s first',
      { explain: { name: 'gradient', surrogate: 'none' } },
      { beta: 4 },
      'relu',
    ],
    [
      'is the smooth network of a smoothed map',
      { explain: { name: 'gradient', smooth: { beta: 0.8 } } },
      { beta: 4 },
      { softplus: 0.8 },
    ],
    [
      'has the smooth pools of a smoothed map',
      { explain: { name: 'gradient', smooth: { beta: 0.8, pools: true } } },
      {},
      { softplus: 0.8, pools: true },
    ],
    [
      'is softer for SqueezeNet',
      { model: 'squeezenet1_1' },
      {},
      { from: 10 / 57, to: 100 / 57, iterations: 7 },
    ],
    ['is sharper for DenseNet', { model: 'densenet121' }, {}, { from: 30, to: 300, iterations: 7 }],
    ['has no surrogate on a smooth network', { model: 'cifar-cnn-softplus' }, {}, 'relu'],
  ])('%s', async (_, change, attack, expected) => {
    expect(await directionFor(change, attack)).toEqual(expected);
  });

  it('has a β that is drawn at each step, evenly on a log scale', async () => {
    const beta = { from: 3, to: 100, drawn: true };
    const growth = (await directionFor({}, { beta })) as Growth;
    const betas = Array.from({ length: 2000 }, (_, i) => betaAt(growth, i + 1));
    expect(Math.min(...betas)).toBeGreaterThanOrEqual(3);
    expect(Math.max(...betas)).toBeLessThan(100);
    // half of them are below the geometric mean
    expect(betas.filter((b) => b < Math.sqrt(300)).length / 2000).toBeCloseTo(0.5, 1);
    expect(betaAt((await directionFor({}, { beta })) as Growth, 9)).toBe(betas[8]);
    expect(betaAt((await directionFor({ seed: 2 }, { beta })) as Growth, 9)).not.toBe(betas[8]);
  });

  it('is another for each explanation that it attacks', async () => {
    const config = await configOf({
      explain: ['gradient', 'lrp', { name: 'lrp', id: 'smooth', smooth: { beta: 0.8 } }],
      attack: { name: 'match-target', iterations: 7 },
      epsilon: undefined,
    });
    const item = config.attack[0] as IterativeAttackItem;
    const directions = config.explain.map((explain) => directionOf(item, explain, 'relu', config));
    expect(directions).toEqual([growing, 'relu', { softplus: 0.8 }]);
  });
});

describe('steps', () => {
  it.each([
    ['gradient', 1e-3],
    ['integrated-gradients', 5e-3],
    ['lrp', 2e-4],
    ['pattern-attribution', 2e-3],
    [{ name: 'gradient', smooth: { beta: 0.8 } }, 2.5e-4],
    [{ name: 'smoothgrad' }, 3e-3],
    [{ name: 'smoothgrad', of: 'lrp' }, 3e-4],
  ])('of match-target are of the published rate, unless told: %j', async (explain, rate) => {
    const of = async (attack: object) => {
      const config = await configOf({
        explain,
        attack: { name: 'match-target', ...attack },
        epsilon: undefined,
      });
      return stepsBy(config.attack[0] as IterativeAttackItem, config.explain[0]!);
    };
    expect(await of({})).toEqual({ rule: adamSteps, step: rate });
    expect((await of({ rate: 7 })).step).toBe(7);
  });

  it('of other attacks go along signs', async () => {
    const config = await configOf({ attack: { name: 'top-k', step: 0.25 } });
    const item = config.attack[0] as IterativeAttackItem;
    const explain = config.explain[0]!;
    expect(stepsBy(item, explain)).toEqual({ rule: signSteps, step: 0.25 });
    expect(directionOf(item, explain, 'relu', config)).toEqual({ softplus: 50 });
  });
});

it('an attack holds the output of the surrogate, but of the network that predicts for smoothed maps and where β is drawn', async () => {
  const { explain } = await configOf({
    explain: ['gradient', { name: 'gradient', id: 'smoothed', smooth: { beta: 0.8 } }],
  });
  const [plain, smoothed] = explain;
  expect(heldActivation(plain!, { softplus: 3 }, 'relu')).toBeUndefined();
  expect(heldActivation(smoothed!, { softplus: 0.8 }, 'relu')).toBe('relu');
  const drawn = { from: 3, to: 100, iterations: 7, uniform: () => 0 };
  expect(heldActivation(plain!, drawn, 'relu')).toBe('relu');
});
