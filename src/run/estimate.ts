// The plan of a run, and an estimate of its time and memory, measured by one step of every group of cells.

import type { CommonConfig } from '../config/subject.js';
import type { Size } from '../data/picture.js';
import { chooseEngine } from '../engine/choose.js';
import { UserError } from '../errors.js';
import { groupBy } from '../group-by.js';
import { startProgress } from '../progress.js';
import { modelName } from '../record/model-name.js';
import { loadImage, UnreadableImage } from '../subject/images.js';
import type { TaskConfig, Units } from '../task/task.js';
import { openCrew, workerCount } from './crew.js';
import type { RunOptions } from './phases.js';
import { largestGroup, openWork, sampleOf } from './work.js';

const duration = (seconds: number): string => {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
};

/** The units of an experiment in words: images of a data set, or a list. */
function unitsIn(units: Units): string {
  if (units.kind === 'list') return `${units.count} units`;
  const { name, count, dataset, screens } = units;
  return `${name}, ${screens ? 'up to ' : ''}${count} of ${dataset.entries.length} images`;
}

/** The most images that a plan tries to read. */
const MOST_READ = 2000;

/** The first images of a plan: one that can be read, and those that cannot, in a line, empty if there are none. */
interface FirstImages {
  readonly readable: number | undefined;
  readonly said: string;
}

/** Tries to read the first images of a plan: those that would be used if none were refused. */
async function firstImages(units: Units, size: Size): Promise<FirstImages> {
  if (units.kind === 'list') return { readable: undefined, said: '' };
  const { dataset, candidates, count } = units;
  const tried = candidates.slice(0, Math.min(count, MOST_READ));
  const broken = new Map<number, string>();
  for (const image of tried)
    await loadImage(dataset, image, size).catch((error) => {
      if (!(error instanceof UnreadableImage)) throw error;
      broken.set(image, error.message);
    });
  const [example] = broken.values();
  const readable = tried.find((image) => !broken.has(image));
  const said = `${broken.size} of the first ${tried.length} images cannot be read, such as ${example}`;
  if (readable === undefined && tried.length > 0) throw new UserError(said);
  return { readable, said: broken.size === 0 ? '' : `${said}\n` };
}

/** The plan of a run as text, with an estimate of time and memory. Writes nothing. */
export async function estimate(
  config: TaskConfig,
  options: Pick<RunOptions, 'data' | 'workers' | 'quiet'>,
): Promise<string> {
  const { experiment, subject, inputs } = await openWork(config, options.data);
  const { units } = experiment;
  const first = await firstImages(units, subject.network.network);
  const choice = await chooseEngine(config.engine);
  const workers = workerCount(config, options, choice);
  const most = largestGroup(experiment);
  const { dataRoot } = subject;
  const crew = await openCrew(1, { config, dataRoot, engine: choice, most }, options);
  const [worker] = crew.workers;
  const groups = groupBy(sampleOf(experiment, first.readable), ({ group }) => group);
  const lines: string[] = [];
  const total = { cells: 0, rows: 0, seconds: 0, bytes: 0 };
  const progress = startProgress(groups.size, 'groups timed', { quiet: options.quiet ?? false });
  try {
    for (const cells of groups.values()) {
      const [example] = cells;
      const { seconds, peakBytes } = await worker!.compute({ kind: 'probe', cell: example!.cell });
      const { steps, title } = example!;
      const count = units.count * cells.length;
      lines.push(
        `  ${title}: ${count} cells of ${steps} steps, ${(1000 * seconds).toFixed(0)} ms a step\n`,
      );
      total.seconds += count * steps * seconds;
      total.bytes = Math.max(total.bytes, peakBytes);
      total.cells += count;
      total.rows += units.count * cells.reduce((rows, cell) => rows + cell.rows, 0);
      progress.advance(1);
    }
  } finally {
    progress.stop();
    crew.stop();
  }
  const { model, output }: CommonConfig = config;
  const { height, width } = subject.network.network;
  const [weights] = inputs;
  return [
    `${config.name}: ${modelName(model)} (${height}×${width}, ${weights!.file}) on ${unitsIn(units)}\n`,
    ...lines,
    first.said,
    `${total.cells} cells, ${total.rows} rows to ${output}\n`,
    `about ${duration(total.seconds / workers)} with ${workers} ${workers === 1 ? 'worker' : 'workers'} on ${crew.engine.device}, ${crew.batch === 1 ? 'an image' : `${crew.batch} images`} at a time, ${Math.ceil(total.bytes / 1e6)} MB each; timed with the machine as busy as it is now\n`,
  ].join('');
}
