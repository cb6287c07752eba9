// fragile score

import { type Difference, headingOf, score } from '../tasks/commands.js';
import { print, tell } from './say.js';
import { status } from './status.js';
import { aligned } from './table.js';

interface Options {
  readonly k?: number;
  readonly data?: string;
  readonly quiet?: true;
}

/** The cells of a difference in the table: its size, its measure, and its row. */
function differenceCells(difference: Difference | undefined): string[] {
  if (difference === undefined) return ['', 'not compared', ''];
  const { largest, measure, row } = difference;
  return largest === 0
    ? ['0', measure, '']
    : [largest.toExponential(1), measure, `${row.image}, ${headingOf(row)}`];
}

/** Computes a run's metrics again from its kept iterates, and prints how far they are from its table. */
export async function scoreCommand(folder: string, options: Options): Promise<number> {
  const { file, scored, without, k, metrics, lost } = await score(folder, options);
  print(
    aligned([
      ['metric', 'mean', 'largest difference', '', 'of'],
      ...metrics.map(({ metric, mean, difference }) => [
        metric,
        Number.isFinite(mean) ? String(Number(mean.toPrecision(4))) : '',
        ...differenceCells(difference),
      ]),
    ]),
  );
  const rest = without === 0 ? '' : `; ${without} more have no kept iterate`;
  print(`rows: ${scored}, k = ${k}${rest}\n${file}\n`);
  const odd = metrics.filter(({ difference }) => difference?.noise === false);
  for (const row of lost) tell(`${row.image}, ${headingOf(row)}: has another class now`);
  if (odd.length > 0)
    tell(`different from results.csv: ${odd.map(({ metric }) => metric).join(', ')}`);
  return odd.length + lost.length === 0 ? status.done : status.fault;
}
