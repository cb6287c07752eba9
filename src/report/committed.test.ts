// The results that come with the sources: every record is read, and is what its hash is of.
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../package.js';
import { contentHash, imagesTable } from '../subject/used-images.js';
import { tasks } from '../tasks/index.js';
import { refusal, useFolder } from '../testing/files.js';
import { openRuns } from './run-folders.js';

const results = path.join(packageRoot, 'results');
const folders = (await readdir(results, { recursive: true }))
  .filter((file) => path.basename(file) === 'run.json')
  .map((file) => path.dirname(file))
  .filter((folder) => !/^(cifar-)?smoke\b/.test(folder))
  .sort();

describe('committed results', () => {
  const inFolder = useFolder();

  it('are there', () => {
    expect(folders.length).toBeGreaterThanOrEqual(42);
  });

  it.each(folders)('%s has a record and the table of its task', async (folder) => {
    const [run] = (await openRuns([path.join(results, folder)])).filter(
      (one) => one.folder === path.join(results, folder),
    );
    expect(run!.record.form).toBe(3);
    expect(run!.record.end).not.toBeNull();
    expect(Object.keys(run!.record.versions.of)).toContain(`task ${run!.record.config.task}`);
  });

  it.each(folders)('%s has the hashes of the images that its rows depend on', async (folder) => {
    const at = (name: string) => path.join(results, folder, name);
    const { config, data } = JSON.parse(await readFile(at('run.json'), 'utf8'));
    expect(data.list).toMatch(/^[0-9a-f]{64}$/);
    if (config.task === 'train') return;
    const list = imagesTable.parse(await readFile(at('images.csv'), 'utf8'), 'images.csv');
    expect(data.sha256).toBe(contentHash(list));
    const task = tasks.find(({ name }) => name === config.task)!;
    const rows = task.table.parse(await readFile(at(task.file), 'utf8'), task.file) as unknown;
    const used = new Set((rows as { image: string }[]).map(({ image }) => image));
    expect(list.map(({ image }) => image)).toEqual(expect.arrayContaining([...used]));
  });

  it('are refused with another value in their config', async () => {
    const from = path.join(results, 'manipulation-resnet18', 'one-pass');
    await mkdir(inFolder('planted'));
    for (const name of ['run.json', 'results.csv'])
      await cp(path.join(from, name), inFolder('planted', name));
    const file = inFolder('planted', 'run.json');
    expect(await openRuns([inFolder('planted')])).toHaveLength(1);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('"from": 10,', '"from": 11,'));
    expect(await refusal(openRuns([inFolder('planted')]))).toBe(
      `${file}: configHash: not that of its config and versions, expected a record as fragile wrote it`,
    );
  });
});
