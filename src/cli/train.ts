// fragile train
import { UserError } from '../errors.js';
import { loadTrainingConfig, train } from '../tasks/commands.js';
import { leavesOf } from '../tasks/index.js';
import { interruptible } from './interrupt.js';
import { print, tell } from './say.js';
import { status } from './status.js';

interface Options {
  readonly out?: string;
  readonly set?: readonly string[];
  readonly data?: string;
  readonly workers?: number;
  readonly fresh?: true;
  readonly quiet?: true;
}

const percent = (fraction: number) => `${(100 * fraction).toFixed(2)} %`;

/** Trains a network and prints its accuracy on test images. */
export async function trainCommand(file: string, options: Options): Promise<number> {
  if (options.out === '') throw new UserError('--out: expected a folder');
  const given = await loadTrainingConfig(file, options.set ?? []);
  const config = options.out === undefined ? given : { ...given, output: options.out };
  const trained = await interruptible((signal) =>
    train(config, { ...options, leaves: leavesOf, signal }),
  );
  if (trained.end === 'interrupted') {
    tell(
      `interrupted; the checkpoint is in ${config.output}; run the same command again to resume`,
    );
    return status.interrupted;
  }
  if (trained.end === 'not finite') {
    tell(
      `${trained.why}; the last good checkpoint is in ${config.output}; a smaller optimizer.rate may help`,
    );
    return status.fault;
  }
  if (trained.testAccuracy !== undefined) {
    const { stopAt } = config;
    const short = stopAt !== undefined && trained.testAccuracy < stopAt.accuracy;
    print(
      `test accuracy: ${percent(trained.testAccuracy)} after ${trained.epochs} epochs${short ? `, below stopAt ${percent(stopAt.accuracy)}` : ''}\n`,
    );
  }
  print(`${trained.weights}\n`);
  return status.done;
}
