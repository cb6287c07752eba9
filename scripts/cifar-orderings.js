// Checks what Ghorbani et al. 2019 say of Fig. 13 against results: which attack and which method moves
// most, and CIFAR-10 against ImageNet. Prints the means and a verdict for each statement.
//   node scripts/cifar-orderings.js
import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { mean } from 'simple-statistics';

const table = async (file) => parse(await readFile(file), { columns: true });
const cifar = (
  await Promise.all(
    ['random', 'gradient', 'integrated-gradients', 'deeplift'].map((part) =>
      table(`results/cifar-fig13/${part}/results.csv`).catch(() => []),
    ),
  )
).flat();
const imagenet = await table('results/imagenet-fig3-gradient/all-attacks/results.csv');

/** Mean of a metric over the images that kept their label, by the iterate of smallest intersection. */
function of(rows, method, attack, epsilon, metric) {
  const values = rows
    .filter(
      (r) =>
        r.method === method &&
        r.attack === attack &&
        Number(r.epsilon) === epsilon &&
        r.status === 'ok' &&
        (r.select === '' || r.select === 'intersection'),
    )
    .map((r) => Number(r[metric]));
  return values.length === 0 ? Number.NaN : mean(values);
}

const metrics = ['topk_intersection', 'spearman', 'center_shift'];
const figures = (values) => values.map((v) => v.toFixed(v > 2 ? 2 : 3)).join(' | ');
const attacks = ['random-sign', 'top-k', 'mass-center'];
console.log('| data | method | attack | ε | top-k intersection | Spearman | center shift |');
console.log('|---|---|---|---:|---:|---:|---:|');
for (const [data, rows, methods] of [
  ['CIFAR-10', cifar, ['gradient', 'integrated-gradients', 'deeplift']],
  ['ImageNet', imagenet, ['gradient']],
])
  for (const method of methods)
    for (const attack of attacks)
      for (const epsilon of [1, 2, 4, 8]) {
        const values = metrics.map((metric) => of(rows, method, attack, epsilon, metric));
        if (values.every(Number.isFinite))
          console.log(`| ${data} | ${method} | ${attack} | ${epsilon} | ${figures(values)} |`);
      }

/** Says whether a statement holds at every ε and method for which there are numbers. */
function verdict(statement, holds) {
  const cases = ['gradient', 'integrated-gradients', 'deeplift'].flatMap((method) =>
    [1, 2, 4, 8].flatMap((epsilon) => {
      const held = holds(method, epsilon);
      return held === undefined ? [] : [{ method, epsilon, held }];
    }),
  );
  const not = cases.filter(({ held }) => !held);
  const where = not.map(({ method, epsilon }) => `${method} at ε = ${epsilon}`).join(', ');
  console.log(
    `- ${statement}: ${cases.length === 0 ? 'no numbers' : not.length === 0 ? `holds in all ${cases.length} cases` : `does not hold in ${not.length} of ${cases.length} cases: ${where}`}`,
  );
}

const known = (values, test) => (values.every(Number.isFinite) ? test(...values) : undefined);
const on = (method, epsilon, metric, ...names) =>
  names.map((attack) => of(cifar, method, attack, epsilon, metric));

console.log();
verdict('top-k and mass-center are within 0.1 of each other on Spearman', (m, e) =>
  known(on(m, e, 'spearman', 'top-k', 'mass-center'), (a, b) => Math.abs(a - b) <= 0.1),
);
verdict('top-k and mass-center are within 0.1 of each other on top-100 intersection', (m, e) =>
  known(on(m, e, 'topk_intersection', 'top-k', 'mass-center'), (a, b) => Math.abs(a - b) <= 0.1),
);
for (const metric of ['spearman', 'topk_intersection'])
  verdict(`both leave less ${metric} than random signs`, (m, e) =>
    known(on(m, e, metric, 'random-sign', 'top-k', 'mass-center'), (r, a, b) => a < r && b < r),
  );
verdict('mass-center moves the center most', (m, e) =>
  known(on(m, e, 'center_shift', ...attacks), (r, a, b) => b > a && b > r),
);
for (const [other, named] of [
  ['gradient', 'gradients'],
  ['deeplift', 'DeepLIFT'],
])
  for (const attack of attacks)
    verdict(`integrated gradients keep more Spearman than ${named} under ${attack}`, (m, e) =>
      m !== 'integrated-gradients'
        ? undefined
        : known(
            [of(cifar, m, attack, e, 'spearman'), of(cifar, other, attack, e, 'spearman')],
            (ig, rest) => ig > rest,
          ),
    );
for (const attack of attacks)
  verdict(`gradients keep more Spearman on CIFAR-10 than on ImageNet under ${attack}`, (m, e) =>
    m !== 'gradient'
      ? undefined
      : known(
          [of(cifar, m, attack, e, 'spearman'), of(imagenet, m, attack, e, 'spearman')],
          (c, i) => c > i,
        ),
  );
