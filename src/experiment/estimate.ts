// What a run would do, and what it would cost, measured by taking one step of every attack.
import type { ResolvedConfig } from './config.js';
import { cellsOf, rowsPerCell, stepsOf } from './plan.js';
import { Worker } from './pool.js';
import { imagesAtMost, openMaterials, type RunOptions, workerCount } from './run.js';

const duration = (seconds: number): string => {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
};

/** The plan of a run as text, with an estimate of time and memory. Writes nothing. */
export async function estimate(
  config: ResolvedConfig,
  options: Pick<RunOptions, 'data' | 'workers'>,
): Promise<string> {
  const { dataset, dataRoot, network, weights } = await openMaterials(config, options.data);
  const images = imagesAtMost(config, dataset);
  const workers = workerCount(config, options);
  const worker = new Worker({ config, dataRoot }, () => {});
  const lines: string[] = [];
  let seconds = 0;
  let bytes = 0;
  let rows = 0;
  try {
    for (const [method, explain] of config.explain.entries())
      for (const [attack, item] of config.attack.entries()) {
        const answer = await worker.compute({ kind: 'probe', method, attack });
        if (answer.kind !== 'probed')
          throw new Error(`a worker answered ${answer.kind} when asked to probe`);
        const cells = images * config.epsilon.length;
        const cost = cells * stepsOf(config, attack) * answer.probe.seconds;
        seconds += cost;
        bytes = Math.max(bytes, answer.probe.peakBytes);
        rows += cells * rowsPerCell(config, attack);
        lines.push(
          `  ${explain.id} × ${item.id}: ${cells} cells of ${stepsOf(config, attack)} steps, ${(1000 * answer.probe.seconds).toFixed(0)} ms a step\n`,
        );
      }
  } finally {
    worker.stop();
  }
  const { data, model, output } = config;
  return [
    `${config.name}: ${model.name} (${network.network.height}×${network.network.width}, ${weights.file}) on ${data.name}, ${data.correct ? 'up to ' : ''}${images} of ${dataset.entries.length} images\n`,
    ...lines,
    `${images * cellsOf(config, 0).length} cells, ${rows} rows to ${output}\n`,
    `about ${duration(seconds / workers)} with ${workers} workers, ${Math.ceil(bytes / 1e6)} MB each\n`,
  ].join('');
}
