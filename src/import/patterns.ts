// Functions of single values that exporters write with several operators: SiLU, hardswish, GELU and mish are products of a
// value with a gate that is computed from it.
import type { ElementFunction } from '../model/index.js';
import { type Draft, madeBy, readsOne } from './draft.js';
import type { Operation } from './operations.js';
import { elementFunctions } from './operators/elementwise.js';
import { isConstant, type Value } from './value.js';

/** A function, and the value that it is of. */
export interface Pattern {
  readonly f: ElementFunction;
  readonly value: string;
}

/** The only number of a constant; undefined where it is none. */
const only = (value: Value | undefined): number | undefined =>
  value !== undefined && isConstant(value) && value.data.length === 1 ? value.data[0] : undefined;

/** The only number among the constants that an operation reads. */
const constantOf = ({ invocation }: Operation): number | undefined =>
  only(invocation.inputs.find((value) => value !== undefined && isConstant(value)));

const near = (value: number | undefined, wanted: number): boolean =>
  value !== undefined && Math.abs(value - wanted) <= 1e-5 * Math.abs(wanted);

/** A product of a value with its gate. */
function gated(draft: Draft, operation: Operation): Pattern | undefined {
  const [a, b] = operation.reads;
  if (a === undefined || b === undefined) return undefined;
  for (const [x, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    const f = gateOf(draft, x, gate);
    if (f !== undefined) return { f, value: x };
  }
  return undefined;
}

/** The function that x times a gate is; undefined where the gate is not computed from x alone. */
function gateOf(draft: Draft, x: string, gate: string): ElementFunction | undefined {
  const reads = (operation: Operation | undefined) =>
    operation === undefined ? undefined : readsOne(operation);
  const operation = draft.makerOf(gate);
  if (operation === undefined) return undefined;
  switch (operation.node.op) {
    case 'Sigmoid':
      return operation.reads[0] === x ? { name: 'silu' } : undefined;
    case 'HardSigmoid': {
      const f = elementFunctions.HardSigmoid!(operation.invocation);
      return operation.reads[0] === x &&
        f.name === 'hardsigmoid' &&
        near(f.slope, 1 / 6) &&
        near(f.shift, 0.5)
        ? { name: 'hardswish' }
        : undefined;
    }
    case 'Tanh': {
      const inner = madeBy(draft, operation.reads[0], 'Softplus');
      return inner?.reads[0] === x ? { name: 'mish' } : undefined;
    }
    case 'Div':
      // clip(x + 3, 0, 6) / 6
      return near(only(operation.invocation.inputs[1]), 6) &&
        isShiftedClip(draft, x, reads(operation))
        ? { name: 'hardswish' }
        : undefined;
    case 'Mul': {
      const other = operation.invocation.inputs.find(
        (value) => value !== undefined && isConstant(value),
      );
      const inner = reads(operation);
      if (near(only(other), 1 / 6) && isShiftedClip(draft, x, inner)) return { name: 'hardswish' };
      return near(only(other), 0.5) ? normalGate(draft, x, inner) : undefined;
    }
    default:
      return undefined;
  }
}

/** Whether a value is clip(x + 3, 0, 6). */
function isShiftedClip(draft: Draft, x: string, value: string | undefined): boolean {
  const clip = madeBy(draft, value, 'Clip');
  const f = clip === undefined ? undefined : elementFunctions.Clip!(clip.invocation);
  if (clip === undefined || f?.name !== 'clip' || f.low !== 0 || f.high !== 6) return false;
  const shifted = madeBy(draft, clip.reads[0], 'Add');
  return shifted !== undefined && readsOne(shifted) === x && near(constantOf(shifted), 3);
}

/** GELU where a value is 1 + erf(x/√2). */
function normalGate(
  draft: Draft,
  x: string,
  value: string | undefined,
): ElementFunction | undefined {
  const plus = madeBy(draft, value, 'Add');
  if (plus === undefined || !near(constantOf(plus), 1)) return undefined;
  const erf = madeBy(draft, readsOne(plus), 'Erf');
  if (erf === undefined) return undefined;
  const inner = madeBy(draft, erf.reads[0], 'Div', 'Mul');
  if (inner === undefined || readsOne(inner) !== x) return undefined;
  return near(constantOf(inner), inner.node.op === 'Div' ? Math.SQRT2 : Math.SQRT1_2)
    ? { name: 'gelu' }
    : undefined;
}

/** A product that is half of x·(1 + erf(x/√2)), or a sixth of x·clip(x + 3, 0, 6). */
function halved(draft: Draft, operation: Operation): Pattern | undefined {
  const value = readsOne(operation);
  const factor = constantOf(operation);
  const product = madeBy(draft, value, 'Mul');
  if (
    product === undefined ||
    value === undefined ||
    factor === undefined ||
    !draft.isOnlyReader(value)
  )
    return undefined;
  const [a, b] = product.reads;
  if (a === undefined || b === undefined) return undefined;
  const isSixth = operation.node.op === 'Div' ? near(factor, 6) : near(factor, 1 / 6);
  const isHalf = operation.node.op === 'Div' ? near(factor, 2) : near(factor, 0.5);
  for (const [x, gate] of [
    [a, b],
    [b, a],
  ] as const) {
    if (isSixth && isShiftedClip(draft, x, gate)) return { f: { name: 'hardswish' }, value: x };
    const f = isHalf ? normalGate(draft, x, gate) : undefined;
    if (f !== undefined) return { f, value: x };
  }
  return undefined;
}

/** The function of one value that a product or quotient is; undefined where it is none. */
export function patternOf(draft: Draft, operation: Operation): Pattern | undefined {
  const { op } = operation.node;
  if (op !== 'Mul' && op !== 'Div') return undefined;
  return readsOne(operation) === undefined && op === 'Mul'
    ? gated(draft, operation)
    : halved(draft, operation);
}
