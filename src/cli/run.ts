// fragile run
import { estimate } from '../experiment/estimate.js';
import { JobFailed } from '../experiment/pool.js';
import { run } from '../experiment/run.js';
import { interruptible } from './interrupt.js';
import { type ConfigOptions, limitedConfig } from './limited.js';
import { status } from './status.js';
import { aligned } from './table.js';

interface Options extends ConfigOptions {
  readonly data?: string;
  readonly workers?: number;
  readonly fresh?: true;
  readonly dryRun?: true;
  readonly quiet?: true;
}

/** Runs a config and prints the means of what came out. */
export async function runCommand(file: string, options: Options): Promise<number> {
  const config = await limitedConfig(file, options);
  if (options.dryRun) {
    try {
      process.stdout.write(await estimate(config, options));
      return status.done;
    } catch (error) {
      if (!(error instanceof JobFailed)) throw error;
      process.stderr.write(`fragile: a step cannot be timed: ${error.message}\n`);
      return status.fault;
    }
  }
  const {
    interrupted,
    lost,
    images,
    failed,
    summary,
    file: rows,
  } = await interruptible((signal) => run(config, { ...options, signal }));
  if (interrupted) {
    process.stderr.write(
      `fragile: interrupted; what is finished is in ${config.output}, and the same command continues\n`,
    );
    return status.interrupted;
  }
  if (lost !== undefined) {
    process.stderr.write(
      `fragile: ${lost}; what is finished is in ${config.output}, and the same command continues\n`,
    );
    return status.fault;
  }
  if (images.used === 0) {
    process.stderr.write(
      `fragile: none of the ${images.tried} images tried is classified correctly, so none was used; expected labels that fit ${config.model.name}, or data: { correct: false }\n`,
    );
    return status.mistake;
  }
  const asked = images.asked === 'max' ? images.tried : images.asked;
  if (images.used < asked && images.asked !== 'max')
    process.stderr.write(
      `fragile: ${images.asked} images asked, ${images.used} used: no more of the ${images.tried} tried were classified correctly\n`,
    );
  process.stdout.write(aligned(summary));
  process.stdout.write(`${rows}\n`);
  if (failed === 0) return status.done;
  process.stderr.write(`fragile: ${failed} cells failed; the same command tries them again\n`);
  return status.fault;
}
