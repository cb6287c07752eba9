// A process of the benchmark: prepares one task on one engine, does it a number of times whenever it is told to,
// and says how long each time took.
import type { Choice } from '../engine/choice.js';
import { openEngine } from '../engine/choose.js';
import { lockstep } from '../engine/lockstep.js';
import { type TaskName, tasks } from './tasks.js';

/** What a process does. */
export interface Assignment {
  readonly task: TaskName;
  readonly engine: Choice;
  /** Images that run together. */
  readonly images: number;
}
export interface Ready {
  readonly flops: number;
  readonly device: string;
  readonly version: string;
}
export interface Timed {
  /** Milliseconds of each repetition, divided by the images of a batch. */
  readonly times: readonly number[];
  /** Most memory the process has held, in bytes. */
  readonly peakBytes: number;
}

const { task: name, engine: choice, images }: Assignment = JSON.parse(process.argv[2]!);
const { engine, together } = lockstep(await openEngine(choice), images);
const task = await tasks[name](engine);
const batch = Array.from({ length: images }, () => task.once);

process.on('message', async ({ repeat }: { repeat: number }) => {
  const times: number[] = [];
  for (let i = 0; i < repeat; i++) {
    const started = performance.now();
    await together(batch);
    times.push((performance.now() - started) / images);
  }
  process.send!({ times, peakBytes: process.resourceUsage().maxRSS * 1024 } satisfies Timed);
});
process.on('disconnect', () => process.exit(0));
const { device, version } = engine;
process.send!({ flops: task.flops, device, version } satisfies Ready);
