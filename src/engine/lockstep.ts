// Lets several tasks share one device: programs are built for several images, and what the tasks ask of a
// program at the same time, each for its own image, runs as one batch. A task runs as if it were alone; a
// batch starts when every task that is under way waits for one.
import type { Program } from '../graph/program.js';
import { sizeOf } from '../graph/shape.js';
import type { Engine, Executable, Held, Inputs, Values } from './engine.js';

/** Tasks that run side by side, and the engine they share. */
export interface Lockstep {
  readonly engine: Engine;
  /** Runs tasks, as many at a time as the engine's programs have images; gives their results in order. */
  together<T>(tasks: readonly (() => Promise<T>)[]): Promise<T[]>;
}

/** One output of a batch, until all of its shares are released. */
class Whole {
  private numbers: Promise<Float32Array> | undefined;

  constructor(
    readonly held: Held,
    private shares: number,
  ) {}

  read(): Promise<Float32Array> {
    this.numbers ??= this.held.read();
    return this.numbers;
  }

  releaseShare(): void {
    if (--this.shares === 0) this.held.release();
  }
}

/** One image's share of an output. */
class Share implements Held {
  constructor(
    readonly whole: Whole,
    readonly slot: number,
    private readonly size: number,
  ) {}

  async read(): Promise<Float32Array> {
    return (await this.whole.read()).slice(this.slot * this.size, (this.slot + 1) * this.size);
  }

  release(): void {
    this.whole.releaseShare();
  }
}

interface Request {
  readonly inputs: Inputs;
  readonly resolve: (outputs: Readonly<Record<string, Held>>) => void;
  readonly reject: (error: unknown) => void;
}

/** The tasks under way, and the programs that some of them wait for. */
class Crew {
  private active = 0;
  private waiting = 0;
  private readonly asked = new Set<Gathering>();

  /** Runs a task as one of those under way. */
  async join<T>(task: () => Promise<T>): Promise<T> {
    this.active++;
    try {
      // all tasks of a group are counted before the first of them asks for anything
      await undefined;
      return await task();
    } finally {
      this.active--;
      this.start();
    }
  }

  wait(gathering: Gathering): void {
    this.waiting++;
    this.asked.add(gathering);
    this.start();
  }

  private start(): void {
    if (this.waiting < this.active) return;
    const ready = [...this.asked];
    this.asked.clear();
    this.waiting = 0;
    for (const gathering of ready) void gathering.start();
  }
}

/** A program for several images, run when the crew waits. */
class Gathering implements Executable {
  private requests: Request[] = [];

  constructor(
    private readonly executable: Executable,
    private readonly program: Program,
    private readonly batch: number,
    private readonly crew: Crew,
  ) {}

  get fallenBack(): readonly string[] {
    return this.executable.fallenBack;
  }

  hold(inputs: Inputs): Promise<Readonly<Record<string, Held>>> {
    return new Promise((resolve, reject) => {
      this.requests.push({ inputs, resolve, reject });
      this.crew.wait(this);
    });
  }

  async run(inputs: Inputs): Promise<Values> {
    const outputs = await this.hold(inputs);
    const read = Object.entries(outputs).map(async ([name, one]) => {
      const numbers = await one.read();
      one.release();
      return [name, numbers] as const;
    });
    return Object.fromEntries(await Promise.all(read));
  }

  release(): Promise<void> {
    return this.executable.release();
  }

  /** Runs what has been asked for as one batch; the slots that are left repeat the first request. */
  async start(): Promise<void> {
    const requests = this.requests.splice(0);
    try {
      const slots = seated(requests, this.batch);
      const { inputs, outputs } = this.program;
      const feeds: Record<string, Float32Array | Held> = {};
      for (const { attrs, shape } of inputs)
        feeds[attrs.name] = await joined(attrs.name, slots, sizeOf(shape) / this.batch);
      const results = await this.executable.hold(feeds);
      const wholes = Object.entries(results).map(
        ([name, result]) => [name, new Whole(result, requests.length)] as const,
      );
      slots.forEach((request, slot) => {
        request?.resolve(
          Object.fromEntries(
            wholes.map(([name, whole]) => [
              name,
              new Share(whole, slot, sizeOf(outputs[name]!.shape) / this.batch),
            ]),
          ),
        );
      });
    } catch (error) {
      for (const { reject } of requests) reject(error);
    }
  }
}

/** Gives each request a slot: that of the shares it brings, if it is free, so that a whole batch can be handed on. */
function seated(requests: readonly Request[], batch: number): (Request | undefined)[] {
  const slots = new Array<Request | undefined>(batch).fill(undefined);
  const standing = requests.filter((request) => {
    const share = Object.values(request.inputs).find((v) => v instanceof Share);
    if (share === undefined || slots[share.slot] !== undefined) return true;
    slots[share.slot] = request;
    return false;
  });
  for (const request of standing) slots[slots.indexOf(undefined)] = request;
  return slots;
}

/** One input of a batch: a batch that all requests share, as it is, or their numbers side by side. */
async function joined(
  name: string,
  slots: readonly (Request | undefined)[],
  size: number,
): Promise<Float32Array | Held> {
  const given = slots.map((request) => request?.inputs[name]);
  const first = slots.find((request) => request !== undefined)!.inputs[name];
  if (
    first instanceof Share &&
    given.every(
      (v, slot) =>
        slots[slot] === undefined ||
        (v instanceof Share && v.whole === first.whole && v.slot === slot),
    )
  )
    return first.whole.held;
  const numbers = await Promise.all(
    given.map((v) => v ?? first).map((v) => (v !== undefined && 'read' in v ? v.read() : v)),
  );
  const all = new Float32Array(size * slots.length);
  numbers.forEach((v, slot) => {
    if (v?.length !== size)
      throw new Error(`input ${name} needs ${size} numbers, got ${v?.length ?? 'none'}`);
    all.set(v, slot * size);
  });
  return all;
}

/** Lets tasks share an engine, so many images at a time. With one, tasks run one after another. */
export function lockstep(engine: Engine, batch: number): Lockstep {
  if (batch === 1)
    return {
      engine,
      async together(tasks) {
        const results = [];
        for (const task of tasks) results.push(await task());
        return results;
      },
    };
  const crew = new Crew();
  return {
    engine: {
      ...engine,
      batch,
      compile: async (program) =>
        new Gathering(await engine.compile(program), program, batch, crew),
    },
    async together(tasks) {
      const results = [];
      for (let at = 0; at < tasks.length; at += batch) {
        const group = tasks.slice(at, at + batch).map((task) => crew.join(task));
        // all of them end before a mistake of one is told, so that none is left under way
        await Promise.allSettled(group);
        results.push(...(await Promise.all(group)));
      }
      return results;
    },
  };
}
