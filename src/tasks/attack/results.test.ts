// The tables of an attack: what was written is read back, and what is no such table is refused.
import { describe, expect, it } from 'vitest';
import { UserError } from '../../errors.js';
import { formatRows, headerOf, type Table } from '../../record/table.js';
import {
  type ResultRow,
  resultColumns,
  resultsTable,
  type TraceRow,
  traceTable,
} from './results.js';

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

/** The message of the UserError, of one line, that a text must end in. */
function refused(table: Table<object>, text: string, file: string): string {
  let thrown: unknown;
  try {
    table.parse(text, file);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(UserError);
  const { message } = thrown as Error;
  expect(message).not.toContain('\n');
  return message;
}

describe('results', () => {
  it('has the columns of a results table in their order', () => {
    expect(resultColumns.join()).toBe(
      'experiment,model,dataset,image,label,prediction,method,attack,epsilon,select,iterations,best_iteration,status,label_kept,confidence,confidence_perturbed,linf,topk_intersection,spearman,kendall,center_shift,ssim,pcc,mse,target_image,target_ssim,target_pcc,target_mse,image_ssim,image_pcc,image_mse,output_change,logit_mse_half,softmax_mse_half,seed,seconds,region_share,region_share_perturbed,explained',
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

  it('is read with the byte-order mark that other programs write', () => {
    expect(resultsTable.parse(`\uFEFF${tableOf([row])}`, 'r.csv')).toEqual([row]);
  });

  it('may have empty lines, as editors leave them', () => {
    const rows = tableOf([row, row]).replaceAll('\n', '\n\n\n');
    expect(resultsTable.parse(rows, 'r.csv')).toEqual([row, row]);
  });

  it('reads a table without rows', () => {
    expect(resultsTable.parse(headerOf(resultColumns), 'r.csv')).toEqual([]);
  });

  it.each([
    [[]],
    [['region_share']],
    [['region_share', 'region_share_perturbed']],
    [['explained']],
  ])('reads an older table, which has of the later columns %j', (had) => {
    const older = resultColumns.filter((c) => !/^(region_|explained$)/.test(c) || had.includes(c));
    const text = headerOf(older) + formatRows([row], older);
    expect(resultsTable.parse(text, 'r.csv')).toEqual([row]);
  });

  const line = (change: object) => tableOf([row, { ...row, ...change }]);
  it.each([
    [
      'another header',
      'a,b\n1,2\n',
      /^r\.csv: not a results table: column 1 is "a", expected experiment$/,
    ],
    [
      'cells that are separated otherwise',
      tableOf([row]).replaceAll(',', ';'),
      /^r\.csv: not a results table: its cells are separated by ";", expected ","$/,
    ],
    [
      'columns that are too few',
      headerOf(resultColumns.slice(0, -4)),
      new RegExp(
        `^r\\.csv: not a results table: column ${resultColumns.length - 3} is missing, expected seconds$`,
      ),
    ],
    [
      'columns that are too many',
      `${headerOf(resultColumns).trim()},a\n`,
      new RegExp(
        `^r\\.csv: not a results table: column ${resultColumns.length + 1} is "a", expected no more$`,
      ),
    ],
    ['nothing', '', /^r\.csv: not a results table: column 1 is missing, expected experiment$/],
    [
      'a header of control characters',
      '\u009b\0\n',
      /^r\.csv: not a results table: column 1 is "\\u009b\\u0000", expected experiment$/,
    ],
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
    expect(refused(resultsTable, text, 'r.csv')).toMatch(message);
  });
});

describe('a trace', () => {
  const { columns } = traceTable;
  const traced: TraceRow = {
    image: '007',
    method: 'gradient',
    attack: 'match-target',
    epsilon: undefined,
    iteration: 3,
    D: -1 / 3,
    label_kept: false,
    mse: 1e-12,
    target_pcc: -0.1 - 0.2,
  };
  const text = (...rows: readonly object[]) => headerOf(columns) + formatRows(rows, columns);

  it('has the columns of a trace in their order', () => {
    expect(columns.join()).toBe(
      'image,method,attack,epsilon,iteration,D,label_kept,topk_intersection,spearman,kendall,center_shift,ssim,pcc,mse,target_ssim,target_pcc,target_mse',
    );
  });

  it('is read with the byte-order mark that other programs write', () => {
    expect(traceTable.parse(`\uFEFF${text(traced)}`, 't.csv')).toEqual([traced]);
  });

  it('is read back as it was written, with types', () => {
    const walked: TraceRow = { ...traced, epsilon: 0.5, D: undefined, label_kept: true };
    expect(traceTable.parse(text(traced, walked), 't.csv')).toEqual([traced, walked]);
  });

  it('that is older has no columns for a target', () => {
    const older = columns.filter((column) => !column.startsWith('target_'));
    const { target_pcc: _, ...rest } = traced;
    const table = headerOf(older) + formatRows([traced], older);
    expect(traceTable.parse(table, 't.csv')).toEqual([rest]);
  });

  it.each([
    [
      'the columns of results',
      tableOf([row]),
      /^t\.csv: not a trace: column 1 is "experiment", expected image$/,
    ],
    ['nothing', '', /^t\.csv: not a trace: column 1 is missing, expected image$/],
    [
      'columns that are too few',
      headerOf(columns.slice(0, 13)),
      /^t\.csv: not a trace: column 14 is missing, expected mse$/,
    ],
    [
      'a short line',
      `${text(traced)}007,gradient\n${formatRows([traced], columns)}`,
      new RegExp(`^t\\.csv:3: 2 cells, expected ${columns.length}$`),
    ],
    [
      'a word for a number',
      text(traced, { ...traced, ssim: 'high' }),
      /^t\.csv:3: ssim: "high", expected a number$/,
    ],
    [
      'no iteration',
      text({ ...traced, iteration: undefined }),
      /^t\.csv:2: iteration: "", expected a value$/,
    ],
    [
      'no word on the label',
      text({ ...traced, label_kept: undefined }),
      /^t\.csv:2: label_kept: "", expected one of true, false$/,
    ],
  ])('is refused with %s', (_, text, message) => {
    expect(refused(traceTable, text, 't.csv')).toMatch(message);
  });
});
