// Worker processes, one per core: each computes one job at a time. One that dies is replaced, and its
// job tried once more by the replacement; a job that fails twice is reported as failed.
import { type ChildProcess, fork } from 'node:child_process';
import { UserError } from '../errors.js';
import type { Answer, Job, Setup } from './messages.js';

/** A fault in a worker: the job could not be computed, twice. */
export class JobFailed extends Error {}

class Died extends Error {}

export class Worker {
  private child: ChildProcess | undefined;
  private ended = false;

  constructor(
    private readonly setup: Setup,
    private readonly onStep: () => void,
  ) {}

  private exchange(child: ChildProcess, message: Setup | Job): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        child.off('message', onMessage);
        child.off('exit', onExit);
      };
      const onMessage = (answer: Answer) => {
        if (answer.kind === 'step') return this.onStep();
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

  private async start(): Promise<ChildProcess> {
    const child = fork(new URL('./worker.js', import.meta.url), { serialization: 'advanced' });
    this.child = child;
    const answer = await this.exchange(child, this.setup);
    if (answer.kind === 'failed') {
      this.kill();
      throw answer.user ? new UserError(answer.message) : new Error(answer.message);
    }
    return child;
  }

  /** Computes a job. Throws a UserError for the user's mistake, JobFailed when two attempts went wrong. */
  async compute(job: Job): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      let why: string;
      try {
        const answer = await this.exchange(this.child ?? (await this.start()), job);
        if (answer.kind !== 'failed') return answer;
        if (answer.user) throw new UserError(answer.message);
        why = answer.message;
      } catch (error) {
        if (!(error instanceof Died)) throw error;
        why = error.message;
      }
      this.kill();
      if (attempt === 2 || this.ended) throw new JobFailed(why);
    }
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
