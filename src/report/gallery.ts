// The pictures of a report: for the kept images of a run original, its map, perturbed, its map and what changed; for a
// run on influence the panels it drew.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import type { Picture } from '../data/picture.js';
import { attackRow, clipping } from '../drawing/examples.js';
import { outlineOf } from '../drawing/outline.js';
import type { Tile } from '../drawing/panel.js';
import { resolveRecorded } from '../tasks/attack/config.js';
import { KEPT, keptFile, originalFile } from '../tasks/attack/kept/names.js';
import { keptOf } from '../tasks/attack/kept/read.js';
import type { ResultRow } from '../tasks/attack/results.js';
import type { RunFolder } from './run-folder.js';
import { ofRule, ruleOf } from './section.js';

/** A picture as it stands in a page. */
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

/** Rows of pictures a gallery has at most, so that a page stays one that can be sent. */
const MOST = 24;
const PANELS = 'panels';
/** Panels are large. */
const MOST_PANELS = 8;

const urlOf = (bytes: Buffer): string => `data:image/webp;base64,${bytes.toString('base64')}`;

async function tileOf({ picture, title, note = '', outline }: Tile): Promise<GalleryTile> {
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

/** Rows whose iterate or original was kept: of the largest ε and the rule figures show, image by image. */
function shownRows(folder: string, rows: readonly ResultRow[]): ResultRow[] {
  const there = ofRule(rows, ruleOf(rows)).filter(
    (row) =>
      existsSync(path.join(folder, keptFile(row))) &&
      existsSync(path.join(folder, originalFile(row))),
  );
  const most = Math.max(...there.map(({ epsilon }) => epsilon ?? 0));
  return there.filter(({ epsilon = 0 }) => epsilon === most);
}

async function panelsIn(folder: string): Promise<Gallery> {
  const all = (await readdir(folder)).filter((name) => name.endsWith('.png')).sort();
  const rows: GalleryRow[] = [];
  for (const name of all.slice(0, MOST_PANELS)) {
    const bytes = await sharp(path.join(folder, name))
      .webp({ quality: 85 })
      .toBuffer({ resolveWithObject: true });
    const { width, height } = bytes.info;
    rows.push({
      heading: path.parse(name).name,
      tiles: [{ url: urlOf(bytes.data), width, height, title: '', note: '' }],
      caption: [],
    });
  }
  return {
    rows,
    notes: all.length > MOST_PANELS ? [`the first ${MOST_PANELS} of ${all.length}`] : [],
  };
}

/**
 * The gallery of a run; undefined where it kept no pictures.
 * @param data the data root, where the names of ImageNet's classes are
 */
export async function galleryOf(
  { folder, record, results = [] }: RunFolder,
  data: string | undefined,
): Promise<Gallery | undefined> {
  if (existsSync(path.join(folder, PANELS))) return panelsIn(path.join(folder, PANELS));
  if (!existsSync(path.join(folder, KEPT))) return undefined;
  const rows = shownRows(folder, results);
  if (rows.length === 0) return undefined;
  const file = path.join(folder, 'run.json');
  const config = resolveRecorded(record.config, () => file);
  const attacked = await keptOf(config, folder, rows.slice(0, MOST), data);
  return {
    rows: await Promise.all(
      attacked.map(async (one) => {
        const { heading = '', tiles, caption } = attackRow(one);
        return {
          heading: `${one.row.image}: ${heading}`,
          tiles: await Promise.all(tiles.map(tileOf)),
          caption,
        };
      }),
    ),
    notes: [
      clipping,
      'difference: perturbed − original, amplified, around grey',
      ...(rows.length > MOST ? [`the first ${MOST} of ${rows.length}`] : []),
    ],
  };
}
