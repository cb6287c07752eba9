// Compares the same sweep on several engines with that on the first, as a Markdown table: the largest difference of
// a mean over images in the metrics that lie in [0,1], and of the center shift in per cent. Exits with 1 where they
// are further apart than 0.02 or 5 %.
//   node scripts/compare-engines.js
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { mean } from 'simple-statistics';

const FOLDER = 'results/engines';
const FIRST = 'onnx-cpu';
const unit = ['topk_intersection', 'spearman', 'ssim', 'pcc', 'image_ssim'];

const table = async (name) =>
  parse(await readFile(path.join(FOLDER, name, 'results.csv')), { columns: true });
const keyOf = ({ attack, epsilon }) => `${attack} ${epsilon}`;
const meansOf = (rows, metric) => {
  const means = new Map();
  for (const key of new Set(rows.map(keyOf)))
    means.set(
      key,
      mean(rows.filter((r) => keyOf(r) === key && r.status === 'ok').map((r) => Number(r[metric]))),
    );
  return means;
};

const names = (await readdir(FOLDER, { withFileTypes: true }))
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort((a, b) => Number(b === FIRST) - Number(a === FIRST) || (a < b ? -1 : 1));
const first = await table(FIRST);
let apart = false;
console.log(
  '| engine | device | batch | minutes | largest difference in [0,1] | of the center shift |',
);
console.log('|---|---|---:|---:|---:|---:|');
for (const name of names) {
  const rows = await table(name);
  const { engine, start, end } = JSON.parse(
    await readFile(path.join(FOLDER, name, 'run.json'), 'utf8'),
  );
  const differences = unit.flatMap((metric) => {
    const [own, reference] = [meansOf(rows, metric), meansOf(first, metric)];
    return [...reference].map(([key, value]) => Math.abs(own.get(key) - value));
  });
  const [shift, expected] = [meansOf(rows, 'center_shift'), meansOf(first, 'center_shift')];
  const shifts = [...expected].map(([key, value]) => Math.abs(shift.get(key) / value - 1));
  const [most, mostShift] = [Math.max(...differences), Math.max(...shifts)];
  // written so that NaN is apart
  if (!(most <= 0.02 && mostShift <= 0.05)) apart = true;
  const minutes = (new Date(end) - new Date(start)) / 60_000;
  console.log(
    `| ${engine.name} ${engine.version} | ${engine.device} | ${engine.batch} | ${minutes.toFixed(1)} | ${most.toFixed(4)} | ${(100 * mostShift).toFixed(1)} % |`,
  );
}
process.exitCode = apart ? 1 : 0;
