// Theorem 2 of Dombrowski et al. 2019 as a figure: results/theorem-2/theorem-2.svg, and its numbers in two tables. For one
// unit the gradient of ReLU, averaged over noise of a certain law, is the gradient of softplus; here by quadrature. For a
// whole network SmoothGrad, whose noise is normal, resembles β-smoothing: the correlation of their maps on drawn scenes.
//   node scripts/theorem-2.js
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { mean } from 'simple-statistics';
import { resolveModel } from '../dist/config/model.js';
import { openDataset } from '../dist/data/open.js';
import { CHART, figureSvg } from '../dist/drawing/figure.js';
import { onnxEngine } from '../dist/engine/onnx/onnx.js';
import { compileEvaluator, gradient, oneHot, smoothgrad } from '../dist/explain/index.js';
import { argmax } from '../dist/metric/output.js';
import { pcc } from '../dist/metric/pcc.js';
import { formatRows, headerOf } from '../dist/record/table.js';
import { drawsOf } from '../dist/subject/draws.js';
import { loadNetwork } from '../dist/subject/network.js';

const FOLDER = 'results/theorem-2';

/** p_β(t), the law of the noise along a unit's weights. */
const density = (beta, t) => beta / (Math.exp((beta * t) / 2) + Math.exp((-beta * t) / 2)) ** 2;

/** E[1(t < a)] by the trapezoidal rule, from where the density is 0 in float64. */
function expectation(beta, a, parts = 20_000) {
  const from = -40 / beta;
  const h = (a - from) / parts;
  let total = (density(beta, from) + density(beta, a)) / 2;
  for (let i = 1; i < parts; i++) total += density(beta, from + i * h);
  return total * h;
}

const unit = [1, 3, 10].flatMap((beta) =>
  Array.from({ length: 33 }, (_, i) => {
    const a = (i - 16) / 4;
    const exact = 1 / (1 + Math.exp(-beta * a));
    return { beta, a, expectation: expectation(beta, a), sigmoid: exact };
  }),
);

const NOISES = [0.01, 0.03, 0.1, 0.2];
const BETAS = [1, 2, 3, 5, 10, 20, 30, 50, 100, 300];

/** Correlations of maps on one image: of SmoothGrad with each β, and of the plain map with each β. */
async function correlations() {
  const { model } = await resolveModel({ name: 'cifar-cnn' });
  const { bound } = await loadNetwork(model, '');
  const engine = onnxEngine();
  const data = { name: 'embedded', count: 'max', correct: true, resize: 32 };
  const dataset = await openDataset(data, '');
  const own = bound.network.activation;
  const swept = await compileEvaluator(engine, bound, gradient(), { softplus: 'given' });
  const methods = NOISES.map((noise) => smoothgrad(bound, { of: gradient(), noise }));
  const noisy = await compileEvaluator(engine, bound, methods[0], own);
  const rows = [];
  for (const entry of dataset.entries) {
    const x = await dataset.load(entry, bound.network);
    const draws = drawsOf(x, [1, entry.id]);
    const { classes } = bound.network;
    const { scores } = await swept.evaluate(x, oneHot(classes, 0), draws, { beta: 1 });
    const target = oneHot(classes, argmax(scores));
    const smooth = [];
    for (const beta of BETAS) smooth.push((await swept.evaluate(x, target, draws, { beta })).map);
    for (const [i, noise] of NOISES.entries()) {
      const { samples } = methods[i];
      const { map } = await noisy.evaluate(x, target, draws, { samples });
      for (const [at, beta] of BETAS.entries())
        rows.push({ image: entry.id, noise, beta, pcc: pcc(map, smooth[at]) });
    }
  }
  return rows;
}

const maps = await correlations();

const quantitative = (field, title, more = {}) => ({ field, type: 'quantitative', title, ...more });
const figure = {
  name: 'theorem-2',
  title: 'β-smoothing is an average over noise',
  series: [...[1, 3, 10].map((beta) => `β = ${beta}`), ...NOISES.map((n) => `noise ${100 * n} %`)],
  rows: [
    [
      {
        title: 'one unit',
        data: unit.map(({ beta, ...row }) => ({ series: `β = ${beta}`, ...row })),
        draw: (color) => ({
          ...CHART,
          encoding: { x: quantitative('a', 'wᵀx/‖w‖'), color },
          layer: [
            {
              mark: { type: 'line', strokeWidth: 1.5 },
              encoding: { y: quantitative('sigmoid', 'gradient / w') },
            },
            {
              mark: { type: 'point', filled: true, size: 18, opacity: 1 },
              encoding: { y: quantitative('expectation', 'gradient / w') },
            },
          ],
        }),
      },
      {
        title: 'a network: SmoothGrad and β-smoothing',
        data: NOISES.flatMap((noise) =>
          BETAS.map((beta) => {
            const of = maps.filter((row) => row.noise === noise && row.beta === beta);
            return { series: `noise ${100 * noise} %`, beta, pcc: mean(of.map((row) => row.pcc)) };
          }),
        ),
        draw: (color) => ({
          ...CHART,
          encoding: {
            x: quantitative('beta', 'β', {
              scale: { type: 'log', nice: false },
              axis: { format: '~g' },
            }),
            y: quantitative('pcc', 'correlation of the maps', { scale: { zero: false } }),
            color,
          },
          layer: [{ mark: { type: 'line', strokeWidth: 2, point: { size: 24 } } }],
        }),
      },
    ],
  ],
  notes: [
    'left: points are the gradient of ReLU averaged over noise, by quadrature; lines σ(β·wᵀx/‖w‖)',
    `right: mean over ${new Set(maps.map(({ image }) => image)).size} drawn scenes, cifar-cnn`,
  ],
};

await mkdir(FOLDER, { recursive: true });
const write = (file, rows) => {
  const columns = Object.keys(rows[0]);
  return writeFile(path.join(FOLDER, file), headerOf(columns) + formatRows(rows, columns));
};
await write('unit.csv', unit);
await write('maps.csv', maps);
await writeFile(path.join(FOLDER, 'theorem-2.svg'), `${await figureSvg(figure)}\n`);

const worst = Math.max(...unit.map((row) => Math.abs(row.expectation - row.sigmoid)));
console.log(`one unit: the largest difference is ${worst.toExponential(1)}`);
console.log('| noise | β of the most similar map | correlation |');
console.log('|---:|---:|---:|');
for (const noise of NOISES) {
  const means = BETAS.map((beta) =>
    mean(maps.filter((row) => row.noise === noise && row.beta === beta).map((row) => row.pcc)),
  );
  const best = Math.max(...means);
  console.log(`| ${100 * noise} % | ${BETAS[means.indexOf(best)]} | ${best.toFixed(3)} |`);
}
