// A process of the benchmark: prepares one task, does it a number of times whenever it is told to, and
// says how long each time took.
import { openEngine } from '../engine/choose.js';
import { type TaskName, tasks } from './tasks.js';

export interface Ready {
  readonly flops: number;
}
export interface Timed {
  /** Milliseconds of each repetition. */
  readonly times: readonly number[];
  /** Most memory the process has held, in bytes. */
  readonly peakBytes: number;
}

const task = await tasks[process.argv[2] as TaskName](
  await openEngine({ name: 'onnx', device: 'cpu' }),
);

process.on('message', async ({ repeat }: { repeat: number }) => {
  const times: number[] = [];
  for (let i = 0; i < repeat; i++) {
    const started = performance.now();
    await task.once();
    times.push(performance.now() - started);
  }
  process.send!({ times, peakBytes: process.resourceUsage().maxRSS * 1024 } satisfies Timed);
});
process.on('disconnect', () => process.exit(0));
process.send!({ flops: task.flops } satisfies Ready);
