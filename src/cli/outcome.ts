// Messages about the end of a run, and its exit status.

import { modelName } from '../record/model-name.js';
import type { Outcome } from '../run/run.js';
import type { TaskConfig } from '../task/task.js';
import { tell } from './say.js';
import { status } from './status.js';

/** Prints why a run has no complete results, and returns its exit status; undefined for a run with complete results. */
export function unfinished(
  { interrupted, lost, units }: Outcome,
  config: TaskConfig,
): number | undefined {
  if (interrupted) {
    tell(
      `interrupted; finished rows are in ${config.output}; run the same command again to resume`,
    );
    return status.interrupted;
  }
  if (lost !== undefined) {
    tell(`${lost}; finished rows are in ${config.output}; run the same command again to resume`);
    return status.fault;
  }
  if (units.used === 0 && units.unreadable === units.tried) return unread(units.unreadable);
  if (units.used === 0) {
    tell(
      `none of the ${units.tried} images tried is classified correctly, so none was used; expected labels that fit ${modelName(config.model)}, or data: { correct: false }`,
    );
    return status.mistake;
  }
  return undefined;
}

/** Prints how many images could not be read, and returns the exit status. */
export function unread(count: number): number {
  tell(
    `${count} ${count === 1 ? 'image' : 'images'} could not be read; mend ${count === 1 ? 'it' : 'them'} and run the same command again`,
  );
  return status.mistake;
}

/** Prints how many cells failed and how many images could not be read, and returns the status of a run with results. */
export function endOf({ failed, units: { unreadable } }: Outcome): number {
  const code = unreadable === 0 ? status.done : unread(unreadable);
  if (failed === 0) return code;
  tell(`${failed} ${failed === 1 ? 'cell' : 'cells'} failed; run the same command again to retry`);
  return status.fault;
}
