// What a run would do, and what it would cost, measured by taking one step of every attack.
import { chooseEngine } from '../engine/choose.js';
import { startProgress } from '../progress.js';
import { taskOf } from '../task/task.js';
import type { Config } from '../tasks/attack/config.js';
import { imagesAtMost } from '../tasks/attack/plan.js';
import { checkRegions } from '../tasks/attack/regions.js';
import { openWorkers } from './pool.js';
import { openMaterials, type RunOptions, workerCount } from './run.js';

const duration = (seconds: number): string => {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
};

/** The plan of a run as text, with an estimate of time and memory. Writes nothing. */
export async function estimate(
  config: Config,
  options: Pick<RunOptions, 'data' | 'workers' | 'quiet'>,
): Promise<string> {
  const { dataset, dataRoot, network, weights, training } = await openMaterials(
    config,
    options.data,
  );
  await checkRegions(config, dataset, network.network);
  const images = imagesAtMost(config, dataset);
  const engine = await chooseEngine(config.engine);
  const workers = workerCount(config, options, engine);
  const { workers: opened, ready } = await openWorkers(1, { config, dataRoot, engine });
  const worker = opened[0]!;
  const task = taskOf(config, network.network, training);
  const sorts = task.sorts();
  const all = { cells: 0, rows: 0 };
  const lines: string[] = [];
  let seconds = 0;
  let bytes = 0;
  const progress = startProgress(sorts.length, 'attacks timed', { quiet: options.quiet ?? false });
  try {
    for (const { label, example, cells, rows } of sorts) {
      const answer = await worker.compute({ kind: 'probe', cell: example });
      if (answer.kind !== 'probed')
        throw new Error(`a worker answered ${answer.kind} when asked to probe`);
      const steps = task.steps(example);
      seconds += images * cells * steps * answer.probe.seconds;
      bytes = Math.max(bytes, answer.probe.peakBytes);
      lines.push(
        `  ${label}: ${images * cells} cells of ${steps} steps, ${(1000 * answer.probe.seconds).toFixed(0)} ms a step\n`,
      );
      all.cells += images * cells;
      all.rows += images * rows;
      progress.advance(1);
    }
  } finally {
    progress.stop();
    worker.stop();
  }
  const { data, model, output } = config;
  return [
    `${config.name}: ${model.name} (${network.network.height}×${network.network.width}, ${weights.file}) on ${data.name}, ${data.correct ? 'up to ' : ''}${images} of ${dataset.entries.length} images\n`,
    ...lines,
    `${all.cells} cells, ${all.rows} rows to ${output}\n`,
    `about ${duration(seconds / workers)} with ${workers} ${workers === 1 ? 'worker' : 'workers'} on ${ready.engine.device}, ${ready.images === 1 ? 'an image' : `${ready.images} images`} at a time, ${Math.ceil(bytes / 1e6)} MB each; timed with the machine as busy as it is now\n`,
  ].join('');
}
