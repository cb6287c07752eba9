// Compares results with the published curves of Ghorbani et al. 2019 (Fig. 3 and 12) as a Markdown table:
// the mean over images that kept their label, two standard errors, and the difference. A difference is
// marked where it exceeds both two standard errors and the tolerance of its metric.
//   node scripts/compare-published.js results/imagenet-fig3-gradient/all-attacks
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { comparedWithPublished } from '../dist/tasks/attack/published.js';
import { resultsTable } from '../dist/tasks/attack/results.js';

const rows = [];
for (const folder of process.argv.slice(2)) {
  const file = path.join(folder, 'results.csv');
  rows.push(...resultsTable.parse(await readFile(file, 'utf8'), file));
}

console.log(
  '| method | attack | ε | metric | images | label lost | paper | here | ± 2 s.e. | difference | |',
);
console.log('|---|---|---:|---|---:|---:|---:|---:|---:|---:|---|');
for (const of of comparedWithPublished(rows)) {
  const digits = of.metric === 'center_shift' ? 1 : 3;
  const [value, here, error, difference] = [of.value, of.here, of.error, of.difference].map((v) =>
    v.toFixed(digits),
  );
  console.log(
    `| ${of.method} | ${of.attack} | ${of.epsilon} | ${of.metric} | ${of.images} | ${of.lost} | ${value} | ${here} | ${error} | ${of.difference > 0 ? '+' : ''}${difference} | ${of.outside ? 'outside' : ''} |`,
  );
}
