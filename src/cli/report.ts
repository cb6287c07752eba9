// fragile report
import { report } from '../report/report.js';
import { checkOut } from './picture.js';
import { print } from './say.js';
import { status } from './status.js';

interface Options {
  readonly out: string;
  readonly svg?: string;
  readonly png?: string;
  readonly pictures?: boolean;
  readonly data?: string;
  readonly fresh?: true;
}

/** Writes a page with the results of runs, and prints the files it wrote. */
export async function reportCommand(folders: readonly string[], options: Options): Promise<number> {
  checkOut(options.out, 'a file');
  const { runs, files } = await report(folders, options);
  print(`runs: ${runs}\n${files.map((file) => `${file}\n`).join('')}`);
  return status.done;
}
