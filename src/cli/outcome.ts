// Messages about the end of a run, and its exit status.

import type { Outcome } from '../run/run.js';
import type { TaskConfig } from '../task/task.js';
import { status } from './status.js';

/** Prints why a run has no complete results, and returns its exit status; undefined for a run with complete results. */
export function unfinished(
  { interrupted, lost, units }: Outcome,
  config: TaskConfig,
): number | undefined {
  if (interrupted) {
    process.stderr.write(
      `fragile: interrupted; finished rows are in ${config.output}; run the same command again to resume\n`,
    );
    return status.interrupted;
  }
  if (lost !== undefined) {
    process.stderr.write(
      `fragile: ${lost}; finished rows are in ${config.output}; run the same command again to resume\n`,
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

/** Prints how many cells failed, and returns the exit status of a run with results. */
export function endOf({ failed }: Outcome): number {
  if (failed === 0) return status.done;
  process.stderr.write(
    `fragile: ${failed} cells failed; run the same command again to retry them\n`,
  );
  return status.fault;
}
