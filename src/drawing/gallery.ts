// Pictures for a page.
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { decodePicture, type Picture } from '../data/picture.js';
import { outlineOf } from './outline.js';
import type { Tile } from './panel.js';

/** A picture in a page. */
export interface GalleryTile {
  /** The picture as a data URL. */
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly note: string;
  /** The outline of a region, as the data of an SVG path in pixels of the picture. */
  readonly outline?: string;
}

export interface GalleryRow {
  readonly heading: string;
  readonly tiles: readonly GalleryTile[];
  readonly caption: readonly string[];
}

export interface Gallery {
  readonly rows: readonly GalleryRow[];
  readonly notes: readonly string[];
}

/** Largest number of panels in a page: panels are large. */
const MOST_PANELS = 8;

const urlOf = (bytes: Buffer): string => `data:image/webp;base64,${bytes.toString('base64')}`;

/** A tile of a panel as a picture in a page. */
export async function galleryTile({
  picture,
  title,
  note = '',
  outline,
}: Tile): Promise<GalleryTile> {
  const { data, width, height } = picture satisfies Picture;
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    // small pictures have few bytes as they are
    .webp(width < 100 ? { lossless: true } : { quality: 88 })
    .toBuffer();
  return {
    url: urlOf(bytes),
    ...{ width, height, title, note },
    ...(outline === undefined ? {} : { outline: outlineOf(outline, 0, 0, 1) }),
  };
}

/** The first PNG files of a folder, one a row. */
export async function galleryOfFiles(folder: string): Promise<Gallery> {
  const all = (await readdir(folder)).filter((name) => name.endsWith('.png')).sort();
  const rows: GalleryRow[] = [];
  for (const name of all.slice(0, MOST_PANELS)) {
    const { data, width, height } = await decodePicture(path.join(folder, name));
    const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
      .webp({ quality: 85 })
      .toBuffer();
    rows.push({
      heading: path.parse(name).name,
      tiles: [{ url: urlOf(bytes), width, height, title: '', note: '' }],
      caption: [],
    });
  }
  return {
    rows,
    notes: all.length > MOST_PANELS ? [`the first ${MOST_PANELS} of ${all.length}`] : [],
  };
}
