// Text as outlines of a font that comes with the program, so that a picture looks the same on every machine, on
// one without any fonts too, and the width of a line is known before it is drawn.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import opentype from 'opentype.js';

const require = createRequire(import.meta.url);

const fontAt = (weight: 400 | 700) => {
  let font: opentype.Font | undefined;
  return (): opentype.Font => {
    if (font === undefined) {
      const file = `@fontsource/dejavu-sans/files/dejavu-sans-latin-${weight}-normal.woff`;
      const bytes = readFileSync(require.resolve(file));
      font = opentype.parse(new Uint8Array(bytes).buffer);
    }
    return font;
  };
};
const fonts = { regular: fontAt(400), bold: fontAt(700) };

export interface TextStyle {
  /** Height of the letters' em, in pixels. */
  readonly size: number;
  readonly weight?: keyof typeof fonts;
}

/** The glyphs of a text, side by side, and where each begins. */
function setting(text: string, { size, weight = 'regular' }: TextStyle) {
  const font = fonts[weight]();
  const scale = size / font.unitsPerEm;
  let width = 0;
  const glyphs = [...text].map((character) => {
    const glyph = font.charToGlyph(character);
    const at = width;
    width += (glyph.advanceWidth ?? 0) * scale;
    return { glyph, at };
  });
  return { glyphs, width };
}

/** Width of a text, in pixels. */
export const widthOf = (text: string, style: TextStyle): number => setting(text, style).width;

/** A text cut short, with an ellipsis, where it is wider than `most` pixels. */
export function fitted(text: string, most: number, style: TextStyle): string {
  if (widthOf(text, style) <= most) return text;
  const characters = [...text];
  while (characters.length > 0 && widthOf(`${characters.join('').trimEnd()}…`, style) > most)
    characters.pop();
  return `${characters.join('').trimEnd()}…`;
}

/** Phrases as lines of at most `most` pixels, with a dot between those that share one. */
export function wrapped(phrases: readonly string[], most: number, style: TextStyle): string[] {
  const lines: string[] = [];
  for (const phrase of phrases) {
    const last = lines.at(-1);
    const longer = last === undefined ? phrase : `${last} · ${phrase}`;
    if (last !== undefined && widthOf(longer, style) <= most) lines[lines.length - 1] = longer;
    else lines.push(fitted(phrase, most, style));
  }
  return lines;
}

const escaped = (text: string): string =>
  text.replace(/[&<>"\p{Cc}]/gu, (character) => `&#${character.codePointAt(0)};`);

/** A text as an SVG path; `x`, `y` is where its baseline begins. Its label holds the words. */
export function drawnText(
  text: string,
  x: number,
  y: number,
  color: string,
  style: TextStyle,
): string {
  const { glyphs } = setting(text, style);
  const data = glyphs
    .map(({ glyph, at }) => glyph.getPath(x + at, y, style.size).toPathData(1))
    .join('');
  return `<path aria-label="${escaped(text)}" fill="${color}" d="${data}"/>`;
}
