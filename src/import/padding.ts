// Padding that exporters write apart from the window that slides over it.
import { computedInput, type Draft, isPlanes, madeBy } from './draft.js';
import { padsOf, padValue } from './operators/arrangements.js';
import { wordAttribute } from './value.js';

/** The padding of zeros that a Pad before a value adds, and what it pads. */
export function paddingBefore(draft: Draft, value: string) {
  const pad = madeBy(draft, value, 'Pad');
  const x = pad === undefined ? undefined : computedInput(pad);
  if (pad === undefined || x === undefined || !isPlanes(x) || !draft.isOnlyReader(value))
    return undefined;
  if ((wordAttribute(pad.invocation, 'mode') ?? 'constant') !== 'constant') return undefined;
  if (padValue(pad.invocation) !== 0) return undefined;
  const [n, c, rows, columns] = padsOf(pad.invocation, 4) as readonly (readonly [number, number])[];
  if ([...n!, ...c!].some((d) => d !== 0) || [...rows!, ...columns!].some((d) => d < 0))
    return undefined;
  return {
    from: pad.reads[0]!,
    x,
    pads: [rows![0], columns![0], rows![1], columns![1]] as const,
  };
}
