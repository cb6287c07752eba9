// A crew whose workers are played by small programs: how parts are shared out, and that all end together.
import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { usableCores } from '../cores.js';
import { UserError } from '../errors.js';
import { useFolder } from '../testing/files.js';
import { type OpenCrew, openCrew, workerCount } from './crew.js';
import {
  done,
  failed,
  outlived,
  processesOf,
  ready,
  setup,
  writeProgram,
} from './testing/programs.js';
import { JobFailed } from './worker-process.js';

const program = vi.hoisted(() => ({ url: undefined as URL | undefined }));
vi.mock('./worker-process.js', async (original) => {
  const real = await original<typeof import('./worker-process.js')>();
  return {
    ...real,
    WorkerProcess: class extends real.WorkerProcess {
      constructor(...[first, listener]: ConstructorParameters<typeof real.WorkerProcess>) {
        super(first, listener, program.url);
      }
    },
  };
});

const inFolder = useFolder();
let crew: OpenCrew | undefined;
afterEach(() => {
  crew?.stop();
  crew = undefined;
});

/** Opens a crew with batches of four; its program's answers are bodies of functions. */
async function opened(
  workers: number,
  onJob: string,
  { onSetup = ready, signal }: { onSetup?: string; signal?: AbortSignal } = {},
): Promise<OpenCrew> {
  program.url = await writeProgram(inFolder(), onSetup, onJob);
  crew = await openCrew(workers, setup(4), { quiet: true, signal });
  return crew;
}
const processes = () => processesOf(inFolder());

/** What the program makes of a part. */
interface Made {
  readonly part: string;
  readonly by: number;
  readonly together: number;
}
/** Later processes are faster, so that parts do not come back in order. */
const make = `
  await pause(Math.max(5, 90 - 30 * start));
  ${done('message.parts.map((part) => ({ part, by: start, together: message.parts.length }))')}`;
const partsOf = (count: number) => Array.from({ length: count }, (_, i) => `part ${i}`);

describe('parts', () => {
  it('come in their order from several workers, in batches', async () => {
    const { parts } = await opened(3, make);
    const all = partsOf(23);
    const made = (await parts(all, 'parts')) as Made[];
    expect(made.map(({ part }) => part)).toEqual(all);
    expect(new Set(made.map(({ by }) => by))).toEqual(new Set([1, 2, 3]));
    // five batches of four and one of three
    expect(made.map(({ together }) => together)).toEqual([...Array(20).fill(4), 3, 3, 3]);
  });

  it('come from fewer workers than there are where they fill fewer batches', async () => {
    const { parts } = await opened(3, make);
    const made = (await parts(partsOf(6), 'parts')) as Made[];
    expect(made.map(({ part }) => part)).toEqual(partsOf(6));
    expect(made.map(({ together }) => together)).toEqual([4, 4, 4, 4, 2, 2]);
  });

  it('are none where there are none', async () => {
    const { parts } = await opened(2, failed('fault'));
    expect(await parts([], 'parts')).toEqual([]);
  });

  it('are refused where one cannot be computed', async () => {
    const { parts } = await opened(
      2,
      `if (message.parts.includes('part 5')) ${failed('user', 'picture 5 is broken')} ${make}`,
    );
    await expect(parts(partsOf(12), 'parts')).rejects.toThrow(new UserError('picture 5 is broken'));
  });
});

describe('work that is spread', () => {
  it('is given out batch by batch, with the batch behind each', async () => {
    const { spread } = await opened(1, make);
    const given: (readonly number[])[][] = [];
    await spread(10, async (_, batch, ahead) => {
      given.push([batch, ahead]);
    });
    expect(given).toEqual([
      [
        [0, 1, 2, 3],
        [4, 5, 6, 7],
      ],
      [
        [4, 5, 6, 7],
        [8, 9],
      ],
      [[8, 9], []],
    ]);
  });

  it('is given out once, whoever is how fast', async () => {
    const { spread, workers } = await opened(3, make);
    const given: number[] = [];
    await spread(30, async (worker, batch) => {
      await new Promise((resolve) => setTimeout(resolve, 7 * workers.indexOf(worker)));
      given.push(...batch);
    });
    expect(given.sort((a, b) => a - b)).toEqual([...Array(30).keys()]);
  });
});

