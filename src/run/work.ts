// The work of a run: the task, the network and the inputs of a config, opened and checked before anything is written.
import { importedOf } from '../config/model.js';
import { dataRootOf } from '../data/dataset.js';
import { IMPORT_VERSION } from '../import/index.js';
import { note } from '../note.js';
import type { Versions } from '../record/identity.js';
import type { Input } from '../record/run-record.js';
import { inputsOf, openSubject, type Subject } from '../subject/subject.js';
import type { Experiment, Planned, Task, TaskConfig } from '../task/task.js';
import { taskOf } from '../tasks/index.js';

export interface Work {
  readonly config: TaskConfig;
  readonly task: Task;
  readonly subject: Subject;
  readonly experiment: Experiment;
  /** Versions of the components that the config uses, and the files that its rows depend on. */
  readonly versions: Versions;
  readonly inputs: readonly Input[];
}

/**
 * Opens the network and the inputs of a config.
 * @param data the data root; default $FRAGILE_DATA, else ./data
 * A note on stderr says where labels rely on an order alone. Throws a UserError if an input is missing or does not fit.
 */
export async function openWork(config: TaskConfig, data: string | undefined): Promise<Work> {
  const task = taskOf(config);
  const subject = await openSubject(config, dataRootOf(data));
  const experiment = await task.open(config, subject);
  const { units } = experiment;
  if (units.kind === 'images' && units.dataset.note !== undefined) note(units.dataset.note);
  return {
    ...{ config, task, subject, experiment },
    versions: {
      ...task.versions(config, subject.network.network),
      ...(importedOf(config.model) === undefined ? {} : { 'model file': IMPORT_VERSION }),
    },
    inputs: [...inputsOf(subject), ...experiment.inputs],
  };
}

/**
 * The cells of a unit, as a sample of all. Its prediction is not known.
 * @param unit default the first
 */
export function sampleOf(
  { units, plan }: Experiment,
  unit = units.kind === 'images' ? units.candidates[0] : 0,
): readonly Planned[] {
  return unit === undefined || units.count === 0 ? [] : plan(unit, undefined);
}

/** The number of cells in the largest group. */
export function largestGroup(experiment: Experiment): number {
  const cells = new Map<string, number>();
  for (const { group } of sampleOf(experiment)) cells.set(group, (cells.get(group) ?? 0) + 1);
  return experiment.units.count * Math.max(1, ...cells.values());
}
