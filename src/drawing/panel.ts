// Panels: rows of pictures of one size with words above and below them, as Figs. 1, 5, 7–9 and 11 of Ghorbani et
// al. 2019 and Fig. 2 of Dombrowski et al. 2019 show images and their maps. A panel is laid out first, as numbers
// and an SVG of everything that is not a picture, and then drawn.
import sharp from 'sharp';
import type { Picture } from '../data/picture.js';
import { outlineOf, type Region } from './outline.js';
import { drawnText, fitted, type TextStyle, wrapped } from './text.js';

/** One picture of a panel. */
export interface Tile {
  readonly picture: Picture;
  /** Words above the picture, and a note below it. */
  readonly title: string;
  readonly note?: string;
  /** A region to be outlined on it. */
  readonly outline?: Region;
}

/** Pictures side by side. */
export interface PanelRow {
  readonly heading?: string;
  readonly tiles: readonly Tile[];
  /** Phrases below the pictures. */
  readonly caption: readonly string[];
}

export interface Panel {
  readonly title: string;
  readonly rows: readonly PanelRow[];
  /** Phrases below all rows. */
  readonly foot: readonly string[];
}

/** The place of a picture, and the pixels of the drawing for one of its pixels. */
interface Place {
  readonly picture: Picture;
  readonly left: number;
  readonly top: number;
  readonly scale: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly places: readonly Place[];
  /** Words and outlines, on no background. */
  readonly svg: string;
}

/** Pictures are enlarged, each pixel to a square, until they are at least this wide. */
const LEAST_SIDE = 192;
/** Least width for words, however few pictures there are. */
const LEAST_WIDTH = 640;
const MARGIN = 16;
const GAP = 12;

const INK = '#1a1a1a';
const PALE = '#555555';
const styles = {
  title: { size: 16, weight: 'bold' },
  heading: { size: 14, weight: 'bold' },
  tile: { size: 12, weight: 'bold' },
  text: { size: 12 },
} as const satisfies Record<string, TextStyle>;
/** From one baseline to the next, in ems. */
const LINE = 1.5;

/** Lays a panel out. */
export function laidOut({ title, rows, foot }: Panel): Layout {
  const scaleOf = ({ width }: Picture) => Math.max(1, Math.ceil(LEAST_SIDE / width));
  const sideOf = ({ picture }: Tile) => picture.width * scaleOf(picture);
  const widthOfRow = ({ tiles }: PanelRow) =>
    tiles.reduce((sum, tile) => sum + sideOf(tile) + GAP, -GAP);
  const inner = Math.max(LEAST_WIDTH, ...rows.map(widthOfRow));
  const places: Place[] = [];
  const drawn: string[] = [];
  let y = MARGIN;

  /** Adds a line of text below the drawing so far. */
  const say = (text: string, style: TextStyle, color: string) => {
    drawn.push(drawnText(fitted(text, inner, style), MARGIN, y + style.size, color, style));
    y += style.size * LINE;
  };
  /** Adds a line with a text for each picture of a row. */
  const label = (tiles: readonly Tile[], words: (tile: Tile) => string, style: TextStyle) => {
    if (tiles.every((tile) => words(tile) === '')) return;
    let left = MARGIN;
    for (const tile of tiles) {
      const text = fitted(words(tile), sideOf(tile), style);
      if (text !== '') drawn.push(drawnText(text, left, y + style.size, INK, style));
      left += sideOf(tile) + GAP;
    }
    y += style.size * LINE;
  };

  say(title, styles.title, INK);
  for (const { heading, tiles, caption } of rows) {
    y += GAP;
    if (heading !== undefined) say(heading, styles.heading, INK);
    label(tiles, (tile) => tile.title, styles.tile);
    let left = MARGIN;
    for (const { picture, outline } of tiles) {
      const scale = scaleOf(picture);
      places.push({ picture, left, top: y, scale });
      if (outline !== undefined) drawn.push(drawnOutline(outlineOf(outline, left, y, scale)));
      left += picture.width * scale + GAP;
    }
    y += Math.max(...tiles.map(({ picture }) => picture.height * scaleOf(picture))) + GAP / 3;
    label(tiles, (tile) => tile.note ?? '', styles.text);
    for (const line of wrapped(caption, inner, styles.text)) say(line, styles.text, INK);
  }
  y += GAP;
  for (const line of wrapped(foot, inner, styles.text)) say(line, styles.text, PALE);

  const [width, height] = [inner + 2 * MARGIN, Math.ceil(y + MARGIN)];
  return {
    width,
    height,
    places,
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawn.join('')}</svg>`,
  };
}

/** Light on dark, so that it is seen on any picture. */
const drawnOutline = (data: string): string =>
  [
    ['#000000', 4],
    ['#ffffff', 2],
  ]
    .map(
      ([color, width]) =>
        `<path fill="none" stroke="${color}" stroke-width="${width}" stroke-linecap="square" d="${data}"/>`,
    )
    .join('');

/** Draws a panel as a PNG. */
export async function drawPanel(panel: Panel): Promise<Buffer> {
  const { width, height, places, svg } = laidOut(panel);
  const pictures = await Promise.all(
    places.map(async ({ picture, left, top, scale }) => ({
      input: await sharp(picture.data, {
        raw: { width: picture.width, height: picture.height, channels: 3 },
      })
        .resize(picture.width * scale, picture.height * scale, { kernel: 'nearest' })
        .png()
        .toBuffer(),
      left,
      top,
    })),
  );
  return sharp({ create: { width, height, channels: 3, background: '#ffffff' } })
    .composite([...pictures, { input: Buffer.from(svg), left: 0, top: 0 }])
    .removeAlpha()
    .png({ compressionLevel: 9 })
    .toBuffer();
}
