// The documents against what they speak of: links lead to files, and every config and command is told of.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../package.js';

const read = (file: string) => readFile(path.join(packageRoot, file), 'utf8');
const inFolders = async (folder: string) =>
  (await readdir(path.join(packageRoot, folder), { recursive: true })).map((file) =>
    path.join(folder, file),
  );
const documents = [
  ...(await readdir(packageRoot)),
  ...(await inFolders('configs')),
  ...(await inFolders('results')),
].filter((file) => file.endsWith('.md'));

/** Anchors of a page, or as they are made of a document's headings. */
const anchorsOf = (file: string, text: string) =>
  file.endsWith('.html')
    ? [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!)
    : [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
        heading!
          .toLowerCase()
          .replace(/[^\p{L}\p{N} -]/gu, '')
          .replaceAll(' ', '-'),
      );

describe.each(documents)('%s', (file) => {
  it('links to what is there', async () => {
    const links = [...(await read(file)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, to]) => to!);
    for (const link of links.filter((to) => !/^https?:/.test(to))) {
      const [to, anchor] = link.split('#') as [string, string?];
      const target = to === '' ? file : path.join(path.dirname(file), to);
      const text = await read(target).catch(() => undefined);
      expect(text, `${link} in ${file}`).toBeDefined();
      if (anchor !== undefined)
        expect(anchorsOf(target, text!), `${link} in ${file}`).toContain(anchor);
    }
  });

  it('runs configs and scripts that are there', async () => {
    const named = (await read(file)).match(/\b(?:configs|scripts)\/[\w.-]+\.(?:yaml|js|sh|py)/g);
    for (const one of new Set(named ?? []))
      expect(await read(one).catch(() => undefined), `${one} in ${file}`).toBeDefined();
  });
});

it('the README names every config, and the Makefile runs it', async () => {
  const [readme, makefile] = [await read('README.md'), await read('Makefile')];
  for (const file of await readdir(path.join(packageRoot, 'configs'))) {
    if (!file.endsWith('.yaml')) continue;
    expect(readme, file).toContain(`](configs/${file})`);
    expect(makefile, file).toMatch(new RegExp(`\\b${path.basename(file, '.yaml')}\\b`));
  }
});
