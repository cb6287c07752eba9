// The scripts import from the built program: each name they import must be there.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from './package.js';

const scripts = path.join(packageRoot, 'scripts');

/** The imports of a script: a module below src, and a name of it. */
async function importsOf(script: string): Promise<(readonly [file: string, name: string])[]> {
  const text = await readFile(path.join(scripts, script), 'utf8');
  return [...text.matchAll(/import \{([^}]*)\} from '\.\.\/dist\/([^']+)'/g)].flatMap(
    ([, names, file]) =>
      names!
        .split(',')
        .map((name) => name.trim().split(' ')[0]!)
        .filter(Boolean)
        .map((name) => [file!, name] as const),
  );
}

const files = (await readdir(scripts)).filter((name) => name.endsWith('.js'));
const cases = await Promise.all(
  files.map(async (script) =>
    (await importsOf(script)).map(([file, name]) => [script, file, name] as const),
  ),
);

it.each(cases.flat())('%s finds in %s the name %s', async (_, file, name) => {
  const module: object = await import(path.join(packageRoot, 'src', file));
  expect(Object.keys(module)).toContain(name);
});
