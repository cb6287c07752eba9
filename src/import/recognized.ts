// From operations to layers: convolutions, dense layers, norms, activations, pools, sums and joins are recognized, however an
// exporter writes them, and become what built-in networks are made of. Everything else stays an operator.
import { sameShape } from '../graph/shape.js';
import type { Layer, Linear } from '../model/index.js';
import {
  type Channelwise,
  computedInput,
  type Draft,
  draftOf,
  hasChannels,
  isPlanes,
  madeBy,
  type Picture,
} from './draft.js';
import { convolution, dense, norm, withConstant } from './linear.js';
import type { Operation, Operations } from './operations.js';
import { elementFunctions } from './operators/elementwise.js';
import { averageFactors, poolWindow } from './operators/windows.js';
import { paddingBefore } from './padding.js';
import { patternOf } from './patterns.js';
import {
  axesOf,
  type Computed,
  isConstant,
  listAttribute,
  numberAttribute,
  planeOf,
} from './value.js';

/** Layers, and the numbers of those that have weights. */
export interface Recognized {
  readonly layers: readonly Layer[];
  readonly linear: ReadonlyMap<string, Linear>;
  /** The layer that gives the output. */
  readonly last: string;
  /** What the model does with its input before all else: each channel scaled and shifted. */
  readonly leading: Channelwise;
}

/** Turns an operation into a layer, whose name it returns; undefined where it stays an operator. */
type Recognize = (draft: Draft, operation: Operation) => string | undefined;

function arithmetic(draft: Draft, operation: Operation): string | undefined {
  const { node, reads, result } = operation;
  const computed = reads.filter((name) => name !== undefined);
  const pattern = patternOf(draft, operation);
  if (pattern !== undefined) return draft.activation(operation, pattern.value, pattern.f);
  if (computed.length === 1 && operation.invocation.inputs.length === 2)
    return withConstant(draft, operation);
  if (node.op === 'Mul' && computed.length === 2) return draft.operator(operation, 'multiply');
  if (node.op !== 'Add' && node.op !== 'Sum') return undefined;
  const inputs = operation.invocation.inputs;
  const alike = inputs.every(
    (value) => value !== undefined && !isConstant(value) && sameShape(value.shape, result.shape),
  );
  if (!alike) return undefined;
  const [first, ...others] = computed.map((name, n) =>
    draft.planeLayer(name, inputs[n] as Computed),
  );
  return others.reduce(
    (sum, other, n) =>
      draft.put(
        n === others.length - 1 ? draft.nameFor(operation) : `${operation.output} ${n}`,
        [sum, other],
        planeOf(result.shape),
        {
          kind: 'add',
        },
      ),
    first!,
  );
}

function pool(draft: Draft, operation: Operation): string | undefined {
  const x = computedInput(operation);
  if (x === undefined || !isPlanes(x)) return undefined;
  const { invocation, node, reads, result } = operation;
  const shape = planeOf(result.shape);
  if (node.op === 'GlobalAveragePool')
    return draft.put(draft.nameFor(operation), [draft.planeLayer(reads[0]!, x)], shape, {
      kind: 'globalAverage',
    });
  const window = poolWindow(invocation, x.shape.slice(2));
  if (node.op === 'MaxPool')
    return draft.put(draft.nameFor(operation), [draft.planeLayer(reads[0]!, x)], shape, {
      kind: 'maxPool',
      window,
    });
  const { kernel, stride, pads } = window;
  const isCopy = [...kernel, ...stride].every((n) => n === 1) && pads.every((n) => n === 0);
  if (isCopy) return draft.planeLayer(reads[0]!, x);
  const factors = averageFactors(invocation, x.shape.slice(2), window);
  const before = factors === undefined ? paddingBefore(draft, reads[0]!) : undefined;
  if (before !== undefined) {
    const pads = window.pads.map((pad, side) => pad + before.pads[side]!);
    return draft.put(draft.nameFor(operation), [draft.planeLayer(before.from, before.x)], shape, {
      kind: 'averagePool',
      window: { ...window, pads: pads as unknown as typeof window.pads },
    });
  }
  return draft.put(draft.nameFor(operation), [draft.planeLayer(reads[0]!, x)], shape, {
    kind: 'averagePool',
    window,
    ...(factors === undefined ? {} : { factors }),
  });
}

