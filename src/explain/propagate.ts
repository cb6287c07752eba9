// The one backward walk of the propagation methods. It takes relevance from the explained score through the
// layers to the image; a method is a table of rules that says, for each kind of layer, what becomes of
// the relevance of its output. Everything is built from graph primitives, so every map has derivatives.
import {
  add,
  concat,
  fill,
  greater,
  input,
  maxPoolIndex,
  mul,
  pullback,
  scatterPlane,
  slice,
  type Tensor,
  where,
} from '../graph/index.js';
import {
  isSmooth,
  type Layer,
  type LayerKind,
  type Nonlinearity,
  type Parameters,
  type Trace,
} from '../model/index.js';

/** A layer on the way back. */
export interface Step {
  readonly layer: Layer;
  readonly inputs: readonly Tensor[];
  readonly output: Tensor;
  /** Relevance of the output. */
  readonly relevance: Tensor;
  /** Whether classes are kept apart: it is the class layer or a later one. */
  readonly ofClasses: boolean;
  readonly trace: Trace;
}

/** Relevance of a layer's inputs, one for each. */
export type Rule = (step: Step) => readonly Tensor[];

/** The rules of a method by kind of layer; `first` stands for a convolution or dense layer that reads the preprocessed image. */
export type Rules = { readonly [K in LayerKind | 'first']?: Rule };

/** Relevance as it is. */
export const pass: Rule = ({ relevance }) => [relevance];

/** Relevance of a ReLU's open units: 1[a>0], or 1[a≥0] where its derivative at 0 is 1. */
export const throughOpen = (
  { inputs, output }: Step,
  relevance: Tensor,
  activation: Nonlinearity,
): Tensor =>
  activation === 'open-relu'
    ? where(greater(0, inputs[0]!), 0, relevance)
    : where(greater(output, 0), relevance, 0);

/**
 * The transpose of a linear layer, with its own parameters or others.
 * @param relevance what is transposed
 */
export function transpose(
  { layer, inputs, trace }: Step,
  relevance: Tensor,
  parameters?: Parameters,
): Tensor[] {
  // a linear layer's transpose does not depend on where it is taken
  const anywhere = inputs.map(({ shape }, i) => input(`input ${i}`, shape));
  return pullback([trace.apply(layer, anywhere, parameters)], [relevance], anywhere);
}

/** Relevance through the transpose of a linear layer, as gradients go. */
export const transposed: Rule = (step) => transpose(step, step.relevance);

/**
 * Relevance through the derivative of a layer at given inputs, each taken for itself, though one may be computed from
 * another.
 */
export function throughDerivative(
  { layer, trace }: Step,
  relevance: Tensor,
  inputs: readonly Tensor[],
): Tensor[] {
  const offsets = inputs.map(({ shape }) => fill(0, shape));
  const output = trace.apply(
    layer,
    inputs.map((x, i) => add(x, offsets[i]!)),
  );
  return pullback([output], [relevance], offsets);
}

/** Relevance through the derivative of a layer, as gradients go. */
export const differentiated: Rule = (step) => throughDerivative(step, step.relevance, step.inputs);

/** The middle between the inputs of two images. */
export const between = (a: Tensor, b: Tensor): Tensor => mul(add(a, b), 0.5);

/** All relevance of a window to the input that won it. */
export const winnerTakesAll: Rule = ({ layer, inputs, relevance }) => [
  toWinners(relevance, inputs[0]!, layer),
];

function toWinners(relevance: Tensor, a: Tensor, layer: Layer): Tensor {
  const [, , height, width] = a.shape as [number, number, number, number];
  const { window } = layer as Layer & { kind: 'maxPool' };
  return scatterPlane(relevance, maxPoolIndex(a, window), height, width);
}

/**
 * The same, the winner being decided before increasing nonlinearities: a unit that wins behind them wins before them.
 * Where softplus is 0 in float32, units are told apart only there. With ReLU closed units tie behind it, so this is for
 * rules that give closed units nothing.
 */
export const winnerBeforeActivation: Rule = ({ layer, relevance, trace }) => {
  const toWinnersOf = (name: string, own: Tensor): Tensor => {
    const source = trace.layers.find((one) => one.name === name)!;
    if (source.kind === 'activation') return toWinnersOf(source.from[0]!, own);
    if (source.kind !== 'concat') return toWinners(own, trace.values.get(name)!, layer);
    let from = 0;
    const parts = source.from.map((part) => {
      const starts = [0, from, 0, 0];
      from += trace.values.get(part)!.shape[1]!;
      return toWinnersOf(part, slice(own, starts, [own.shape[0]!, from, ...own.shape.slice(2)]));
    });
    return concat(parts, 1);
  };
  return [toWinnersOf(layer.from[0]!, relevance)];
};

/** All relevance of a window to its winner, told from the others as well as float32 can. */
export const winnerOf = (activation: Nonlinearity): Rule =>
  isSmooth(activation) ? winnerBeforeActivation : winnerTakesAll;

/** The chain rule at every layer but the nonlinearity: what methods that modify the gradient start from. */
export const chainRule = {
  preprocess: transposed,
  conv: transposed,
  dense: transposed,
  affine: transposed,
  maxPool: winnerTakesAll,
  averagePool: transposed,
  globalAverage: transposed,
  concat: transposed,
  add: transposed,
  subsample: transposed,
  rearrange: transposed,
  scale: transposed,
  multiply: differentiated,
  function: differentiated,
} as const satisfies Rules;

const isFirst = ({ kind, from }: Layer, { layers }: Trace): boolean =>
  (kind === 'conv' || kind === 'dense') &&
  layers.some(({ name, kind }) => kind === 'preprocess' && name === from[0]);

/**
 * Relevance of the image, [N,3,H,W].
 * @param method whose rules these are, for messages
 * @param classLayer the layer whose rows belong to classes
 * @param start relevance of the scores of the last layer; default one for the explained score
 * Throws an Error that names the layer and the method where no rule covers a layer.
 */
export function propagate(
  method: string,
  rules: Rules,
  trace: Trace,
  classLayer: string,
  start: Tensor = trace.explained,
): Tensor {
  const { layers, values } = trace;
  const relevance = new Map<string, Tensor>([[layers.at(-1)!.name, start]]);
  const firstOfClasses = layers.findIndex(({ name }) => name === classLayer);
  for (const [at, layer] of [...layers.entries()].reverse()) {
    const own = relevance.get(layer.name);
    if (own === undefined) continue;
    const rule = (isFirst(layer, trace) ? rules.first : undefined) ?? rules[layer.kind];
    if (rule === undefined)
      throw new Error(`${method} has no rule for layer ${layer.name} of kind ${layer.kind}`);
    const back = rule({
      layer,
      inputs: layer.from.map((name) => values.get(name)!),
      output: values.get(layer.name)!,
      relevance: own,
      ofClasses: at >= firstOfClasses,
      trace,
    });
    layer.from.forEach((name, i) => {
      const before = relevance.get(name);
      relevance.set(name, before === undefined ? back[i]! : add(before, back[i]!));
    });
  }
  return relevance.get('input')!;
}
