// Prints what match-target did, by method, as Markdown: medians with quartiles and 10/90 percentiles of the
// similarity to the target and to the image, of the errors of the output, and how many images kept their class.
//   node scripts/manipulation-table.js results/manipulation-squeezenet1_1/one-pass
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'csv-parse/sync';

/** Metrics, how they are called, and the power of ten they are given in. */
const metrics = [
  ['target_pcc', 'PCC with target', 0],
  ['target_ssim', 'SSIM with target', 0],
  ['target_mse', 'MSE to target, 1e-9', -9],
  ['image_ssim', 'SSIM of images', 0],
  ['image_pcc', 'PCC of images', 0],
  ['image_mse', 'MSE of images, 1e-3', -3],
  ['output_change', 'change of softmax, 1e-3', -3],
  ['logit_mse_half', '½ MSE of scores', 0],
  ['softmax_mse_half', '½ MSE of softmax, 1e-6', -6],
];

const rows = [];
for (const folder of process.argv.slice(2))
  rows.push(...parse(await readFile(path.join(folder, 'summary.csv')), { columns: true }));

/** As many digits as the percentiles are worth. */
const figure = (text, power) => {
  const value = Number(text) / 10 ** power;
  return value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 3);
};
/** Whether a row has to say which attack it is of. */
const several = new Set(rows.map(({ method }) => method)).size < rows.length;
console.log(
  `| method | ${several ? 'attack | ' : ''}images | class kept | ${metrics.map(([, name]) => name).join(' | ')} |`,
);
console.log(`|---|${several ? '---|' : ''}---:|---:|${metrics.map(() => '---|').join('')}`);
for (const row of rows) {
  const kept = `${row.n_ok} of ${row.n}`;
  const cells = metrics.map(([metric, , power]) => {
    const [median, p10, p25, p75, p90] = ['median', 'p10', 'p25', 'p75', 'p90'].map((at) =>
      figure(row[`${metric}_${at}`], power),
    );
    return `**${median}** ${p25}–${p75} (${p10}–${p90})`;
  });
  const attack = several ? `${row.attack} | ` : '';
  console.log(`| ${row.method} | ${attack}${row.n} | ${kept} | ${cells.join(' | ')} |`);
}