describe('a crew', () => {
  it('is what its workers say', async () => {
    const { engine, batch, workers } = await opened(2, make, { onSetup: `batch = 6; ${ready}` });
    expect(engine).toEqual({ name: 'onnx', version: '1', device: 'webgpu' });
    expect([batch, workers.length]).toEqual([6, 2]);
  });

  it('shares what was prepared with every worker', async () => {
    const { share, workers } = await opened(
      3,
      `if (message.kind === 'share') { shared = message.shared; ${done('true')} } ${done('[shared]')}`,
    );
    await share({ head: [1, 2] });
    const had = workers.map((worker) => worker.compute({ kind: 'prepare', parts: [0] }));
    expect(await Promise.all(had)).toEqual(Array(3).fill([{ head: [1, 2] }]));
  });

  it.each([
    ['the user’s mistake', 'user', UserError],
    ['a fault', 'fault', Error],
  ])('does not begin where one worker cannot, by %s, and the others end', async (_, why, kind) => {
    const onSetup = `if (start === 3) ${failed(why, 'no such weights')} ${ready}`;
    const error: unknown = await opened(3, make, { onSetup }).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(error).toEqual(new kind('no such weights'));
    const all = await processes();
    expect(all).toHaveLength(3);
    expect(await outlived(all)).toEqual([]);
  });

  it('ends with all its workers, and listens to nothing more', async () => {
    const { signal } = new AbortController();
    const { stop, parts } = await opened(3, make, { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    stop();
    expect(await outlived(await processes())).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await expect(parts(partsOf(3), 'parts')).rejects.toThrow(JobFailed);
  });
});

describe('an interrupt', () => {
  it('before the start starts nothing', async () => {
    const signal = AbortSignal.abort(new Error('interrupted'));
    await expect(opened(2, make, { signal })).rejects.toThrow('interrupted');
    expect(await processes()).toEqual([]);
  });

  it('at the start ends all workers', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const work = opened(2, make, { onSetup: `await pause(60_000); ${ready}`, signal });
    const end = expect(work).rejects.toThrow('ended by itself (SIGKILL)');
    await vi.waitFor(async () => expect(await processes()).toHaveLength(2), 20_000);
    controller.abort();
    await end;
    expect(await outlived(await processes())).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('on the way ends all workers and what they compute', async () => {
    const controller = new AbortController();
    const slow = `await pause(60_000); ${make}`;
    const { parts } = await opened(2, slow, { signal: controller.signal });
    const work = parts(partsOf(20), 'parts');
    controller.abort();
    await expect(work).rejects.toThrow(JobFailed);
    const all = await processes();
    expect(all).toHaveLength(2);
    expect(await outlived(all)).toEqual([]);
  });
});

describe('the number of workers', () => {
  const cpu = { name: 'onnx', device: 'cpu' } as const;
  const gpu = { name: 'onnx', device: 'webgpu' } as const;
  it.each([
    ['as asked', 3, 2, cpu, 3],
    ['the config’s', undefined, 2, cpu, 2],
    ['as asked on a GPU', 3, undefined, gpu, 3],
    ['the config’s on a GPU', undefined, 2, gpu, 2],
    ['one for each core', undefined, undefined, cpu, usableCores()],
    ['one for a GPU', undefined, undefined, gpu, 1],
  ])('is %s', (_, workers, configured, choice, count) => {
    const engine = { name: 'auto' as const, ...(configured && { workers: configured }) };
    expect(workerCount({ engine }, { workers }, choice)).toBe(count);
  });
});
