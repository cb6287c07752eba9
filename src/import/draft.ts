// A network under construction: layers by name, which of them holds which value of the model, and who makes and reads values.
import { reshape } from '../graph/index.js';
import { type Shape, sameShape } from '../graph/shape.js';
import type { ElementFunction, Layer, Linear, Operator, Plane } from '../model/index.js';
import type { Constant } from './constant.js';
import type { Operation, Operations } from './operations.js';
import { operatorOf } from './operators/index.js';
import { type Computed, isConstant, planeOf, type Value } from './value.js';

/** A definition of a layer without its name and what it reads. */
type Definition = Layer extends infer L
  ? L extends Layer
    ? Omit<L, 'name' | 'from' | 'shape'>
    : never
  : never;

/** The input of a network. */
export interface Picture {
  /** What it is called in the model, and its shape there. */
  readonly name: string;
  readonly shape: Shape;
  /** The layer that gives it with channels first, and its plane. */
  readonly channelsFirst: string;
  readonly plane: Plane;
  /** Layers that turn it as the model wants it, if it wants it otherwise. */
  readonly layers: readonly Layer[];
}

/** A scale and a shift for each channel. */
export interface Channelwise {
  readonly scale: readonly number[];
  readonly shift: readonly number[];
}

/** How a layer that is known by what it computes is treated by rules of propagation. */
type OperatorKind = 'rearrange' | 'scale' | 'multiply' | 'function';

/** What recognizing adds to, and what it asks. */
export interface Draft {
  readonly layers: ReadonlyMap<string, Layer>;
  readonly linear: Map<string, Linear>;
  readonly image: Picture;
  /** The layer that gives the input as the model wants it. */
  readonly input: string;
  /** What the model does with its input before all else. */
  leading: Channelwise;
  /** A name for the layer of an operation that no other layer has. */
  nameFor(operation: Operation): string;
  /** Adds a layer; returns its name. */
  put(name: string, from: readonly string[], shape: Plane, definition: Definition): string;
  /** The layer that holds a value of the model. */
  holderOf(value: string): string;
  /** Says which layer holds a value. */
  hold(value: string, layer: string): void;
  /** The operation that makes a value; undefined for the input. */
  makerOf(value: string | undefined): Operation | undefined;
  isOnlyReader(value: string): boolean;
  /** Whether all values that a layer holds are made of one another, and have one reader each. */
  isHeldAlone(layer: string): boolean;
  /** The layer that holds a value as the plane its shape says. */
  planeLayer(value: string, of: Computed): string;
  /** An operation as a layer that is known by what it computes. */
  operator(operation: Operation, kind: OperatorKind): string;
  /** An activation of the layer that holds a value; its plane stays as it is. */
  activation(operation: Operation, value: string, f?: ElementFunction): string;
}

/** The only computed value that an operation reads; undefined where there are several. */
export const readsOne = ({ reads }: Operation): string | undefined => {
  const names = reads.filter((name) => name !== undefined);
  return names.length === 1 ? names[0] : undefined;
};

/** An input of an operation that is computed from the image. */
export const computedInput = ({ invocation }: Operation, at = 0): Computed | undefined => {
  const value = invocation.inputs[at];
  return value === undefined || isConstant(value) ? undefined : value;
};

/** An input of an operation that is a constant. */
export const constantInput = ({ invocation }: Operation, at: number): Constant | undefined => {
  const value = invocation.inputs[at];
  return value !== undefined && isConstant(value) ? value : undefined;
};

/** The operation that makes a value, if it is one of some operators. */
export function madeBy(
  draft: Draft,
  value: string | undefined,
  ...ops: readonly string[]
): Operation | undefined {
  const operation = draft.makerOf(value);
  return operation !== undefined && ops.includes(operation.node.op) ? operation : undefined;
}

/** Whether a shape is that of one image's planes. */
export const isPlanes = ({ shape }: { readonly shape: Shape }): boolean =>
  shape.length === 4 && shape[0] === 1;

/** Whether a value has channels: planes, or one number each. */
export const hasChannels = ({ shape }: { readonly shape: Shape }): boolean =>
  shape[0] === 1 && (shape.length === 4 || shape.length === 2);

