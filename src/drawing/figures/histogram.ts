// How often angles occur, as in Figs. 4 and 6 of Ghorbani et al. 2019.
import { max } from 'simple-statistics';
import { CHART, type Figure } from '../figure.js';

/** Width of a bar, in degrees. */
const STEP = 5;

/**
 * A histogram of angles in degrees.
 * @param angles of each series
 */
export function histogram(
  name: string,
  title: string,
  axis: string,
  angles: ReadonlyMap<string, readonly number[]>,
  notes: readonly string[],
): Figure {
  const all = [...angles.values()].flat();
  const most = max(all) > 90 ? 180 : 90;
  const data = [...angles].flatMap(([series, values]) =>
    Array.from({ length: most / STEP }, (_, bar) => {
      const [from, to] = [bar * STEP, (bar + 1) * STEP];
      const inside = values.filter((v) => v >= from && (v < to || (to === most && v <= to)));
      return { series, from, to, images: inside.length, part: inside.length / values.length };
    }),
  );
  return {
    name,
    title,
    series: [...angles.keys()],
    rows: [
      [
        {
          title: '',
          data,
          draw: (color) => ({
            width: 280,
            height: CHART.height,
            layer: [{ mark: { type: 'bar', stroke: '#fff', strokeWidth: 0.5, opacity: 0.8 } }],
            encoding: {
              x: {
                field: 'from',
                type: 'quantitative',
                title: axis,
                bin: 'binned',
                scale: { domain: [0, most] },
                axis: { values: [0, 30, 60, 90, 120, 150, 180], grid: false },
              },
              x2: { field: 'to' },
              y: { field: 'images', type: 'quantitative', title: 'images', stack: null },
              color,
              tooltip: [
                { field: 'from', title: 'from, °' },
                { field: 'to', title: 'to, °' },
                { field: 'images', title: 'images' },
                { field: 'part', title: 'part', format: '.1%' },
              ],
            },
          }),
        },
      ],
    ],
    notes,
  };
}
