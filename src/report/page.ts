// A report as one HTML page that needs nothing from outside: charts are drawn in it already, and Vega stands in it
// once to make them answer to the pointer and the legend.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageVersion } from '../package.js';
import { client } from './client.js';
import { chartSvg, coloursOf, type Figure, HIDDEN, vegaOf } from './figure.js';
import type { Gallery, GalleryRow } from './gallery.js';
import type { Section } from './section.js';
import { style } from './style.js';
import type { TextTable } from './text-tables.js';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => entities[character]!);

/** A value as a script may hold it: no text in it ends the script. */
const scripted = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

const notesOf = (notes: readonly string[]): string =>
  notes.length === 0 ? '' : `<p class="notes">${escaped(notes.join(' · '))}</p>`;

function legendOf({ series }: Figure): string {
  if (series.length < 2) return '';
  const colours = coloursOf(series);
  const buttons = series.map(
    (name, i) =>
      `<button type="button" aria-pressed="true" data-series="${escaped(name)}"><i style="background:${colours[i]}"></i>${escaped(name)}</button>`,
  );
  return `<div class="legend">${buttons.join('')}</div>`;
}

/** A figure, and what makes its charts live. */
async function figureHtml(figure: Figure): Promise<{ html: string; charts: object[] }> {
  const specs = figure.rows.map((row) => row.map((chart) => vegaOf(chart, figure.series)));
  const rows: string[] = [];
  for (const row of specs) {
    const drawn = await Promise.all(row.map(chartSvg));
    rows.push(
      `<div class="row">${drawn.map((svg) => `<div class="chart">${svg}</div>`).join('')}</div>`,
    );
  }
  return {
    html: `<figure id="${escaped(figure.name)}"><h3>${escaped(figure.title)}</h3>${legendOf(figure)}${rows.join('')}${notesOf(figure.notes)}</figure>`,
    charts: specs.flat(),
  };
}

function tableHtml({ title, head, rows, numbersFrom }: TextTable): string {
  const as = (i: number) => (i >= numbersFrom ? ' class="number"' : '');
  const cells = (tag: string, of: readonly string[]) =>
    `<tr>${of.map((text, i) => `<${tag}${as(i)}>${escaped(text)}</${tag}>`).join('')}</tr>`;
  return `<details open><summary>${escaped(title)}</summary><div class="scroll" tabindex="0"><table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table></div></details>`;
}

function rowHtml({ heading, tiles, caption }: GalleryRow): string {
  const pictures = tiles.map(({ url, width, height, title, note, outline }) => {
    const region =
      outline === undefined
        ? ''
        : `<svg viewBox="0 0 ${width} ${height}" fill="none"><path d="${outline}" stroke="#000" stroke-width="${width / 60}"/><path d="${outline}" stroke="#fff" stroke-width="${width / 120}"/></svg>`;
    const size = width < 100 ? ' class="small"' : '';
    const words = [title, note].filter((text) => text !== '').join(': ');
    return `<figure${width > 400 ? ' class="wide"' : ''}><div class="picture"><img src="${url}" width="${width}" height="${height}" alt="${escaped(words || heading)}"${size}>${region}</div><figcaption>${escaped(words)}</figcaption></figure>`;
  });
  return `<h4>${escaped(heading)}</h4><div class="tiles">${pictures.join('')}</div>${notesOf(caption)}`;
}

const galleryHtml = ({ rows, notes }: Gallery): string =>
  `<h3>Pictures</h3>${notesOf(notes)}${rows.map(rowHtml).join('')}`;

const factsHtml = ({ runs }: Section): string =>
  runs
    .map(
      ({ name, facts }) =>
        `<details${runs.length === 1 ? ' open' : ''}><summary>What was run: ${escaped(name)}</summary><dl>${facts.map(([term, text]) => `<dt>${escaped(term)}</dt><dd>${escaped(text)}</dd>`).join('')}</dl></details>`,
    )
    .join('');

/** The file of Vega for browsers, and its licence. */
function vegaInPage(): { script: string; licence: string } {
  const build = path.dirname(fileURLToPath(import.meta.resolve('vega')));
  return {
    script: readFileSync(path.join(build, 'vega.min.js'), 'utf8'),
    licence: readFileSync(path.join(build, '..', 'LICENSE'), 'utf8'),
  };
}

/**
 * The page of a report.
 * @param galleries the pictures of each section
 */
export async function pageOf(
  sections: readonly Section[],
  galleries: readonly (readonly Gallery[])[],
): Promise<string> {
  const charts: Record<string, object[]> = {};
  const parts: string[] = [];
  for (const [i, section] of sections.entries()) {
    const figures: string[] = [];
    for (const figure of section.figures) {
      const { html, charts: live } = await figureHtml(figure);
      figures.push(html);
      charts[figure.name] = live;
    }
    parts.push(
      `<section id="${escaped(section.name)}">${sections.length === 1 ? '' : `<h2>${escaped(section.title)}</h2>`}${factsHtml(section)}${figures.join('')}${section.tables.map(tableHtml).join('')}${galleries[i]!.map(galleryHtml).join('')}</section>`,
    );
  }
  const title = sections.length === 1 ? sections[0]!.title : 'Attacks on explanations';
  const contents =
    sections.length === 1
      ? ''
      : `<nav><ol>${sections.map(({ name, title }) => `<li><a href="#${escaped(name)}">${escaped(title)}</a></li>`).join('')}</ol></nav>`;
  const { script, licence } = vegaInPage();
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="fragile ${packageVersion()}">
<link rel="icon" href="data:,">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${contents}
${parts.join('\n')}
<script>
/* Vega
${licence.replaceAll('*/', '* /')}*/
${script}
</script>
<script>
(${client.toString()})(vega, ${scripted(charts)}, ${scripted(HIDDEN)});
</script>
</body>
</html>
`;
}
