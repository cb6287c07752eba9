// fragile run
import { estimate } from '../run/estimate.js';
import { run } from '../run/run.js';
import { JobFailed } from '../run/worker-process.js';
import { noteOnEpsilon } from './epsilon.js';
import { interruptible } from './interrupt.js';
import { type ConfigOptions, limitedConfig } from './limited.js';
import { endOf, unfinished } from './outcome.js';
import { print, tell } from './say.js';
import { status } from './status.js';
import { aligned } from './table.js';

interface Options extends ConfigOptions {
  readonly workers?: number;
  readonly fresh?: true;
  readonly dryRun?: true;
  readonly quiet?: true;
}

/** Runs a config and prints the means of its results. */
export async function runCommand(file: string, options: Options): Promise<number> {
  const config = await limitedConfig(file, options);
  noteOnEpsilon(config as { epsilon?: unknown });
  if (options.dryRun) {
    try {
      print(await estimate(config, options));
      return status.done;
    } catch (error) {
      if (!(error instanceof JobFailed)) throw error;
      tell(`a step cannot be timed: ${error.message}`);
      return status.fault;
    }
  }
  const outcome = await interruptible((signal) => run(config, { ...options, signal }));
  const early = unfinished(outcome, config);
  if (early !== undefined) return early;
  const { units, summary, file: rows } = outcome;
  if (units.asked !== 'max' && units.used < units.asked)
    tell(
      `${units.asked} images asked, ${units.used} used: ${units.used < units.tried ? `no more of the ${units.tried} tried were classified correctly` : 'there are no more'}`,
    );
  print(aligned(summary));
  print(`${rows}\n`);
  return endOf(outcome);
}
