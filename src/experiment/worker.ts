// A worker process: computes one job after another for the parent, which alone writes files. It ends
// when the parent does.
import { openDataset } from '../data/dataset.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { messageOf, UserError } from '../errors.js';
import { Cells } from './cells.js';
import type { Answer, Job, Setup } from './messages.js';
import { loadNetwork } from './network.js';

const say = (answer: Answer) => process.send?.(answer);

async function setUp({ config, dataRoot }: Setup): Promise<Cells> {
  const { bound } = await loadNetwork(config.model, dataRoot);
  const dataset = await openDataset(config.data, dataRoot);
  return new Cells(config, bound, dataset, onnxEngine());
}

async function answer(cells: Cells, job: Job): Promise<Answer> {
  if (job.kind === 'predict')
    return { kind: 'predicted', prediction: await cells.predict(job.image) };
  if (job.kind === 'probe')
    return { kind: 'probed', probe: await cells.probe(job.method, job.attack) };
  return {
    kind: 'computed',
    result: await cells.run(job.cell, job.label, () => say({ kind: 'step' })),
  };
}

let cells: Cells | undefined;

process.on('message', async (message: Setup | Job) => {
  try {
    if ('config' in message) {
      cells = await setUp(message);
      say({ kind: 'ready' });
    } else say(await answer(cells!, message));
  } catch (error) {
    say({ kind: 'failed', message: messageOf(error), user: error instanceof UserError });
  }
});
process.on('disconnect', () => process.exit(0));
// the terminal sends an interrupt to the whole process group; the parent decides when workers end
process.on('SIGINT', () => {});
