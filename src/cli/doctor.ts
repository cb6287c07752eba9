// fragile doctor
import { examineData, examineEngines, type Finding, machine } from '../experiment/doctor.js';
import { status } from './status.js';
import { aligned } from './table.js';

interface Options {
  readonly data?: string;
}

const print = ({ title, table, notes }: Finding) =>
  process.stdout.write(`\n${title}\n${aligned(table)}${notes.map((note) => `${note}\n`).join('')}`);

/** Prints what this machine can compute with and what data is there. */
export async function doctorCommand({ data }: Options): Promise<number> {
  process.stdout.write(`${machine()}\n`);
  print(await examineEngines());
  print(await examineData(data));
  return status.done;
}
