// Loss and accuracy of a training, by steps.
import { CHART, type Chart, type Datum, type Figure } from '../figure.js';

/** A line of a training's log: means of loss and accuracy since the line before. */
export interface TrainingPoint {
  readonly epoch: number;
  readonly step: number;
  readonly loss?: number | undefined;
  readonly accuracy?: number | undefined;
  readonly test_accuracy?: number | undefined;
}

const chartOf = (title: string, format: string, data: readonly Datum[]): Chart => ({
  title,
  data,
  draw: (color) => ({
    ...CHART,
    encoding: {
      x: {
        field: 'step',
        type: 'quantitative',
        title: 'step',
        axis: { tickCount: 5, grid: false },
      },
      y: {
        field: 'value',
        type: 'quantitative',
        title,
        scale: { zero: false },
        axis: { tickCount: 5, format: '~g' },
      },
      color,
      tooltip: [
        { field: 'series', title: 'of' },
        { field: 'epoch', title: 'pass' },
        { field: 'step', title: 'step' },
        { field: 'value', title, format },
      ],
    },
    layer: [
      { mark: { type: 'line', strokeWidth: 1.5 } },
      // the accuracy on test images is one point a pass
      { mark: { type: 'point', filled: true, size: 24 } },
    ],
  }),
});

/** The curves of a training's log. */
export function training(name: string, title: string, log: readonly TrainingPoint[]): Figure {
  const of = (column: 'loss' | 'accuracy' | 'test_accuracy', series: string): Datum[] =>
    log.flatMap(({ epoch, step, [column]: value }) =>
      value === undefined ? [] : [{ series, epoch, step, value }],
    );
  return {
    name,
    title,
    series: ['training images', 'test images'],
    rows: [
      [
        chartOf('loss', '.3f', of('loss', 'training images')),
        chartOf('accuracy', '.1%', [
          ...of('accuracy', 'training images'),
          ...of('test_accuracy', 'test images'),
        ]),
      ],
    ],
    notes: [],
  };
}
