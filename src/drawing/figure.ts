// A figure: charts in rows and columns that share their series. A page shows the charts one by one, so that they
// wrap on a narrow screen, with a legend of its own; a file has all of them in one drawing. Both come from one
// Vega-Lite description of each chart. Ink is `currentColor`, so that a drawing takes the color of the text around it.
import sharp from 'sharp';
import * as vega from 'vega';
import { type Config, compile, type TopLevelSpec } from 'vega-lite';
import { outlined } from './outlined.js';

/** A row of a chart's data; `series` says which series it belongs to. */
export type Datum = Readonly<Record<string, string | number | null>> & { readonly series: string };

/** The drawing of a chart, in Vega-Lite's terms. */
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly layer: readonly object[];
  readonly encoding?: object;
}

export interface Chart {
  readonly title: string;
  readonly data: readonly Datum[];
  /** @param color the encoding of the series' colors */
  readonly draw: (color: object) => Drawing;
}

export interface Figure {
  /** A file's name without its ending. */
  readonly name: string;
  readonly title: string;
  readonly series: readonly string[];
  readonly rows: readonly (readonly Chart[])[];
  /** Notes below the figure. */
  readonly notes: readonly string[];
}

/** Width and height of most charts, without their axes: two such fit in 640 pixels, one on a phone. */
export const CHART = { width: 230, height: 170 } as const;
/** Width of a chart in a page with its axis, so that those in a row and above one another are equal. */
const WIDTH = 300;

/** Rows of charts as they are drawn. If every row is one chart, all stand side by side. */
export const inRows = (rows: readonly (readonly Chart[])[]): (readonly Chart[])[] =>
  rows.every(({ length }) => length === 1) ? [rows.flat()] : [...rows];

/** Okabe and Ito's colors, which the color-blind tell apart, without those too pale on white or too dark on black. */
const palette = ['#0072B2', '#D55E00', '#009E73', '#CC79A7', '#E69F00', '#56B4E9', '#8A8A8A'];

/** Attacks have the same color in every figure. */
const known: ReadonlyMap<string, number> = new Map([
  ['top-k', 0],
  ['mass-center', 1],
  ['random-sign', 2],
  ['target-region', 3],
  ['match-target', 0],
  ['influence-sign', 0],
]);

/** The color of each series, in order: an attack's own color, and for others the remaining colors of the palette. */
export function colorsOf(series: readonly string[]): string[] {
  const taken = new Set(series.flatMap((name) => known.get(name) ?? []));
  const free = palette.flatMap((_, i) => (taken.has(i) ? [] : [i]));
  let next = 0;
  return series.map((name) => {
    const at = known.get(name) ?? free[next++ % Math.max(1, free.length)] ?? 0;
    return palette[at]!;
  });
}

const font = 'DejaVu Sans, Verdana, Arial, sans-serif';
const INK = 'currentColor';
const LINE = '#8888';

const theme: Config = {
  background: 'transparent',
  font,
  view: { stroke: null },
  title: { color: INK, fontSize: 12, anchor: 'start', fontWeight: 'bold', offset: 6 },
  axis: {
    labelColor: INK,
    titleColor: INK,
    titleFontWeight: 'normal',
    titleFontSize: 11,
    labelFontSize: 10,
    gridColor: '#8883',
    domainColor: LINE,
    tickColor: LINE,
  },
  legend: {
    labelColor: INK,
    titleColor: INK,
    labelFontSize: 11,
    symbolOpacity: 1,
    orient: 'bottom',
    title: null,
  },
};

const colored = (series: readonly string[], legend: object | null): object => ({
  field: 'series',
  type: 'nominal',
  scale: { domain: series, range: colorsOf(series) },
  legend,
});

/** The signal that holds the names of the series that are not drawn. */
export const HIDDEN = 'hidden';

const withoutHidden = { filter: `indexof(${HIDDEN}, datum.series) < 0` };

/**
 * A name as Vega has it. Vega keeps names as keys of plain objects, where it mistakes those of what every object has,
 * such as `constructor`: these end in a space.
 */
export const vegaName = (name: string): string => (name in {} ? `${name}\u00a0` : name);

/** Compiles a specification in Vega-Lite's terms. */
const compiled = (spec: object): vega.Spec =>
  compile(
    JSON.parse(JSON.stringify(spec), (_, value) =>
      typeof value === 'string' ? vegaName(value) : value,
    ) as TopLevelSpec,
  ).spec;

/** The specification of one chart of a figure, for Vega. */
export function vegaOf({ title, data, draw }: Chart, series: readonly string[]): vega.Spec {
  return compiled({
    title,
    data: { values: data },
    params: [{ name: HIDDEN, value: [] }],
    transform: [withoutHidden],
    ...draw(colored(series, null)),
    width: WIDTH,
    autosize: { type: 'fit-x', contains: 'padding' },
    config: theme,
  });
}

/** The specification of a whole figure, for Vega, with a legend if there is more than one series. */
function wholeOf({ title, rows, series, notes }: Figure): vega.Spec {
  const color = colored(series, series.length > 1 ? {} : null);
  return compiled({
    title: { text: title, subtitle: notes, subtitleColor: INK, fontSize: 14, offset: 12 },
    vconcat: rows.map((charts) => ({
      hconcat: charts.map(({ title, data, draw }) => ({
        title,
        data: { values: data },
        ...draw(color),
      })),
    })),
    config: theme,
  });
}

const drawn = async (spec: vega.Spec): Promise<string> => {
  const view = new vega.View(vega.parse(spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
};

/** A chart as SVG. */
export const chartSvg = (spec: vega.Spec): Promise<string> => drawn(spec);

/** A figure as one SVG. */
export const figureSvg = (figure: Figure): Promise<string> => drawn(wholeOf(figure));

/** Pixels of a PNG for one of the drawing. */
const SCALE = 2;

/** A figure as PNG on white, with the letters of a font that comes with the program. */
export async function figurePng(figure: Figure): Promise<Buffer> {
  return sharp(Buffer.from(outlined(await figureSvg(figure))), { density: 72 * SCALE })
    .flatten({ background: '#ffffff' })
    .png({ compressionLevel: 9 })
    .toBuffer();
}