/** A network without layers but those of its input. */
export function draftOf({ list, output }: Operations, image: Picture): Draft {
  const layers = new Map(image.layers.map((layer) => [layer.name, layer]));
  const linear = new Map<string, Linear>();
  const input = image.layers.at(-1) ?? { name: image.channelsFirst, shape: image.plane };
  const holder = new Map<string, string>([[image.name, input.name]]);
  const made = new Map(list.map((operation) => [operation.output, operation]));
  const readers = new Map<string, number>([[output, 1]]);
  for (const { reads } of list)
    for (const name of reads)
      if (name !== undefined) readers.set(name, (readers.get(name) ?? 0) + 1);
  const planes = new Map<string, Plane>([
    [image.channelsFirst, image.plane],
    [input.name, input.shape],
  ]);
  const names = new Set(['input', 'colors', 'two classes', image.channelsFirst, input.name]);
  const colors = image.plane[0];

  const nameFor = ({ node, output, at }: Operation): string => {
    const wanted = at === 0 && !names.has(node.name) ? node.name : output;
    let name = wanted;
    for (let n = 2; names.has(name); n++) name = `${wanted} ${n}`;
    names.add(name);
    return name;
  };
  const put = (
    name: string,
    from: readonly string[],
    shape: Plane,
    definition: Definition,
  ): string => {
    layers.set(name, { name, from, shape, ...definition } as Layer);
    planes.set(name, shape);
    return name;
  };

  const holderOf = (value: string): string => holder.get(value)!;
  const isOnlyReader = (value: string): boolean => readers.get(value) === 1;

  /** The layer that holds a value as the plane its shape says. */
  const planeLayer = (value: string, { shape }: Computed): string => {
    const name = holderOf(value);
    const plane = planeOf(shape);
    if (sameShape(planes.get(name)!, plane)) return name;
    const made = `${name} as ${plane.join('×')}`;
    if (layers.has(made)) return made;
    names.add(made);
    return put(made, [name], plane, {
      kind: 'rearrange',
      operator: 'Reshape',
      compute: ([x]) => reshape(x!, [x!.shape[0]!, ...plane]),
    });
  };

  /** An operation as a layer that is known by what it computes. */
  const operator = (operation: Operation, kind: OperatorKind): string => {
    const { invocation, reads, at, node, result } = operation;
    const from = [...new Set(reads.filter((name) => name !== undefined).map(holderOf))];
    const compute: Operator['compute'] = (inputs) => {
      const given = invocation.inputs.map((value, n): Value | undefined => {
        const name = reads[n];
        if (name === undefined || value === undefined || isConstant(value)) return value;
        const tensor = inputs[from.indexOf(holderOf(name))]!;
        return { ...value, tensor: reshape(tensor, [tensor.shape[0]!, ...planeOf(value.shape)]) };
      });
      const results = [operatorOf(node.op)!({ ...invocation, inputs: given })].flat();
      return results[at]!.tensor;
    };
    return put(nameFor(operation), from, planeOf(result.shape), {
      kind,
      operator: node.op,
      compute,
    } as Definition);
  };

  /** An activation of the layer that holds a value; its plane stays as it is. */
  const activation = (operation: Operation, value: string, f?: ElementFunction): string => {
    const perPlane = f?.name === 'leaky' && typeof f.slope !== 'number';
    const from = perPlane ? planeLayer(value, computedInput(operation)!) : holderOf(value);
    return put(nameFor(operation), [from], planes.get(from)!, {
      kind: 'activation',
      ...(f === undefined ? {} : { function: f }),
    });
  };

  return {
    layers,
    linear,
    image,
    input: input.name,
    leading: {
      scale: new Array<number>(colors).fill(1),
      shift: new Array<number>(colors).fill(0),
    },
    nameFor,
    put,
    holderOf,
    hold: (value, layer) => {
      holder.set(value, layer);
    },
    makerOf: (value) => (value === undefined ? undefined : made.get(value)),
    isOnlyReader,
    isHeldAlone: (layer) => [...holder].every(([value, by]) => by !== layer || isOnlyReader(value)),
    planeLayer,
    operator,
    activation,
  };
}
