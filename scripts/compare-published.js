// Compares results with the published curves of Ghorbani et al. 2019 (Fig. 3 and 12) as a Markdown table:
// the mean over images that kept their label, two standard errors, and the difference. A difference is
// marked where it exceeds both two standard errors and the tolerance of its metric.
//   node scripts/compare-published.js results/imagenet-fig3-gradient/all-attacks
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { fixturePath } from '../dist/package.js';

const tolerances = { topk_intersection: 0.05, spearman: 0.08, center_shift: 6 };
/** Deep Taylor's published curves leave more open: its rule for biases, and 100 images. */
const ofDeepTaylor = { topk_intersection: 0.08, spearman: 0.08, center_shift: 8 };

const table = async (file) => parse(await readFile(file), { columns: true });

const published = await table(fixturePath('published', 'ghorbani2019-fig3-fig12.csv'));
const rows = (
  await Promise.all(process.argv.slice(2).map((dir) => table(path.join(dir, 'results.csv'))))
).flat();

/** The published curves come from the iterate with the smallest intersection; a random draw has no choice. */
const comparable = rows.filter(({ select }) => select === '' || select === 'intersection');

console.log(
  '| method | attack | ε | metric | images | label lost | paper | here | ± 2 s.e. | difference | |',
);
console.log('|---|---|---:|---|---:|---:|---:|---:|---:|---:|---|');
for (const { dataset, model, method, attack, epsilon, metric, value } of published) {
  const all = comparable.filter(
    (r) =>
      r.dataset === dataset &&
      r.model === model &&
      r.method === method &&
      r.attack === attack &&
      Number(r.epsilon) === Number(epsilon),
  );
  const values = all.filter((r) => r.status === 'ok').map((r) => Number(r[metric]));
  if (values.length < 2) continue;
  const here = mean(values);
  const error = (2 * sampleStandardDeviation(values)) / Math.sqrt(values.length);
  const difference = here - Number(value);
  const outside =
    Math.abs(difference) >
    Math.max((method === 'deep-taylor' ? ofDeepTaylor : tolerances)[metric], error);
  const digits = metric === 'center_shift' ? 1 : 3;
  const figure = (v) => v.toFixed(digits);
  console.log(
    `| ${method} | ${attack} | ${epsilon} | ${metric} | ${all.length} | ${all.filter((r) => r.status === 'label-lost').length} | ${figure(Number(value))} | ${figure(here)} | ${figure(error)} | ${difference > 0 ? '+' : ''}${figure(difference)} | ${outside ? 'outside' : ''} |`,
  );
}
