// Drawings of Vega with their words as outlines, so that a picture of them looks the same on a machine without fonts.
import { drawnText, type TextStyle, widthOf } from './text.js';

/** The part of a text's width that is left of its anchor point. */
const before: Readonly<Record<string, number>> = { start: 0, middle: 0.5, end: 1 };

const attribute = (attributes: string, name: string): string | undefined =>
  new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes)?.[1];

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };
const unescaped = (text: string): string =>
  text.replace(/&(amp|lt|gt|quot);/g, (_, name: string) => entities[name]!);

/** Outlines are drawn this far from zero, and moved back: opentype.js runs numbers that round to −0 into others. */
const FAR = 1000;

const path = (text: string, anchor: string, y: number, color: string, style: TextStyle): string => {
  const left = FAR - (before[anchor] ?? 0) * widthOf(text, style);
  return drawnText(text, left, FAR + y, color, style);
};

/** Replaces each text, of one or more lines, in an SVG of Vega by paths. */
export const outlined = (svg: string): string =>
  svg
    // labels that a logarithmic axis leaves empty
    .replace(/<text\b[^>]*\/>/g, '')
    .replace(/<text\b([^>]*)>(.*?)<\/text>/gs, (_, attributes: string, content: string) => {
      const of = (name: string) => attribute(attributes, name);
      const style: TextStyle = {
        size: Number.parseFloat(of('font-size') ?? '11'),
        weight: of('font-weight') === 'bold' ? 'bold' : 'regular',
      };
      const anchor = of('text-anchor') ?? 'start';
      const color = of('fill') ?? 'currentColor';
      const lines = [...content.matchAll(/<tspan\b([^>]*)>(.*?)<\/tspan>/gs)];
      const parts =
        lines.length === 0
          ? [path(unescaped(content), anchor, 0, color, style)]
          : lines.map(([, tspan, text], line) => {
              const step = Number(attribute(tspan!, 'dy') ?? style.size + 2);
              return path(unescaped(text!), anchor, line * step, color, style);
            });
      const place = `${of('transform') ?? ''} translate(${-FAR},${-FAR})`;
      return `<g transform="${place}" opacity="${of('opacity') ?? '1'}">${parts.join('')}</g>`;
    });
