// The built command in processes of its own, in a temporary folder, as its users meet it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse } from 'csv-parse/sync';
import { expect } from 'vitest';
import { packageRoot } from '../../package.js';

const command = path.join(packageRoot, 'bin', 'fragile.js');

export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Launched {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** A temporary folder in which the command runs, without a data root. */
export class Workplace {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Workplace> {
    return new Workplace(await mkdtemp(path.join(tmpdir(), 'fragile-cli-')));
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }

  /** Starts the command in a process group of its own. */
  launch(...args: readonly string[]): Launched {
    const child = spawn(process.execPath, [command, ...args], {
      cwd: this.folder,
      detached: true,
      env: { ...process.env, FRAGILE_DATA: '' },
    });
    const texts = { stdout: '', stderr: '' };
    child.stdout.on('data', (text) => {
      texts.stdout += text;
    });
    child.stderr.on('data', (text) => {
      texts.stderr += text;
    });
    const ended = new Promise<Ended>((resolve) => {
      child.on('close', (status, signal) => resolve({ status, signal, ...texts }));
    });
    return { child, ended };
  }

  fragile(...args: readonly string[]): Promise<Ended> {
    return this.launch(...args).ended;
  }

  /** Runs a command that is refused as a mistake; gives its one line. */
  async refused(...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.fragile(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^fragile: [^\n]+\n$/);
    return stderr.slice('fragile: '.length, -1);
  }

  path(...parts: readonly string[]): string {
    return path.join(this.folder, ...parts);
  }

  exists(name: string): Promise<boolean> {
    return stat(this.path(name)).then(
      () => true,
      () => false,
    );
  }

  async write(name: string, text: string): Promise<string> {
    await writeFile(this.path(name), text);
    return name;
  }

  /** Rows of a results.csv, or of what attempts have written so far, without the one column that is a measurement. */
  async rows(name: string): Promise<Record<string, string>[]> {
    const texts = await this.parts(name);
    if (texts.length === 0) throw new Error(`${name} has no results`);
    return texts.flatMap((text) => {
      // a line may be cut short
      const rows: Record<string, string>[] = parse(text.slice(0, text.lastIndexOf('\n') + 1), {
        columns: true,
      });
      return rows.map(({ seconds: _, ...row }) => row);
    });
  }

  /** The texts of results.csv and of the files of attempts beside it. */
  private async parts(name: string): Promise<string[]> {
    const files = await readdir(this.path(name)).catch(() => []);
    const parts = files.filter((file) => /^results(\.[0-9a-f]{8})?\.csv$/.test(file)).sort();
    return Promise.all(parts.map((file) => readFile(this.path(name, file), 'utf8')));
  }

  /** Waits until the results have at least so many lines. */
  async untilLines(name: string, lines: number, { ended }: Launched): Promise<void> {
    let over = false;
    void ended.then(() => {
      over = true;
    });
    for (;;) {
      const counts = (await this.parts(name)).map((text) => text.split('\n').length - 1);
      if (counts.reduce((sum, count) => sum + count, 0) >= lines) return;
      if (over) throw new Error(`the run ended before it had written ${lines} lines`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** The processes a run has started; none where the system does not tell. */
export async function workersOf({ child }: Launched): Promise<number[]> {
  const file = `/proc/${child.pid}/task/${child.pid}/children`;
  const text = await readFile(file, 'utf8').catch(() => '');
  return text.trim().split(' ').filter(Boolean).map(Number);
}
