// fragile doctor
import { examineData, examineEngines, examineModel, type Finding, machine } from './findings.js';
import { print } from './say.js';
import { status } from './status.js';
import { modelOnDataset } from './subject.js';
import { aligned } from './table.js';

interface Options {
  readonly model?: string;
  readonly dataset?: string;
  readonly data?: string;
}

const printFinding = ({ title, table, notes }: Finding) =>
  print(`${title}\n${aligned(table)}${notes.map((note) => `${note}\n`).join('')}`);

/** Prints the engines, devices and data of this machine, or the scale of a model's activations. */
export async function doctorCommand({ model, dataset, data }: Options): Promise<number> {
  if (model !== undefined) {
    const config = await modelOnDataset(model, dataset ?? 'embedded');
    printFinding(await examineModel(config, data));
    return status.done;
  }
  print(`${machine()}\n\n`);
  printFinding(await examineEngines());
  print('\n');
  printFinding(await examineData(data));
  return status.done;
}
