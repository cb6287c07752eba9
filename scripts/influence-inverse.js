// Measures what an attack on influence functions owes to the inverse of H + λI: test images under one step at ε = 8,
// for heads of all training images and of a fourth of them, damped as the config says and not at all, solved as the
// program does and by the plain inverse of H rounded to float32. As a Markdown table, means over the images that
// keep their class, with the angle between the gradients of influence and score as in Fig. 6(b); the second line's
// step only raises the score.
//   node scripts/influence-inverse.js configs/influence-resnet18.yaml 40 [field=value]…
import { inverse, Matrix } from 'ml-matrix';
import { mean } from 'simple-statistics';
import { compileFeatures } from '../dist/analysis/features.js';
import { Influence } from '../dist/analysis/influence.js';
import { outerSum } from '../dist/analysis/linear-system.js';
import { fitHead, losses } from '../dist/analysis/logistic.js';
import { dot } from '../dist/analysis/vectors.js';
import { influenceSign, randomSign } from '../dist/attack/index.js';
import { chooseEngine, openEngine } from '../dist/engine/choose.js';
import { spearman } from '../dist/metric/spearman.js';
import { topKIntersection } from '../dist/metric/topk.js';
import { keyedRandom } from '../dist/random.js';
import { openCrew } from '../dist/run/crew.js';
import { openWork } from '../dist/run/work.js';
import { loadConfig } from '../dist/tasks/index.js';
import { examplesOf } from '../dist/tasks/influence/head.js';

const EPSILON = 8;
const [file, count, ...changes] = process.argv.slice(2);
const config = await loadConfig(file, changes);
const { loss, reduction, regularisation } = config.influence;
const { subject, experiment } = await openWork(config);
const engine = await chooseEngine(config.engine);
const { dataRoot, network } = subject;
const crew = await openCrew(1, { config, dataRoot, engine, most: 1 }, {});
const { shared: head } = await experiment.prepare(crew);
crew.stop();
const all = examplesOf(head);

/** The influences of a head fitted to every n-th training image. */
function influenceOf(nth, damping, rounded) {
  const some = (list) => list.filter((_, i) => i % nth === 0);
  const examples = { rows: some(all.rows), labels: some(all.labels) };
  const { rows, labels } = examples;
  const by = reduction === 'sum' ? rows.length : 1;
  const { theta } = fitHead(examples, { loss, regularisation: regularisation / by });
  const influence = new Influence(theta, examples, { ...config.influence, damping });
  if (!rounded) return influence;
  const curvatures = rows.map(
    (row, i) => losses[loss].curvature(dot(row, theta), labels[i]) / rows.length,
  );
  const hessian = outerSum(rows, curvatures, new Float64Array(theta.length).fill(damping));
  const inverted = inverse(new Matrix(hessian.to2DArray().map((row) => row.map(Math.fround))));
  const solve = (b) => Float64Array.from(inverted.mmul(Matrix.columnVector(b)).to1DArray());
  return Object.assign(influence, { system: { by: 'inverse in float32', solve } });
}

const { damping } = config.influence;
const cases = [
  { nth: 1, damping },
  { nth: 1, damping, step: 'score' },
  { nth: 1, damping: 0 },
  { nth: 1, damping: 0, rounded: true },
  { nth: 4, damping },
  { nth: 4, damping: 0 },
  { nth: 4, damping: 0, rounded: true },
].map((each) => ({
  ...each,
  influence: influenceOf(each.nth, each.damping, each.rounded),
  found: [],
}));

const { dataset } = experiment.units;
const features = await compileFeatures(await openEngine(engine), network);
/** Σ v_k ∂f_k/∂x of v scaled to at most 1. */
function pulledBack(x, v) {
  const largest = Math.max(...v.map(Math.abs));
  return features.pullback(
    x,
    Float32Array.from(v, (each) => each / largest),
  );
}
const degrees = (a, b) => (Math.acos(dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b))) * 180) / Math.PI;
const confidence = (influence, f, y) => Math.abs(1 - y - influence.probability(f));
const places = Array.from({ length: Number(count) }, (_, i) =>
  Math.floor(((i + 0.5) * dataset.entries.length) / Number(count)),
);
for (const place of places) {
  const entry = dataset.entries[place];
  const x = await dataset.load(entry, network.network);
  const f = await features.of(x);
  const random = keyedRandom(config.seed, entry.id, 'influence-inverse');
  const noisy = await features.of(randomSign(x, EPSILON, () => random.sign()));
  const scores = new Map();
  for (const { nth, influence, step, found } of cases) {
    const y = influence.predict(f);
    const clean = influence.of(f, y);
    const three = [...clean.keys()].sort((a, b) => clean[b] - clean[a] || a - b).slice(0, 3);
    const weights = influence.theta.subarray(0, f.length);
    if (!scores.has(nth))
      scores.set(nth, await pulledBack(x, y === 1 ? weights : weights.map((w) => -w)));
    const score = scores.get(nth);
    const rise = await pulledBack(x, influence.gradient(f, y, three));
    const descent = step === 'score' ? score : rise.map((v) => -v);
    const moved = await features.of(influenceSign(x, descent, EPSILON));
    if (influence.predict(moved) !== y) continue;
    const after = influence.of(moved, y);
    found.push({
      random: spearman(clean, influence.of(noisy, y)),
      rho: spearman(clean, after),
      top: 5 * topKIntersection(clean, after, 5),
      angle: degrees(rise, score),
      before: confidence(influence, f, y),
      after: confidence(influence, moved, y),
    });
  }
}

console.log(
  '| training images | λ of H + λI | solved by | step against | images | ρ | of these negative | of the top 5 | ρ, random signs | angle | confidence |',
);
console.log('|---:|---:|---|---|---:|---:|---:|---:|---:|---:|---|');
for (const { nth, damping, step, influence, found } of cases) {
  const of = (key, digits) => mean(found.map((each) => each[key])).toFixed(digits);
  const cells = [
    Math.ceil(all.rows.length / nth),
    damping,
    influence.system.by,
    step === 'score' ? '(for the score)' : 'influence',
    found.length,
    of('rho', 2),
    found.filter(({ rho }) => rho < 0).length,
    of('top', 1),
    of('random', 2),
    `${of('angle', 0)}°`,
    `${of('before', 3)} → ${of('after', 3)}`,
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
process.exit(0);
