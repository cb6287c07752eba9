// A program is a finished graph: named inputs and outputs over simplified nodes. It is what engines
// compile, and it can be printed and measured in floating-point operations.

import { type Shape, sizeOf } from './shape.js';
import { simplify } from './simplify.js';
import { type Node, type Tensor, topological } from './tensor.js';

export interface Program {
  /** The inputs the outputs depend on, by name. */
  readonly inputs: readonly Node<'input'>[];
  readonly outputs: Readonly<Record<string, Tensor>>;
  /** All nodes, each after its inputs. */
  readonly nodes: readonly Tensor[];
}

/**
 * Simplifies a graph and closes it into a program.
 * Throws an Error when two different inputs have one name, or an output does not hold real numbers.
 */
export function program(outputs: Readonly<Record<string, Tensor>>): Program {
  const names = Object.keys(outputs);
  for (const name of names) {
    const { kind } = outputs[name]!;
    if (kind !== 'real') throw new Error(`output ${name} of a program holds ${kind} elements`);
  }
  const roots = simplify(names.map((name) => outputs[name]!));
  const nodes = topological(roots);
  const inputs = nodes.filter((t): t is Node<'input'> => t.op === 'input');
  const seen = new Set<string>();
  for (const { attrs } of inputs) {
    if (seen.has(attrs.name)) throw new Error(`two inputs of a program are named ${attrs.name}`);
    seen.add(attrs.name);
  }
  return { inputs, outputs: Object.fromEntries(names.map((name, i) => [name, roots[i]!])), nodes };
}

const multiplyAdds: { [op: string]: (t: Tensor) => number } = {
  matmul: (t) =>
    sizeOf(t.shape) *
    (t as Node<'matmul'>).inputs[0]!.shape.at((t as Node<'matmul'>).attrs.transposeA ? -2 : -1)!,
  conv2d: (t) => sizeOf(t.shape) * sizeOf(t.inputs[1]!.shape.slice(1)),
  conv2dInputGrad: (t) => sizeOf(t.inputs[0]!.shape) * sizeOf(t.inputs[1]!.shape.slice(1)),
  conv2dFilterGrad: (t) => sizeOf(t.inputs[1]!.shape) * sizeOf(t.shape.slice(1)),
};

/** Floating-point operations of a program's convolutions and matrix products, a multiply-add counted as two. */
export const flopsOf = ({ nodes }: Program): number =>
  nodes.reduce((n, t) => n + 2 * (multiplyAdds[t.op]?.(t) ?? 0), 0);

/** Memory of a program in bytes: what its constants take, and the most that other tensors take at one time. */
export function memoryOf({ nodes, outputs }: Program): { constants: number; live: number } {
  const bytes = (t: Tensor) => 4 * sizeOf(t.shape);
  const isConstant = (t: Tensor) => t.op === 'constant' || t.op === 'fill';
  const uses = new Map<Tensor, number>();
  for (const t of [...nodes.flatMap(({ inputs }) => inputs), ...Object.values(outputs)])
    uses.set(t, (uses.get(t) ?? 0) + 1);
  let [now, live] = [0, 0];
  for (const t of nodes) {
    if (isConstant(t)) continue;
    now += bytes(t);
    live = Math.max(live, now);
    for (const x of t.inputs) {
      uses.set(x, uses.get(x)! - 1);
      if (uses.get(x) === 0 && !isConstant(x)) now -= bytes(x);
    }
  }
  return { constants: nodes.filter(isConstant).reduce((n, t) => n + bytes(t), 0), live };
}

function attributesText(t: Tensor): string {
  if (t.op === 'fill') return ` ${t.attrs.value}`;
  if (t.op === 'constant') return t.attrs.label === undefined ? '' : ` ${t.attrs.label}`;
  if (t.op === 'input') return ` ${t.attrs.name}`;
  return Object.entries(t.attrs)
    .filter(([key, value]) => key !== 'shape' && value !== false)
    .map(([key, value]) => ` ${key}=${JSON.stringify(value)}`)
    .join('');
}

const shapeText = (shape: Shape) => `[${shape.join(',')}]`;

/** The program as text, one node a line. Equal programs print equally whatever was built before them. */
export function print({ nodes, outputs }: Program): string {
  const names = new Map(nodes.map((t, i) => [t, `%${i}`]));
  const lines = nodes.map((t) => {
    const operands = t.inputs.map((x) => names.get(x)).join(', ');
    return `${names.get(t)} = ${t.op}${operands && ` ${operands}`}${attributesText(t)} : ${shapeText(t.shape)}`;
  });
  const results = Object.entries(outputs).map(([name, t]) => `${name} = ${names.get(t)}`);
  return [...lines, `return ${results.join(', ')}`].join('\n');
}
