import { describe, expect, it } from 'vitest';
import { UserError } from '../../errors.js';
import { formatRows, headerOf } from '../../record/table.js';
import { type ResultRow, resultColumns, resultsTable } from './results.js';

const row: ResultRow = {
  experiment: 'e',
  model: 'cifar-cnn',
  dataset: 'folder',
  image: 'a "b", c.png',
  method: 'gradient',
  attack: 'top-k',
  epsilon: 0.1 + 0.2,
  status: 'ok',
  select: 'center',
  label_kept: true,
  label: 0,
  spearman: -1.2345678901234567e-8,
  seed: 4294967295,
};

const tableOf = (rows: readonly object[]) =>
  headerOf(resultColumns) + formatRows(rows, resultColumns);

describe('results', () => {
  it('has the columns of a results table in their order', () => {
    expect(resultColumns.join()).toBe(
      'experiment,model,dataset,image,label,prediction,method,attack,epsilon,select,iterations,best_iteration,status,label_kept,confidence,confidence_perturbed,linf,topk_intersection,spearman,kendall,center_shift,ssim,pcc,mse,target_image,target_ssim,target_pcc,target_mse,image_ssim,image_pcc,image_mse,output_change,logit_mse_half,softmax_mse_half,seed,seconds,region_share,region_share_perturbed',
    );
  });

  it('writes numbers in full, truth values as words, and nothing where nothing applies', () => {
    const line = formatRows(
      [
        {
          a: 0.1 + 0.2,
          b: true,
          c: undefined,
          d: Number.NaN,
          e: Number.NEGATIVE_INFINITY,
          f: 1e21,
        },
      ],
      ['a', 'b', 'c', 'd', 'e', 'f', 'absent'],
    );
    expect(line).toBe('0.30000000000000004,true,,,,1e+21,\n');
  });

  it('reads back what it wrote, with types', () => {
    const other: ResultRow = { ...row, image: '007', status: 'label-lost', label_kept: false };
    const [first, second] = resultsTable.parse(tableOf([row, other]), 'r.csv');
    expect(first).toEqual(row);
    expect(second).toEqual(other);
  });

  it('reads a table without rows', () => {
    expect(resultsTable.parse(headerOf(resultColumns), 'r.csv')).toEqual([]);
  });

  it.each([[[]], [['region_share']], [['region_share_perturbed']]])(
    'reads an older table, which has of the columns for a region %j',
    (had) => {
      const older = resultColumns.filter((c) => !c.startsWith('region_') || had.includes(c));
      const text = headerOf(older) + formatRows([row], older);
      expect(resultsTable.parse(text, 'r.csv')).toEqual([row]);
    },
  );

  const line = (change: object) => tableOf([row, { ...row, ...change }]);
  it.each([
    ['another header', 'a,b\n1,2\n', /^r\.csv: .*"a,b"…, expected "experiment,model,/],
    ['columns that are too few', headerOf(resultColumns.slice(0, -3)), /^r\.csv: not a results/],
    [
      'columns that are too many',
      `${headerOf(resultColumns).trim()},a\n`,
      /^r\.csv: not a results/,
    ],
    ['nothing', '', /^r\.csv: not a results table/],
    ['an open quote', `${headerOf(resultColumns)}"a\n`, /^r\.csv: not a results table/],
    [
      'a short line',
      `${headerOf(resultColumns)}a,b\n`,
      new RegExp(`^r\\.csv:2: 2 cells, expected ${resultColumns.length}$`),
    ],
    ['a word for a number', line({ pcc: 'high' }), /^r\.csv:3: pcc: "high", expected a number$/],
    [
      'a status it does not know',
      line({ status: 'fine' }),
      /^r\.csv:3: status: "fine", expected one of ok, /,
    ],
    ['no status', line({ status: '' }), /^r\.csv:3: status: "", expected one of ok, /],
    ['no attack', line({ attack: undefined }), /^r\.csv:3: attack: "", expected a value$/],
    [
      'a truth value in capitals',
      line({ label_kept: 'TRUE' }),
      /^r\.csv:3: label_kept: "TRUE", expected one of true, false$/,
    ],
  ])('refuses %s', (_, text, message) => {
    let thrown: unknown;
    try {
      resultsTable.parse(text, 'r.csv');
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(UserError);
    expect((thrown as Error).message).toMatch(message);
    expect((thrown as Error).message).not.toContain('\n');
  });
});
