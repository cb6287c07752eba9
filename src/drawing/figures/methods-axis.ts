// An axis of methods.
import type { Datum } from '../figure.js';

/**
 * Methods along the axis, in the order of the data. At each method the series stand side by side, in their own order.
 */
export const byMethod = (data: readonly Datum[], series: readonly string[]) => ({
  x: {
    field: 'method',
    type: 'nominal',
    title: null,
    sort: [...new Set(data.map(({ method }) => method))],
    axis: { labelAngle: -40, labelLimit: 200 },
  },
  xOffset: { field: 'series', type: 'nominal', sort: series },
});
