// images.csv: which images a run may go on with.
import { readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Dataset } from '../data/dataset.js';
import { useFolder } from '../testing/files.js';
import { contentHash, imagesTable, UsedImages } from './used-images.js';

const at = useFolder();

/** A data set of files with a few letters in them; how often each was read. */
function datasetOf(...ids: readonly string[]): Dataset & { readonly reads: Map<string, number> } {
  const reads = new Map<string, number>();
  return {
    reads,
    location: at(),
    entries: ids.map((id) => ({ id })),
    load: async () => new Float32Array(),
    fileOf: ({ id }) => at(id),
    async bytesOf({ id }) {
      reads.set(id, (reads.get(id) ?? 0) + 1);
      return readFile(at(id));
    },
  };
}

const open = (dataset: Dataset, attempt = '0000000a') => UsedImages.open(at(), attempt, dataset);
const rows = async () => imagesTable.parse(await readFile(at('images.csv'), 'utf8'), 'images.csv');

/** A list of images a and b, of which a was used, in a later attempt. */
async function later() {
  await writeFile(at('a'), 'first');
  await writeFile(at('b'), 'second');
  const images = await open(datasetOf('a', 'b'));
  await images.use(0);
  await images.close();
  const dataset = datasetOf('a', 'b');
  return { dataset, images: await open(dataset, '0000000b') };
}

describe('the images of a run', () => {
  it('are listed once each, in the order of the plan, with the hash of their content', async () => {
    await writeFile(at('a'), 'first');
    await writeFile(at('b'), '');
    const images = await open(datasetOf('a', 'b'));
    await Promise.all([images.use(1), images.use(0), images.use(1)]);
    const content = await images.finish([0, 1]);
    expect(await rows()).toMatchObject([
      // printf first | sha256sum, and that of nothing
      {
        image: 'a',
        sha256: 'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e',
        bytes: 5,
      },
      {
        image: 'b',
        sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
        bytes: 0,
      },
    ]);
    expect(content).toBe(contentHash((await rows()).reverse()));
  });

  it('are not read again while their files are as they were', async () => {
    const { dataset, images } = await later();
    expect(await images.changed()).toBeUndefined();
    expect(dataset.reads.size).toBe(0);
  });

  it('are the same where only the time is another', async () => {
    const { dataset, images } = await later();
    await utimes(at('a'), 1, 1);
    expect(await images.changed()).toBeUndefined();
    expect(dataset.reads.get('a')).toBe(1);
  });

  it('are named where their content is another, of the same size or not', async () => {
    const { images } = await later();
    for (const content of ['fiRst', 'longer than before']) {
      await writeFile(at('a'), content);
      expect(await images.changed()).toMatch(
        /^another a \(SHA-256 a7937b64b8ca… there, [0-9a-f]{12}… now\)$/,
      );
    }
  });

  it('are named where their time was set back behind another content', async () => {
    const { images } = await later();
    const time = new Date();
    await utimes(at('a'), time, time);
    await writeFile(at('a'), 'fiRst');
    await utimes(at('a'), time, time);
    // the time of the last change of the entry cannot be set back
    expect(await images.changed()).toMatch(/^another a /);
  });

  it('are named where they are gone', async () => {
    const { images } = await later();
    await rm(at('a'));
    expect(await images.changed()).toBe(`a, which ${at()} lacks now`);
    const { images: other } = await later();
    expect(await other.changed()).toBeUndefined();
    expect(await (await open(datasetOf('b'))).changed()).toBe(`a, which ${at()} lacks now`);
  });

  it('may change while no row depends on them', async () => {
    const { images } = await later();
    await writeFile(at('b'), 'other');
    expect(await images.changed()).toBeUndefined();
  });

  it('are checked by content where a list has nothing else', async () => {
    const { dataset } = await later();
    const images = await open(dataset);
    await images.finish([0]);
    const [row] = await rows();
    await writeFile(at('images.csv'), `image,sha256,bytes,modified\na,${row!.sha256},,\n`);
    expect(await (await open(dataset)).changed()).toBeUndefined();
    await writeFile(at('a'), 'other');
    expect(await (await open(dataset)).changed()).toMatch(/^another a /);
  });
});

it('the hash of content tells every change of a list, and no order', () => {
  const list = [
    { image: 'a', sha256: '1' },
    { image: 'b', sha256: '2' },
  ];
  expect(contentHash([...list].reverse())).toBe(contentHash(list));
  const others = [
    [list[0]!],
    [list[0]!, { image: 'b', sha256: '3' }],
    [list[0]!, { image: 'c', sha256: '2' }],
    [...list, list[1]!],
  ];
  expect(new Set([list, ...others].map(contentHash)).size).toBe(5);
});
