// The program finds its own files.
import { readFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fixturePath, packageRoot, packageVersion } from './package.js';

const manifest = JSON.parse(
  readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8'),
);

describe('the package', () => {
  it('has its root where its manifest is', async () => {
    expect(path.isAbsolute(packageRoot)).toBe(true);
    const found = JSON.parse(await readFile(path.join(packageRoot, 'package.json'), 'utf8'));
    expect(found.name).toBe('fragile');
  });

  it('has the version of its manifest', () => {
    expect(packageVersion()).toBe(manifest.version);
    expect(packageVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('brings its fixtures along', async () => {
    expect((await stat(fixturePath('embedded', 'frog', '0.png'))).isFile()).toBe(true);
    expect(manifest.files).toContain(path.relative(packageRoot, fixturePath()));
  });
});
