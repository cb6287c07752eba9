// What a product of the Hessian of a class score with a vector costs, over the gradient that it is measured with, as a
// Markdown table: medians of runs that alternate, one image at a time.
//   node scripts/hessian-cost.js
import { median } from 'simple-statistics';
import { compileScoreSurfaces } from '../dist/analysis/score-surface.js';
import { resolveModel } from '../dist/config/model.js';
import { onnxEngine } from '../dist/engine/onnx/onnx.js';
import { keyedRandom } from '../dist/random.js';
import { loadNetwork } from '../dist/subject/network.js';

const vgg = { name: 'vgg16-cifar10', width: 0.5, batchNorm: true };
const subjects = [
  { given: { name: 'cifar-cnn' }, pools: false },
  { given: { name: 'cifar-cnn-softplus' }, pools: false },
  { given: vgg, pools: false },
  { given: vgg, pools: true },
];
const [BETA, WARM, RUNS] = [10, 3, 40];

async function timed(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Milliseconds of a gradient and of a product. */
async function measured({ given, pools }) {
  const { bound } = await loadNetwork((await resolveModel(given)).model, '');
  const { height, width } = bound.network;
  const surfaces = await compileScoreSurfaces(onnxEngine(), bound, pools);
  const surface = surfaces.of(0, BETA);
  const random = keyedRandom('cost of a product');
  const pixels = Float32Array.from({ length: 3 * height * width }, () => 255 * random.uniform());
  const x = surface.toInput(pixels);
  const v = x.map(() => random.uniform() - 0.5);
  const [gradients, products] = [[], []];
  for (let run = -WARM; run < RUNS; run++) {
    const gradient = await timed(() => surface.at(x));
    const product = await timed(() => surface.product(x, v));
    if (run < 0) continue;
    gradients.push(gradient);
    products.push(product);
  }
  await surfaces.release();
  return [median(gradients), median(products)];
}

console.log('| network | gradient, ms | product, ms | product / gradient |');
console.log('|---|---:|---:|---:|');
for (const subject of subjects) {
  const [gradient, product] = await measured(subject);
  const name = `${subject.given.name}${subject.pools ? ', smooth pools' : ''}`;
  console.log(
    `| ${name} | ${gradient.toFixed(1)} | ${product.toFixed(1)} | ${(product / gradient).toFixed(2)} |`,
  );
}
