// Metrics along the iterations of attacks, as in Fig. 10 of Ghorbani et al. 2019: the mean over images, and thin lines
// of single images if these are few.
import { mean } from 'simple-statistics';
import { groupBy } from '../../group-by.js';
import { CHART, type Chart, type Datum, type Figure, inRows } from '../figure.js';
import { type Measure, scaleOf } from '../measures.js';

/** A recorded iterate; columns of metrics hold a number where they apply. */
export interface TracePoint {
  readonly image: string;
  readonly method: string;
  readonly attack: string;
  readonly iteration: number;
  readonly values: Readonly<Record<string, number | undefined>>;
}

/** Up to this many images have lines of their own, which can be told apart. */
const FEW = 6;
/** Largest number of points of a line; a screen has no pixels for more. */
const POINTS = 120;

/** The data of one method: means, and single images if these are few. */
function dataOf(points: readonly TracePoint[], { column }: Measure): Datum[] {
  const there = points.filter(({ values }) => values[column] !== undefined);
  const iterations = [...new Set(there.map(({ iteration }) => iteration))].sort((a, b) => a - b);
  const every = Math.ceil(iterations.length / POINTS);
  const shown = new Set(iterations.filter((_, i) => i % every === 0));
  const means: Datum[] = [...groupBy(there, (p) => `${p.iteration} ${p.attack}`).values()].map(
    (group) => ({
      of: 'mean',
      image: '',
      series: group[0]!.attack,
      iteration: group[0]!.iteration,
      value: mean(group.map(({ values }) => values[column]!)),
      images: group.length,
    }),
  );
  const images = new Set(there.map(({ image }) => image));
  const single: Datum[] =
    images.size === 1 || images.size > FEW
      ? []
      : there.map(({ image, attack, iteration, values }) => ({
          of: 'image',
          image,
          series: attack,
          iteration,
          value: values[column]!,
          images: 1,
        }));
  return [...means, ...single].filter(({ iteration }) => shown.has(Number(iteration)));
}

function chartOf(
  title: string,
  data: readonly Datum[],
  { words, format }: Measure,
  scale: object,
): Chart {
  const y = {
    field: 'value',
    type: 'quantitative',
    title: words,
    scale,
    axis: { tickCount: 5 },
  };
  return {
    title,
    data,
    draw: (color) => ({
      ...CHART,
      encoding: {
        x: {
          field: 'iteration',
          type: 'quantitative',
          title: 'iteration',
          axis: { tickCount: 5, grid: false },
        },
        y,
        color,
      },
      layer: [
        {
          transform: [{ filter: "datum.of === 'image'" }],
          mark: { type: 'line', strokeWidth: 1, opacity: 0.4 },
          encoding: { detail: { field: 'image' } },
        },
        {
          transform: [{ filter: "datum.of === 'mean'" }],
          mark: { type: 'line', strokeWidth: 2, point: { size: 14 } },
          encoding: {
            tooltip: [
              { field: 'series', title: 'attack' },
              { field: 'iteration', title: 'iteration' },
              { field: 'value', title: words, format },
              { field: 'images', title: 'images' },
            ],
          },
        },
      ],
    }),
  };
}

/** Curves of traces, all of one ε; charts of a metric share their axis. */
export function trace(
  name: string,
  title: string,
  points: readonly TracePoint[],
  measures: readonly Measure[],
  notes: readonly string[],
): Figure {
  const methods = [...new Set(points.map(({ method }) => method))];
  const there = measures.filter(({ column }) =>
    points.some(({ values }) => values[column] !== undefined),
  );
  return {
    name,
    title,
    series: [...new Set(points.map(({ attack }) => attack))],
    rows: inRows(
      there.map((measure) => {
        const data = methods.map((of) =>
          dataOf(
            points.filter(({ method }) => method === of),
            measure,
          ),
        );
        const values = data.flat().map(({ value }) => Number(value));
        const scale = scaleOf(measure, values);
        return methods.map((method, i) => chartOf(method, data[i]!, measure, scale));
      }),
    ),
    notes: ['thick: means over the images; thin, where they are few: single images', ...notes],
  };
}
