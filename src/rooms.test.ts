// The dependency rule of the linter, on faults planted in a copy of the tree.
import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { packageRoot } from './package.js';
import { useFolder } from './testing/files.js';

const run = promisify(execFile);
const biome = path.join(packageRoot, 'node_modules', '.bin', 'biome');

describe('the dependency rule', { timeout: 60_000 }, () => {
  const inFolder = useFolder();

  /** What the linter says of files, by their paths below src. */
  async function lint(files: Readonly<Record<string, string>>): Promise<string> {
    const config = JSON.parse(await readFile(path.join(packageRoot, 'biome.json'), 'utf8'));
    await writeFile(inFolder('biome.json'), JSON.stringify({ ...config, vcs: undefined }));
    for (const [file, text] of Object.entries(files)) {
      const whole = inFolder('src', file);
      await mkdir(path.dirname(whole), { recursive: true });
      await writeFile(whole, text);
    }
    return run(biome, ['lint', '--colors=off', '.'], { cwd: inFolder() }).then(
      () => '',
      ({ stdout, stderr }) => `${stdout}${stderr}`,
    );
  }

  const has = (from: string) => `export type { X } from '${from}';\n`;
  const leaf = 'export type X = 1;\n';

  it.each([
    ['from a room above', { 'config/a.ts': has('../model/b.js'), 'model/b.ts': leaf }],
    ['of a room by a task', { 'tasks/train/a.ts': has('../../train/b.js'), 'train/b.ts': leaf }],
    ['inside a task', { 'tasks/attack/kept/a.ts': has('../b.js'), 'tasks/attack/b.ts': leaf }],
    ['of a list by run', { 'run/a.ts': has('../tasks/index.js'), 'tasks/index.ts': leaf }],
    ['against the stream by a test', { 'graph/a.test.ts': has('../cli/b.js'), 'cli/b.ts': leaf }],
  ])('allows an import %s', async (_, files) => {
    expect(await lint(files)).toBe('');
  });

  it.each([
    [
      'a circle of types in a room',
      {
        'graph/a.ts': `${has('./b.js')}export type Y = 1;\n`,
        'graph/b.ts': `import type { Y } from './a.js';\nexport type X = Y;\n`,
      },
      'noImportCycles',
    ],
    [
      'an import against the stream',
      { 'record/a.ts': has('../run/b.js'), 'run/b.ts': leaf },
      'src/record imports only from the rooms above it',
    ],
    ...['metric', 'data', 'weights', 'fetch', 'record'].map(
      (room) =>
        [
          `an import by ${room}, which stands alone`,
          { [`${room}/a.ts`]: has('../graph/b.js'), 'graph/b.ts': leaf },
          `src/${room} imports only from the rooms above it`,
        ] as const,
    ),
    [
      'an import between tasks',
      { 'tasks/attack/a.ts': has('../influence/b.js'), 'tasks/influence/b.ts': leaf },
      'tasks never import each other',
    ],
    [
      'an import between tasks from deeper down',
      { 'tasks/attack/kept/a.ts': has('../../train/b.js'), 'tasks/train/b.ts': leaf },
      'tasks never import each other',
    ],
    [
      'an import of a list by a task',
      { 'tasks/attack/a.ts': has('../index.js'), 'tasks/index.ts': leaf },
      'a task does not know the lists',
    ],
    ...['run', 'report', 'cli'].map(
      (room) =>
        [
          `an import of a task by ${room}`,
          { [`${room}/a.ts`]: has('../tasks/attack/b.js'), 'tasks/attack/b.ts': leaf },
          'tasks are known by the lists',
        ] as const,
    ),
  ] as const)('refuses %s', async (_, files, why) => {
    expect(await lint(files)).toContain(why);
  });

  it('knows every room', async () => {
    const rooms = (await readdir(path.join(packageRoot, 'src'), { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() && entry.name !== 'testing')
      .map(({ name }) => name);
    const rule = await readFile(path.join(packageRoot, 'biome.json'), 'utf8');
    for (const room of rooms) expect(rule, room).toMatch(new RegExp(`[{,]${room}[,}]`));
    const tasks = (await readdir(path.join(packageRoot, 'src', 'tasks'), { withFileTypes: true }))
      .filter((entry) => entry.isDirectory() && entry.name !== 'testing')
      .map(({ name }) => name)
      .sort();
    expect(rule).toContain(`../{${tasks.join(',')}}/**`);
  });
});
