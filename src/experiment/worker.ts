// A worker process: computes one job after another for the parent, which alone writes files. It ends
// when the parent does.
import { openDataset } from '../data/dataset.js';
import { onnxEngine } from '../engine/onnx/onnx.js';
import { messageOf, UserError } from '../errors.js';
import { type Computer, computerOf } from './computer.js';
import type { Answer, Job, Setup } from './messages.js';
import { loadNetwork } from './network.js';

const say = (answer: Answer) => process.send?.(answer);

async function setUp({ config, dataRoot }: Setup): Promise<Computer> {
  const { bound } = await loadNetwork(config.model, dataRoot);
  const dataset = await openDataset(config.data, dataRoot);
  return computerOf(config, bound, dataset, onnxEngine());
}

async function answer(computer: Computer, job: Job): Promise<Answer> {
  if (job.kind === 'predict')
    return { kind: 'predicted', prediction: await computer.predict(job.image) };
  if (job.kind === 'probe') return { kind: 'probed', probe: await computer.probe(job.cell) };
  return {
    kind: 'computed',
    result: await computer.run(job.cell, job.label, () => say({ kind: 'step' })),
  };
}

let computer: Computer | undefined;

process.on('message', async (message: Setup | Job) => {
  try {
    if ('config' in message) {
      computer = await setUp(message);
      say({ kind: 'ready' });
    } else say(await answer(computer!, message));
  } catch (error) {
    say({ kind: 'failed', message: messageOf(error), user: error instanceof UserError });
  }
});
process.on('disconnect', () => process.exit(0));
// the terminal sends an interrupt to the whole process group; the parent decides when workers end
process.on('SIGINT', () => {});
