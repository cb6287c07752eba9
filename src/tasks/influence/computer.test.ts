// Attacks on influence functions against a twin that takes no gradient: every derivative in the pixels is a central
// difference, every number of a row is made anew from features and influences.
import { beforeAll, describe, expect, it } from 'vitest';
import { compileFeatures, type Features } from '../../analysis/features.js';
import { Influence } from '../../analysis/influence.js';
import { fitHead } from '../../analysis/logistic.js';
import type { Dataset } from '../../data/dataset.js';
import { spearman } from '../../metric/spearman.js';
import { type BoundNetwork, bind } from '../../model/index.js';
import { convolutional, imageOf, weightsOf } from '../../model/testing/networks.js';
import { randomOf } from '../../subject/draws.js';
import { float64Engine } from '../../testing/float64.js';
import { unfiled } from '../../testing/images.js';
import { InfluenceComputer } from './computer.js';
import type { InfluenceConfig, InfluenceItem } from './config.js';
import { examplesOf, type Head } from './head.js';

const TRAINING = 24;
const TESTS = 5;
const SEED = 3;
/** The labels a data set has for what the head calls 0 and 1. */
const classes = [4, 7] as const;
const epsilons = [0.5, 120];

let network: BoundNetwork;
let frozen: Features;
let head: Head;
beforeAll(async () => {
  const form = convolutional();
  network = bind(form, weightsOf(form));
  frozen = await compileFeatures(float64Engine, network);
  const features: number[] = [];
  for (let i = 0; i < TRAINING; i++) features.push(...(await frozen.of(imageOf(form, `t${i}`))));
  const labels = Array.from({ length: TRAINING }, (_, i) => Number(i % 3 === 0));
  const known = { features: Float32Array.from(features), labels };
  const { theta } = fitHead(examplesOf(known), { loss: 'cross-entropy', regularisation: 1e-3 });
  head = { theta, ...known, ids: labels.map((_, i) => `t${i}`), classes };
});

/** Images of both classes in turn, named by a letter and their place. */
const drawn = (letter: string, length: number): Dataset => ({
  location: '',
  entries: Array.from({ length }, (_, i) => ({ id: `${letter}${i}`, label: classes[i % 2]! })),
  load: async ({ id }) => imageOf(network.network, id),
  ...unfiled,
});

const influenceItem: InfluenceItem = {
  ...{ loss: 'cross-entropy', reduction: 'mean', regularisation: 1e-3, damping: 1e-3 },
  ...{ sign: 'helpfulness', normalise: 'none', direction: 'image', label: 'clean' },
};

/** A computer that has no head yet. */
function computerOf(influence: InfluenceItem): InfluenceComputer {
  const config = {
    name: 'trial',
    seed: SEED,
    model: { name: 'convolutional' },
    data: { name: 'drawn' },
    influence,
    attack: [
      { name: 'random-sign', id: 'noise' },
      { name: 'influence-sign', id: 'sign' },
    ],
    epsilon: epsilons,
    save: { images: 1 },
  } as unknown as InfluenceConfig;
  const [tests, training] = [drawn('x', TESTS), drawn('t', TRAINING)];
  return new InfluenceComputer(config, network, { dataset: tests, training }, float64Engine);
}

/** Every test image's rows and class, with a head of one's own if need be. */
async function attacked(change: Partial<InfluenceItem> = {}, of: Head = head) {
  const influence = { ...influenceItem, ...change };
  const computer = computerOf(influence);
  await computer.compile();
  computer.share(of);
  const found = [];
  for (let image = 0; image < TESTS; image++) {
    const { label } = await computer.predict(image);
    found.push({ label, ...(await computer.run({ image, label })) });
  }
  return { found, influence: new Influence(of.theta, examplesOf(of), influence) };
}

const ranked = (values: Float64Array) =>
  [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b);
const gradientAt = async (x: Float32Array, of: (f: Float32Array) => number) => {
  const slope = new Float64Array(x.length);
  for (const i of x.keys()) {
    const at = async (by: number) => {
      // not rounded to float32
      const moved = Float64Array.from(x, (v, j) => (j === i ? v + by : v));
      return of(await frozen.of(moved as unknown as Float32Array));
    };
    slope[i] = ((await at(1e-4)) - (await at(-1e-4))) / 2e-4;
  }
  return slope;
};
const scalar = (a: Float64Array, b: Float64Array) => a.reduce((sum, v, i) => sum + v * b[i]!, 0);
const stepped = (x: Float32Array, epsilon: number, sign: (i: number) => number) =>
  x.map((v, i) => Math.min(255, Math.max(0, v + epsilon * sign(i))));

