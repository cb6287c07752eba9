// Inputs of the other kinds through the command itself: its status, its one line, and nothing of a stack.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { UserError } from '../../errors.js';
import { packageRoot } from '../../package.js';
import { holds, type Kind, type Kinds, type Maker } from '../kind.js';
import { pick } from '../mutate.js';

const program = path.join(packageRoot, 'bin', 'fragile.js');

interface Ended {
  readonly status: number | null;
  readonly stderr: string;
}

const command = (args: readonly string[], cwd: string): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args], {
      cwd,
      env: { ...process.env, FRAGILE_DATA: '' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stderr }));
  });

/** Kinds through the command, of those that have one. */
export const commandsOf = (kinds: Kinds): Kind => ({
  count: 240,
  uses: Object.keys(kinds),
  async open(base) {
    const makers: Maker[] = [];
    for (const [name, kind] of Object.entries(kinds))
      makers.push(await kind.open(path.join(base, '..', name)));
    return async (random, folder) => {
      const input = await pick(makers, random)(random, folder);
      const args = input.command!;
      return {
        // what is missing in the data root is named by its place there, and fields of the command by their option
        names: [...input.names, folder, '--set'],
        act: async () => {
          // a null character cannot be given to a command
          if (args.some((arg) => arg.includes('\0'))) return;
          const { status, stderr } = await command(args, folder);
          holds(
            status === 0 || status === 2 || status === 1,
            `status ${status}: ${stderr.slice(0, 300)}`,
          );
          holds(!/\n\s+at /.test(stderr), `a stack: ${stderr.slice(0, 300)}`);
          if (status !== 2) return;
          const lines = stderr
            .split('\n')
            .filter((line) => line.startsWith('fragile: ') && !line.startsWith('fragile: note: '));
          holds(lines.length === 1, `${lines.length} lines: ${stderr.slice(0, 300)}`);
          throw new UserError(lines[0]!);
        },
      };
    };
  },
});
