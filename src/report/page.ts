// A report as one HTML page that needs nothing from outside. It has the charts as drawings, and Vega once, which makes
// them answer to the pointer and the legend.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chartSvg, colorsOf, type Figure, HIDDEN, vegaName, vegaOf } from '../drawing/figure.js';
import type { Gallery, GalleryRow } from '../drawing/gallery.js';
import type { TextTable } from '../drawing/text-tables.js';
import { packageVersion } from '../package.js';
import { client } from './client.js';
import type { Section } from './section.js';
import { style } from './style.js';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escaped = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => entities[character]!);

/** A value as JSON for a script element: no text in it ends the script. */
const scripted = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

const notesOf = (notes: readonly string[]): string =>
  notes.length === 0 ? '' : `<p class="notes">${escaped(notes.join(' · '))}</p>`;

function legendOf({ series }: Figure): string {
  if (series.length < 2) return '';
  const colors = colorsOf(series);
  const buttons = series.map(
    (name, i) =>
      `<button type="button" aria-pressed="true" data-series="${escaped(vegaName(name))}"><i style="background:${colors[i]}"></i>${escaped(name)}</button>`,
  );
  return `<div class="legend">${buttons.join('')}</div>`;
}

/** Largest number of charts side by side, on a wide screen and on paper. */
const COLUMNS = 4;

/** A figure as HTML, and the specifications of its charts for Vega. */
async function figureHtml(figure: Figure): Promise<{ html: string; charts: object[] }> {
  const specs = figure.rows.map((row) => row.map((chart) => vegaOf(chart, figure.series)));
  const rows: string[] = [];
  for (const row of specs) {
    const drawn = await Promise.all(row.map(chartSvg));
    rows.push(
      `<div class="row" style="--columns:${Math.min(drawn.length, COLUMNS)}">${drawn.map((svg) => `<div class="chart">${svg}</div>`).join('')}</div>`,
    );
  }
  return {
    html: `<figure id="${escaped(figure.name)}"><h3>${escaped(figure.title)}</h3>${legendOf(figure)}${rows.join('')}${notesOf(figure.notes)}</figure>`,
    charts: specs.flat(),
  };
}

/** Tables with more rows than this are folded, except on paper. */
const LONG = 24;

function tableHtml({ title, notes, head, rows, numbersFrom }: TextTable): string {
  const as = (i: number) => (i >= numbersFrom ? ' class="number"' : '');
  const cells = (tag: string, of: readonly string[]) =>
    `<tr>${of.map((text, i) => `<${tag}${as(i)}>${escaped(text)}</${tag}>`).join('')}</tr>`;
  return `<details${rows.length > LONG ? '' : ' open'}><summary>${escaped(title)}</summary>${notesOf(notes)}<div class="scroll" tabindex="0"><table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('')}</tbody></table></div></details>`;
}

function rowHtml({ heading, tiles, caption }: GalleryRow): string {
  const pictures = tiles.map(({ url, width, height, title, note, outline }) => {
    const region =
      outline === undefined
        ? ''
        : `<svg viewBox="0 0 ${width} ${height}" fill="none"><path d="${outline}" stroke="#000" stroke-width="${width / 60}"/><path d="${outline}" stroke="#fff" stroke-width="${width / 120}"/></svg>`;
    const size = width < 100 ? ' class="small"' : '';
    // a number and its unit stay in one line
    const words = [title, note].filter(Boolean).join(': ').replaceAll(' %', '\u00a0%');
    return `<figure${width > 400 ? ' class="wide"' : ''}><div class="picture"><img src="${url}" width="${width}" height="${height}" alt="${escaped(words || heading)}"${size}>${region}</div><figcaption>${escaped(words)}</figcaption></figure>`;
  });
  return `<h4>${escaped(heading)}</h4><div class="tiles">${pictures.join('')}</div>${notesOf(caption)}`;
}

const galleryHtml = ({ rows, notes }: Gallery): string =>
  `<h3>Pictures</h3>${notesOf(notes)}${rows.map(rowHtml).join('')}`;

const factsHtml = ({ runs }: Section): string =>
  runs
    .map(({ name, anchors, facts }) => {
      const targets = anchors.map((id) => `<a id="${escaped(id)}"></a>`).join('');
      const each = facts.map(
        ([term, text]) => `<div><dt>${escaped(term)}</dt><dd>${escaped(text)}</dd></div>`,
      );
      return `${targets}<details${runs.length === 1 ? ' open' : ''}><summary>What was run: ${escaped(name)}</summary><dl>${each.join('')}</dl></details>`;
    })
    .join('');

/** The table of contents: a link to each section with its gist, and to the runs of sections with several. */
function contentsHtml(sections: readonly Section[]): string {
  const link = (id: string, words: string) => `<a href="#${escaped(id)}">${escaped(words)}</a>`;
  const items = sections.map(({ name, title, gist, runs }) => {
    const inside = runs.map((run) => link(run.anchors[0] ?? name, run.name));
    const below = runs.length === 1 ? '' : `<span>${inside.join(' · ')}</span>`;
    return `<li>${link(name, title)}<span>${escaped(gist)}</span>${below}</li>`;
  });
  return `<nav id="contents" aria-label="contents"><ul>${items.join('')}</ul></nav>`;
}

/** Title and gist of a section among others. */
const headingHtml = ({ title, gist }: Section): string =>
  `<h2>${escaped(title)} <a class="up" href="#contents">contents</a></h2><p class="pale">${escaped(gist)}</p>`;

/** The file of Vega for browsers, and its license. */
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
      `<section id="${escaped(section.name)}">${sections.length === 1 ? '' : headingHtml(section)}${factsHtml(section)}${figures.join('')}${section.tables.map(tableHtml).join('')}${galleries[i]!.map(galleryHtml).join('')}</section>`,
    );
  }
  const title = sections.length === 1 ? sections[0]!.title : 'Attacks on explanations';
  const contents = sections.length === 1 ? '' : contentsHtml(sections);
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
