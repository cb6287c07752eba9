// fragile doctor
import { modelFileOf } from '../config/model.js';
import { note } from '../note.js';
import { examineData, examineEngines, type Finding, machine } from './findings.js';
import { examineModel } from './model-findings.js';
import { print } from './say.js';
import { status } from './status.js';
import { modelOnDataset } from './subject.js';
import { aligned } from './table.js';

interface Options {
  readonly model?: string;
  readonly dataset?: string;
  readonly set?: readonly string[];
  readonly data?: string;
}

/** Changes of the config of a model; of a file whose input is asked for, one is taken, since all are tried. */
function withInput(model: string, set: readonly string[]): readonly string[] {
  if (modelFileOf(model) === undefined || set.some((change) => /^model(\.input)?[.=]/.test(change)))
    return set;
  note('model.input is not given: torchvision is taken where one is needed, and all are tried');
  return [...set, 'model.input=torchvision'];
}

const printFinding = ({ title, table, notes }: Finding) =>
  print(`${title}\n${aligned(table)}${notes.map((note) => `${note}\n`).join('')}`);

/** Prints the engines, devices and data of this machine, or the properties of a model by which β is chosen. */
export async function doctorCommand({ model, dataset, set = [], data }: Options): Promise<number> {
  if (model !== undefined) {
    const config = await modelOnDataset(model, dataset ?? 'embedded', withInput(model, set));
    for (const [i, finding] of (await examineModel(config, data)).entries()) {
      if (i > 0) print('\n');
      printFinding(finding);
    }
    return status.done;
  }
  print(`${machine()}\n\n`);
  printFinding(await examineEngines());
  print('\n');
  printFinding(await examineData(data));
  return status.done;
}