describe('an image under attacks on influence', () => {
  it.each<Partial<InfluenceItem>>([{}, { sign: 'paper' }, { label: 'current' }])(
    'has the rows of the twin, with %j',
    async (change) => {
      const { found, influence } = await attacked(change);
      const statuses = new Set<string>();
      for (const [place, { label, rows, shown }] of found.entries()) {
        const id = `x${place}`;
        const x = imageOf(network.network, id);
        const f = await frozen.of(x);
        const y = influence.logit(f) > 0 ? 1 : 0;
        expect(label).toBe(classes[y]);
        const clean = influence.of(f, y);
        const top = ranked(clean);
        const sum = (values: Float64Array) =>
          top.slice(0, 3).reduce((total, i) => total + values[i]!, 0);
        const rise = await gradientAt(x, (at) => sum(influence.of(at, y)));
        const score = await gradientAt(x, (at) => (2 * y - 1) * influence.logit(at));
        const cosine = scalar(rise, score) / Math.sqrt(scalar(rise, rise) * scalar(score, score));
        const confidence = (at: Float32Array) =>
          1 / (1 + Math.exp((1 - 2 * y) * influence.logit(at)));

        expect(rows.map(({ attack, epsilon }) => [attack, epsilon])).toEqual(
          ['noise', 'sign'].flatMap((attack) => epsilons.map((epsilon) => [attack, epsilon])),
        );
        for (const row of rows) {
          const random = randomOf([SEED, id, 'random-sign', row.epsilon], 'perturbation');
          const perturbed =
            row.attack === 'sign'
              ? stepped(x, row.epsilon, (i) => -Math.sign(rise[i]!))
              : stepped(x, row.epsilon, () => random.sign());
          const g = await frozen.of(perturbed);
          const now = influence.logit(g) > 0 ? 1 : 0;
          expect(row.influential).toBe(
            top
              .slice(0, 5)
              .map((i) => `t${i}`)
              .join(';'),
          );
          expect(row.influence).toBeCloseTo(sum(clean), 10);
          expect(row.confidence).toBeCloseTo(confidence(f), 10);
          if (row.attack === 'sign')
            expect(row.angle).toBeCloseTo((Math.acos(cosine) * 180) / Math.PI, 3);
          else expect(row.angle).toBeUndefined();
          expect(row.label_kept).toBe(now === y);
          const lost = now !== y && change.label !== 'current';
          statuses.add(`${row.status} ${row.label_kept}`);
          expect(row.status).toBe(lost ? 'label-lost' : 'ok');
          if (lost) {
            expect(row.spearman).toBeUndefined();
            expect(row.influential_perturbed).toBeUndefined();
            continue;
          }
          const after = influence.of(g, now);
          const fresh = ranked(after).slice(0, 5);
          expect(row.spearman).toBeCloseTo(spearman(clean, after)!, 10);
          const common = fresh.filter((i) => top.indexOf(i) < 5);
          expect(row.topk_intersection).toBeCloseTo(common.length / 5, 10);
          expect(row.influential_perturbed).toBe(fresh.map((i) => `t${i}`).join(';'));
          expect(row.influence_perturbed).toBeCloseTo(sum(after), 8);
          expect(row.confidence_perturbed).toBeCloseTo(confidence(g), 8);
          const farthest = Math.max(...x.map((v, i) => Math.abs(v - perturbed[i]!)));
          expect(row.linf).toBeCloseTo(farthest, 10);
          expect(row.linf).toBeLessThan(row.epsilon + 1e-4);
        }
        for (const { attack, epsilon, after } of shown) {
          expect(attack).toBe('sign');
          expect(after.x).toEqual(stepped(x, epsilon, (i) => -Math.sign(rise[i]!)));
        }
      }
      const gone = change.label === 'current' ? 'ok false' : 'label-lost false';
      expect([...statuses].sort()).toEqual([gone, 'ok true'].sort());
    },
  );

  it('steps by way of the features where asked', async () => {
    const { found, influence } = await attacked({ direction: 'features' });
    for (const [place, { shown }] of found.entries()) {
      const x = imageOf(network.network, `x${place}`);
      const f = await frozen.of(x);
      const y = influence.predict(f);
      const moved = influence.sequential(f, y, ranked(influence.of(f, y)).slice(0, 3));
      const along = await gradientAt(x, (at) => at.reduce((sum, v, k) => sum + v * moved[k]!, 0));
      for (const { epsilon, after } of shown)
        expect(after.x).toEqual(stepped(x, epsilon, (i) => Math.sign(along[i]!)));
    }
  });

  it('has no map where no training example has an influence', async () => {
    // so sure of every image that the loss has no slope
    const sure = { ...head, theta: head.theta.map((v) => 1e5 * v) };
    const { found } = await attacked({}, sure);
    for (const { rows, shown } of found) {
      expect(rows.map(({ status }) => status)).toEqual(Array(4).fill('no-map'));
      expect(shown).toEqual([]);
    }
  });
});

describe('the computer of attacks on influence', () => {
  it('gives the features of training images, before there is a head', async () => {
    const computer = computerOf(influenceItem);
    await computer.compile();
    for (const training of [0, 7, TRAINING - 1])
      expect(await computer.part({ training }), `image ${training}`).toEqual(
        await frozen.of(imageOf(network.network, `t${training}`)),
      );
  });

  it('computes nothing of a test image before it has its head', async () => {
    const computer = computerOf(influenceItem);
    await computer.compile();
    await expect(computer.predict(0)).rejects.toThrow('the head has not been fitted');
    await expect(computer.run({ image: 0, label: 4 })).rejects.toThrow(
      'the head has not been fitted',
    );
  });

  it('times a step of an image', async () => {
    const computer = computerOf(influenceItem);
    await computer.compile();
    computer.share(head);
    const { seconds, peakBytes } = await computer.probe({ image: 0, label: 4 });
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(60);
    expect(peakBytes).toBeGreaterThan(1e6);
  });
});
