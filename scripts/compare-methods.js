// Compares what attacks leave of several methods on the same images, as a Markdown table: means over the images that
// kept their label under all methods of all folders given, by the iterate of smallest intersection.
//   node scripts/compare-methods.js results/imagenet-fig3-gradient/all-attacks results/imagenet-fig3-ig/all-attacks
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { mean } from 'simple-statistics';
import { resultsTable } from '../dist/tasks/attack/results.js';

const metrics = ['topk_intersection', 'spearman', 'center_shift'];
const rows = [];
for (const folder of process.argv.slice(2)) {
  const file = path.join(folder, 'results.csv');
  rows.push(...resultsTable.parse(await readFile(file, 'utf8'), file));
}
const compared = rows.filter(({ select }) => select === undefined || select === 'intersection');
const methods = [...new Set(compared.map(({ method }) => method))];

console.log(
  `| attack | ε | images | metric | ${methods.join(' | ')} |\n|---|---:|---:|---|${methods.map(() => '---:|').join('')}`,
);
for (const attack of new Set(compared.map((row) => row.attack)))
  for (const epsilon of [...new Set(compared.map((row) => row.epsilon))].sort((a, b) => a - b)) {
    const of = methods.map(
      (method) =>
        new Map(
          compared
            .filter(
              (row) =>
                row.method === method &&
                row.attack === attack &&
                row.epsilon === epsilon &&
                row.status === 'ok',
            )
            .map((row) => [row.image, row]),
        ),
    );
    const images = [...of[0].keys()].filter((image) => of.every((each) => each.has(image)));
    if (images.length === 0) continue;
    for (const metric of metrics) {
      const means = of.map((each) => mean(images.map((image) => each.get(image)[metric])));
      const digits = metric === 'center_shift' ? 1 : 3;
      console.log(
        `| ${attack} | ${epsilon} | ${images.length} | ${metric} | ${means.map((m) => m.toFixed(digits)).join(' | ')} |`,
      );
    }
  }
