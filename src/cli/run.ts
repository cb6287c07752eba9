// fragile run
import { UserError } from '../errors.js';
import { loadConfig, type ResolvedConfig } from '../experiment/config.js';
import { estimate } from '../experiment/estimate.js';
import { run } from '../experiment/run.js';
import { interruptible } from './interrupt.js';
import { status } from './status.js';
import { aligned } from './table.js';

interface Options {
  readonly out?: string;
  readonly limit?: number;
  readonly set: readonly string[];
  readonly data?: string;
  readonly workers?: number;
  readonly fresh?: true;
  readonly dryRun?: true;
  readonly quiet?: true;
}

const limited = (config: ResolvedConfig, { out, limit }: Options): ResolvedConfig => ({
  ...config,
  ...(out === undefined ? {} : { output: out }),
  data: {
    ...config.data,
    count:
      limit === undefined
        ? config.data.count
        : Math.min(limit, config.data.count === 'max' ? limit : config.data.count),
  },
});

const figure = (value: unknown, digits: number): string =>
  typeof value === 'number' ? value.toFixed(digits) : '';

/** Runs a config and prints the means of what came out. */
export async function runCommand(file: string, options: Options): Promise<number> {
  if (options.out === '') throw new UserError('--out: expected a folder');
  const config = limited(await loadConfig(file, options.set), options);
  if (options.dryRun) {
    process.stdout.write(await estimate(config, options));
    return status.done;
  }
  const { interrupted, images, failed, summary } = await interruptible((signal) =>
    run(config, { ...options, signal }),
  );
  if (interrupted) {
    process.stderr.write(
      `fragile: interrupted; what is finished is in ${config.output}, and the same command continues\n`,
    );
    return status.interrupted;
  }
  const asked = images.asked === 'max' ? images.tried : images.asked;
  if (images.used < asked && images.asked !== 'max')
    process.stderr.write(
      `fragile: ${images.asked} images asked, ${images.used} used: no more of the ${images.tried} tried were classified correctly\n`,
    );
  const rows = summary.map((row) => [
    String(row.method),
    String(row.attack),
    String(row.epsilon),
    String(row.select ?? ''),
    String(row.n),
    String(row.n_label_lost),
    figure(row.topk_intersection_mean, 3),
    figure(row.spearman_mean, 3),
    figure(row.center_shift_mean, 2),
  ]);
  process.stdout.write(
    aligned([
      [
        'method',
        'attack',
        'ε',
        'select',
        'images',
        'label lost',
        'top-k',
        'spearman',
        'center shift',
      ],
      ...rows,
    ]),
  );
  process.stdout.write(`${config.output}/results.csv\n`);
  if (failed === 0) return status.done;
  process.stderr.write(`fragile: ${failed} cells failed; the same command tries them again\n`);
  return status.fault;
}
