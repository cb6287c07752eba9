// How a run ended, said to the user, and the exit status of one that did not end well.

import type { Outcome } from '../run/run.js';
import type { TaskConfig } from '../task/task.js';
import { status } from './status.js';

/** Says why a run has no whole results; gives its exit status, or undefined for one that has them. */
export function unfinished(
  { interrupted, lost, units }: Outcome,
  config: TaskConfig,
): number | undefined {
  if (interrupted) {
    process.stderr.write(
      `fragile: interrupted; what is finished is in ${config.output}; run the same command again to resume\n`,
    );
    return status.interrupted;
  }
  if (lost !== undefined) {
    process.stderr.write(
      `fragile: ${lost}; what is finished is in ${config.output}; run the same command again to resume\n`,
    );
    return status.fault;
  }
  if (units.used === 0) {
    process.stderr.write(
      `fragile: none of the ${units.tried} images tried is classified correctly, so none was used; expected labels that fit ${config.model.name}, or data: { correct: false }\n`,
    );
    return status.mistake;
  }
  return undefined;
}

/** Says that cells failed; gives the exit status of a run that has results. */
export function endOf({ failed }: Outcome): number {
  if (failed === 0) return status.done;
  process.stderr.write(
    `fragile: ${failed} cells failed; run the same command again to retry them\n`,
  );
  return status.fault;
}
