// Where the program's own files are, whether it runs from its sources or built.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const packageRoot = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** A file or folder that comes with the program. */
export const fixturePath = (...parts: readonly string[]): string =>
  path.join(packageRoot, 'fixtures', ...parts);

/** The program's version. */
export const packageVersion = (): string =>
  JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')).version;
