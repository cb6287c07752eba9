// images.csv: the images that the rows of a run depend on, by the SHA-256 of their content. A run continues only on the
// same content. Size and time of the last change spare reading a file again.
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Dataset, ImageEntry } from '../data/dataset.js';
import { Journal } from '../record/journal.js';
import { type RowOf, tableOf } from '../record/table.js';

/** The file of the list, in the folder of a run on images. */
export const IMAGES = 'images.csv';

const columns = {
  image: 'text',
  sha256: 'text',
  bytes: 'number',
  modified: 'number',
} as const;
const required = ['image', 'sha256'] as const;

/** An image; size and last change, in milliseconds since 1970, are those of the file that holds it. */
export type ImageRow = RowOf<typeof columns, (typeof required)[number]>;

export const imagesTable = tableOf<ImageRow>({ name: 'a list of images', columns, required });

/** The size of a file, and when its content or its name last changed. */
async function stampOf(file: string): Promise<Pick<ImageRow, 'bytes' | 'modified'>> {
  const { size, mtimeMs, ctimeMs } = await stat(file);
  return { bytes: size, modified: Math.max(mtimeMs, ctimeMs) };
}

const hashOf = async (dataset: Dataset, entry: ImageEntry): Promise<string> =>
  createHash('sha256')
    .update(await dataset.bytesOf(entry))
    .digest('hex');

/** SHA-256 of the content of images, whatever their order. */
export function contentHash(rows: Iterable<Pick<ImageRow, 'image' | 'sha256'>>): string {
  const lines = [...rows].map(({ image, sha256 }) => `${JSON.stringify([image, sha256])}\n`);
  return createHash('sha256').update(lines.sort().join('')).digest('hex');
}

export class UsedImages {
  private readonly known: Map<string, ImageRow>;
  private readonly pending = new Map<string, Promise<void>>();

  private constructor(
    private readonly dataset: Dataset,
    private readonly journal: Journal<ImageRow>,
  ) {
    this.known = new Map(journal.rows.map((row) => [row.image, row]));
  }

  /**
   * Opens the list in a folder, or begins one.
   * @param attempt the id of this attempt
   */
  static async open(folder: string, attempt: string, dataset: Dataset): Promise<UsedImages> {
    const journal = await Journal.open<ImageRow>(path.join(folder, IMAGES), attempt, {
      table: imagesTable,
      key: ({ image }) => image,
      rowsPerCell: () => 1,
    });
    return new UsedImages(dataset, journal);
  }

  /** The first image whose content is not the recorded one, in words; undefined if there is none. */
  async changed(): Promise<string | undefined> {
    const { dataset } = this;
    const byId = new Map(dataset.entries.map((entry) => [entry.id, entry]));
    for (const { image, sha256, ...stamp } of this.known.values()) {
      const entry = byId.get(image);
      const now = entry && (await stampOf(dataset.fileOf(entry)).catch(() => undefined));
      if (entry === undefined || now === undefined)
        return `${image}, which ${dataset.location} lacks now`;
      if (now.bytes === stamp.bytes && now.modified === stamp.modified) continue;
      const hash = await hashOf(dataset, entry);
      if (hash !== sha256)
        return `another ${image} (SHA-256 ${sha256.slice(0, 12)}… there, ${hash.slice(0, 12)}… now)`;
    }
    return undefined;
  }

  /** Records the content of an image, once. */
  use(index: number): Promise<void> {
    const entry = this.dataset.entries[index]!;
    const { id } = entry;
    if (this.known.has(id)) return Promise.resolve();
    const before = this.pending.get(id);
    if (before !== undefined) return before;
    const recorded = this.record(entry);
    this.pending.set(id, recorded);
    return recorded;
  }

  private async record(entry: ImageEntry): Promise<void> {
    const stamp = await stampOf(this.dataset.fileOf(entry));
    const row = { image: entry.id, sha256: await hashOf(this.dataset, entry), ...stamp };
    await this.journal.append([row]);
    this.known.set(entry.id, row);
  }

  /**
   * Puts the list in the order of the run's images.
   * @param used indices of the images of its plan
   * @returns the SHA-256 of their content
   */
  async finish(used: readonly number[]): Promise<string> {
    const order = new Map(used.map((index, i) => [this.dataset.entries[index]!.id, i]));
    const gathered = await this.journal.read();
    return contentHash(await this.journal.finish(gathered, ({ image }) => order.get(image)));
  }

  close(): Promise<void> {
    return this.journal.close();
  }
}
