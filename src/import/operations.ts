// The operations that a model does with an image, one by one: what is constant is folded, what is left has shapes, and what
// the wanted output does not need is gone.

import { UserError } from '../errors.js';
import { input } from '../graph/index.js';
import { shown } from '../shown.js';
import { ints, Refusal } from './constant.js';
import { dimensions, folds } from './fold.js';
import { type ModelFile, type ModelNode, numberType } from './model-file.js';
import { operatorOf } from './operators/index.js';
import {
  type Computed,
  type Invocation,
  isConstant,
  numberAttribute,
  optionalConstant,
  planeOf,
  settled,
  type Value,
} from './value.js';

/** One output of a node. */
export interface Operation {
  /** What its value is called in the model. */
  readonly output: string;
  readonly node: ModelNode;
  readonly invocation: Invocation;
  /** For each input, the value of the model that is read; undefined for constants. */
  readonly reads: readonly (string | undefined)[];
  /** Its result for one image. */
  readonly result: Computed;
  /** Which output of its node it is. */
  readonly at: number;
}

export interface Operations {
  readonly list: readonly Operation[];
  /** The value that is the wanted output, and its shape. */
  readonly output: string;
  readonly shape: readonly number[];
}

/** Operators that leave a value as it is. */
const copies = ['Identity', 'Dropout'];

/** Throws a Refusal for a dropout that drops values. */
export function requireInference(i: Invocation): void {
  const training = optionalConstant(i, 2, 'modes');
  const ratio = optionalConstant(i, 1, 'ratios')?.data[0] ?? 0.5;
  if (training !== undefined && training.data[0] !== 0 && ratio !== 0)
    throw new Refusal('is in training mode: export the model with model.eval()');
}

/** Throws a Refusal for a cast that is no copy. */
function requireFloat(i: Invocation): void {
  const to = i.op === 'Cast' ? numberType(numberAttribute(i, 'to') ?? 1) : 'float';
  if (to !== 'float')
    throw new Refusal('makes whole numbers of computed ones, which has no derivative');
}

const isCopy = (i: Invocation): boolean => {
  if (i.op === 'Dropout') requireInference(i);
  if (i.op !== 'Cast' && i.op !== 'CastLike') return copies.includes(i.op);
  requireFloat(i);
  return true;
};

/** The nodes that a value needs, in the order of the model. */
export function neededNodes({ nodes, file }: ModelFile, wanted: string): readonly ModelNode[] {
  const maker = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  if (!maker.has(wanted)) throw new UserError(`${file}: no node makes its output ${shown(wanted)}`);
  const needed = new Set<ModelNode>();
  const open = [wanted];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const node = maker.get(name);
    if (node === undefined || needed.has(node)) continue;
    needed.add(node);
    open.push(...node.inputs);
  }
  return nodes.filter((node) => needed.has(node));
}

/**
 * Walks through a model with one image.
 * @param image the name and shape of its input
 * @param wanted the name of its output
 * Throws a UserError that names the node which cannot be computed or has no derivative.
 */
export function operationsOf(
  model: ModelFile,
  image: { readonly name: string; readonly shape: readonly number[] },
  wanted: string,
): Operations {
  const values = new Map<string, Value>(model.constants);
  const plane = [1, ...planeOf(image.shape)];
  values.set(image.name, settled(input('image', plane), image.shape));
  /** Values that are copies of others. */
  const source = new Map<string, string>();
  const origin = (name: string): string => source.get(name) ?? name;
  const list: Operation[] = [];

  const visit = (node: ModelNode): void => {
    const inputs = node.inputs.map((name): Value | undefined => {
      if (name === '') return undefined;
      const value = values.get(name);
      if (value === undefined)
        throw new Refusal(`reads ${shown(name)}, which no node before it makes`);
      return value;
    });
    while (inputs.length > 0 && inputs.at(-1) === undefined) inputs.pop();
    const invocation: Invocation = {
      op: node.op,
      opset: model.opset,
      inputs,
      attributes: node.attributes,
      outputs: node.outputs.length,
    };
    const [first] = inputs;
    if (inputs.every((value) => value === undefined || isConstant(value))) {
      const fold = Object.hasOwn(folds, node.op) ? folds[node.op] : undefined;
      if (fold === undefined) throw new Refusal('is unknown for constants');
      for (const [at, value] of [fold(invocation)].flat().entries())
        values.set(node.outputs[at] ?? '', value);
      return;
    }
    if (node.op === 'Shape' && first !== undefined) {
      values.set(node.outputs[0]!, ints(dimensions(invocation, first.shape)));
      return;
    }
    if (node.op === 'Size' && first !== undefined) {
      values.set(node.outputs[0]!, ints([first.shape.reduce((n, d) => n * d, 1)], []));
      return;
    }
    if (isCopy(invocation)) {
      values.set(node.outputs[0]!, first!);
      source.set(node.outputs[0]!, origin(node.inputs[0]!));
      return;
    }
    const operator = operatorOf(node.op);
    if (operator === undefined) throw new Refusal('has no derivative');
    const reads = inputs.map((value, at) =>
      value === undefined || isConstant(value) ? undefined : origin(node.inputs[at]!),
    );
    [operator(invocation)].flat().forEach((result, at) => {
      const output = node.outputs[at];
      if (output === undefined || output === '') return;
      values.set(output, result);
      list.push({ output, node, invocation, reads, result, at });
    });
  };

  for (const node of neededNodes(model, wanted)) {
    try {
      visit(node);
    } catch (error) {
      // a primitive that does not fit is a model that does not fit
      if (!(error instanceof Error) || error instanceof UserError) throw error;
      throw new UserError(
        `${model.file}: operator ${shown(node.op)} (node ${shown(node.name)}) ${shown(error.message)}`,
      );
    }
  }
  const output = values.get(wanted);
  if (output === undefined || isConstant(output))
    throw new UserError(`${model.file}: its output ${shown(wanted)} does not depend on the image`);
  return { list, output: origin(wanted), shape: output.shape };
}
