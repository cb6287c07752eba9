// A worker process, seen from the parent. It computes one job at a time. A process that dies is replaced, and the
// replacement tries the job once more. A job that fails twice is reported as failed. If a batch does not fit into the
// memory of the device, batches are halved from then on, once.
import { type ChildProcess, fork } from 'node:child_process';
import { messageOf, UserError } from '../errors.js';
import type { Answer, Job, Ready, Results, Setup } from './messages.js';

/** A job that failed twice. */
export class JobFailed extends Error {}

/** A worker that ended and cannot be started again, for example because the driver of its device is gone. */
export class WorkerLost extends Error {}

class Died extends Error {}

/** Callbacks for the messages of a worker during a job. */
export interface Listener {
  /** A step of a cell is done. */
  onStep?(): void;
  /** A note for the user. */
  onNote?(text: string): void;
}

export class WorkerProcess {
  private child: ChildProcess | undefined;
  private ended = false;
  private halved = false;

  constructor(
    private setup: Setup,
    private readonly listener: Listener = {},
    private readonly program = new URL('./worker/start.js', import.meta.url),
  ) {}

  private exchange(child: ChildProcess, message: Setup | Job): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        child.off('message', onMessage);
        child.off('exit', onExit);
      };
      const onMessage = (answer: Answer) => {
        if (answer.kind === 'step') return this.listener.onStep?.();
        if (answer.kind === 'note') return this.listener.onNote?.(answer.text);
        settle();
        resolve(answer);
      };
      const onExit = (code: number | null, signal: string | null) => {
        settle();
        reject(new Died(`a worker process ended by itself (${signal ?? `status ${code}`})`));
      };
      child.on('message', onMessage);
      child.once('exit', onExit);
      child.send(message, (error) => {
        if (error !== null) {
          settle();
          reject(new Died('a worker process could not be reached'));
        }
      });
    });
  }

  private async start(): Promise<{ child: ChildProcess; ready: Ready }> {
    const child = fork(this.program, { serialization: 'advanced' });
    this.child = child;
    const answer = await this.exchange(child, this.setup);
    if (answer.kind === 'ready') {
      // a replacement has the same batch
      this.setup = { ...this.setup, batch: answer.batch };
      return { child, ready: answer };
    }
    this.kill();
    if (answer.kind !== 'failed') throw new Error(`a worker answered ${answer.kind} at its start`);
    throw answer.why === 'user' ? new UserError(answer.message) : new Error(answer.message);
  }

  /** Starts the process. Throws a UserError for a mistake of the user. */
  async open(): Promise<Ready> {
    return (await this.start()).ready;
  }

  /** Starts the replacement of a process that ended. */
  private async restart(): Promise<ChildProcess> {
    try {
      return (await this.start()).child;
    } catch (error) {
      throw new WorkerLost(`a worker process cannot be started again: ${messageOf(error)}`);
    }
  }

  /**
   * Computes a job. Throws a UserError for a mistake of the user, JobFailed after two failed attempts, and WorkerLost
   * if the process cannot be started again.
   */
  async compute<J extends Job>(job: J): Promise<Results[J['kind']]> {
    for (let attempt = 1; ; attempt++) {
      if (this.ended) throw new JobFailed('the worker process was ended');
      let why: string;
      try {
        const answer = await this.exchange(this.child ?? (await this.restart()), job);
        if (answer.kind === 'done') return answer.results as Results[J['kind']];
        if (answer.kind !== 'failed')
          throw new Error(`a worker answered ${answer.kind} to a job of ${job.kind}`);
        if (answer.why === 'user') throw new UserError(answer.message);
        why = answer.message;
        if (answer.why === 'memory' && this.halve(why)) attempt--;
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        why = error.message;
      }
      this.kill();
      if (attempt === 2 || this.ended) throw new JobFailed(why);
    }
  }

  /** Halves the batch, unless it was halved before or is one cell. Returns whether it did. */
  private halve(why: string): boolean {
    const { batch = 1 } = this.setup;
    if (this.halved || batch === 1) return false;
    this.halved = true;
    this.setup = { ...this.setup, batch: Math.ceil(batch / 2) };
    this.listener.onNote?.(`${why}; going on with batches of ${this.setup.batch}`);
    return true;
  }

  /** Sends the result of the preparation to the process, and to any replacement. */
  async share(shared: unknown): Promise<void> {
    this.setup = { ...this.setup, shared };
    await this.compute({ kind: 'share', shared });
  }

  private kill(): void {
    this.child?.kill('SIGKILL');
    this.child = undefined;
  }

  /** Ends the process at once and for good. */
  stop(): void {
    this.ended = true;
    this.kill();
  }
}
