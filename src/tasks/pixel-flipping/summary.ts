// The areas of every method, and their paired differences from the first one, as a table.
import type { Estimate } from '../../analysis/bootstrap.js';
import { areaOf, areas, areasOf, differenceOf } from './areas.js';
import type { FlippingRow } from './results.js';

const digits = (value: number) => value.toFixed(3).replace('-', '−');

const shown = (estimate: Estimate | undefined, sign = ''): string => {
  if (estimate === undefined) return '';
  const { mean, low, high } = estimate;
  return `${mean > 0 ? sign : ''}${digits(mean)} [${digits(low)}, ${digits(high)}]`;
};

/**
 * A head, and a line for each method: the areas of accuracy and confidence over 0–20 % and 0–100 % of the pixels with 95 %
 * intervals, and for the first method's rivals the differences from it.
 */
export function flippingSummary(rows: readonly FlippingRow[]): string[][] {
  const methods = [...new Set(rows.map(({ method }) => method))];
  const [first] = methods;
  const seed = rows[0]?.seed ?? 0;
  const columns = areas.flatMap((area) => {
    const found = areasOf(rows, area);
    const words = `${area.of} 0–${area.end} %`;
    return [
      { head: words, cell: (method: string) => shown(areaOf(found.get(method)!, seed)) },
      {
        head: `− ${first}`,
        cell: (method: string) =>
          method === first
            ? ''
            : shown(differenceOf(found.get(method)!, found.get(first!)!, seed), '+'),
      },
    ];
  });
  return [
    ['method', 'images', ...columns.map(({ head }) => head)],
    ...methods.map((method) => [
      method,
      String(new Set(rows.filter((row) => row.method === method).map(({ image }) => image)).size),
      ...columns.map(({ cell }) => cell(method)),
    ]),
  ];
}