/** A mean over the whole plane. */
function planeMean(draft: Draft, operation: Operation): string | undefined {
  const x = computedInput(operation);
  if (x === undefined || !isPlanes(x)) return undefined;
  const axes = [...(axesOf(operation.invocation, 1, 4) ?? [])].sort((a, b) => a - b);
  if (axes.join() !== '2,3') return undefined;
  return draft.put(
    draft.nameFor(operation),
    [draft.planeLayer(operation.reads[0]!, x)],
    [x.shape[1]!, 1, 1],
    {
      kind: 'globalAverage',
    },
  );
}

function join(draft: Draft, operation: Operation): string | undefined {
  const { invocation, reads, result } = operation;
  const inputs = invocation.inputs;
  const isOfPlanes = inputs.every(
    (value) => value !== undefined && !isConstant(value) && hasChannels(value),
  );
  if (!isOfPlanes)
    return draft.operator(
      operation,
      inputs.some((v) => v !== undefined && isConstant(v)) ? 'scale' : 'rearrange',
    );
  const axis = numberAttribute(invocation, 'axis') ?? 0;
  if (axis !== 1 && axis + result.shape.length !== 1) return draft.operator(operation, 'rearrange');
  const from = reads.map((name, n) => draft.planeLayer(name!, inputs[n] as Computed));
  return draft.put(draft.nameFor(operation), from, planeOf(result.shape), { kind: 'concat' });
}

/** Two transpositions that undo each other are none. */
function transposition(draft: Draft, operation: Operation): string {
  const { image, input } = draft;
  const first = madeBy(draft, operation.reads[0], 'Transpose');
  const second = listAttribute(operation.invocation, 'perm');
  const x = computedInput(operation);
  const isInput =
    draft.holderOf(operation.reads[0]!) === input &&
    x !== undefined &&
    sameShape(x.shape, image.shape);
  if (isInput && image.layers.length > 0 && second?.join() === '0,3,1,2')
    return image.channelsFirst;
  const one = first === undefined ? undefined : listAttribute(first.invocation, 'perm');
  if (first !== undefined && one !== undefined && second?.every((axis, n) => one[axis] === n))
    return draft.holderOf(first.reads[0]!);
  return draft.operator(operation, 'rearrange');
}

const rearranging: Recognize = (draft, operation) => draft.operator(operation, 'rearrange');

/** All values of an image in the same order are held alike. */
const reshaping: Recognize = (draft, { reads }) => draft.holderOf(reads[0]!);

const recognizers: Readonly<Record<string, Recognize>> = {
  Conv: convolution,
  Gemm: dense,
  MatMul: dense,
  BatchNormalization: norm,
  Relu: (draft, operation) => draft.activation(operation, operation.reads[0]!),
  Add: arithmetic,
  Sum: arithmetic,
  Sub: arithmetic,
  Mul: arithmetic,
  Div: arithmetic,
  MaxPool: pool,
  AveragePool: pool,
  GlobalAveragePool: pool,
  ReduceMean: planeMean,
  Concat: join,
  Transpose: transposition,
  Slice: rearranging,
  Split: rearranging,
  Gather: rearranging,
  Expand: rearranging,
  Tile: rearranging,
  Pad: rearranging,
  DepthToSpace: rearranging,
  SpaceToDepth: rearranging,
  Reshape: reshaping,
  Flatten: reshaping,
  Squeeze: reshaping,
  Unsqueeze: reshaping,
};

function layerOf(draft: Draft, operation: Operation): string {
  const { op } = operation.node;
  if (Object.hasOwn(elementFunctions, op))
    return draft.activation(
      operation,
      operation.reads[0]!,
      elementFunctions[op]!(operation.invocation),
    );
  const recognize = Object.hasOwn(recognizers, op) ? recognizers[op] : undefined;
  return recognize?.(draft, operation) ?? draft.operator(operation, 'function');
}

/** Turns operations into layers. */
export function recognized(operations: Operations, image: Picture): Recognized {
  const draft = draftOf(operations, image);
  for (const operation of operations.list) draft.hold(operation.output, layerOf(draft, operation));
  const last = draft.holderOf(operations.output);
  const { layers, linear, leading } = draft;
  return { layers: neededLayers([...layers.values()], last), linear, last, leading };
}

/** The layers that a layer needs, in their order. */
export function neededLayers(layers: readonly Layer[], last: string): readonly Layer[] {
  const needed = new Set([last]);
  return [...layers]
    .reverse()
    .filter(({ name, from }) => {
      if (!needed.has(name)) return false;
      for (const one of from) needed.add(one);
      return true;
    })
    .reverse();
}
