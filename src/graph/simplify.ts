// Rewrites a graph into an equivalent one that costs less: equal subexpressions become one node,
// arithmetic with constants disappears, and the patterns that reverse-over-reverse differentiation
// leaves behind (sums of gated terms, sums of adjacent embedded parts, spread-out scalars) are
// put together again. Dead code needs no rule: what no output depends on is never visited.
import {
  add,
  broadcast,
  concat,
  constant,
  embed,
  fill,
  gate,
  neg,
  reshape,
  slice,
  sub,
  transpose,
  where,
} from './ops.js';
import { sameShape } from './shape.js';
import { make, type Node, type Primitive, type Tensor, topological } from './tensor.js';

type Rule<P extends Primitive> = (t: Node<P>, uses: (t: Tensor) => number) => Tensor | undefined;

const isFill = (t: Tensor, value?: number): t is Node<'fill'> =>
  t.op === 'fill' && (value === undefined || t.attrs.value === value);

/** x as a result of shape `like`: an operand that an identity leaves alone may still have to be spread. */
const spread = (x: Tensor, like: Tensor): Tensor =>
  sameShape(x.shape, like.shape) ? x : broadcast(x, like.shape);

/** Applies a function of numbers when all operands are filled with one number. */
function folded(t: Tensor, f: (...values: number[]) => number): Tensor | undefined {
  return t.inputs.every((x) => isFill(x))
    ? fill(f(...t.inputs.map((x) => (x as Node<'fill'>).attrs.value)), t.shape)
    : undefined;
}

/** A constant times a number, where that is no larger than the constant. */
function scaled(x: Tensor, by: Tensor, product: Tensor): Tensor | undefined {
  if (x.op !== 'constant' || by.op !== 'fill' || !sameShape(x.shape, product.shape))
    return undefined;
  const { data, label } = x.attrs;
  return constant(
    data.map((v) => v * by.attrs.value),
    x.shape,
    label,
  );
}

/** Elementwise operands need not be spread where another operand already has the result's shape. */
function unspread(t: Tensor): Tensor | undefined {
  const source = (x: Tensor) =>
    x.op === 'broadcast' ? x.inputs[0]! : isFill(x) && x.shape.length > 0 ? fill(x.attrs.value) : x;
  if (!t.inputs.some((x) => source(x) !== x)) return undefined;
  const inputs = t.inputs.map((x) => source(x));
  const whole = inputs.some((x, i) => x === t.inputs[i] && sameShape(x.shape, t.shape));
  return whole ? make(t.op, inputs, t.attrs as never) : undefined;
}

/** The axis along which two embedded parts lie end to end, and the earlier of the two first. */
function adjacent(
  a: Tensor,
  b: Tensor,
): { axis: number; first: Node<'embed'>; second: Node<'embed'> } | undefined {
  if (a.op !== 'embed' || b.op !== 'embed' || !sameShape(a.shape, b.shape)) return undefined;
  if (![...a.attrs.steps, ...b.attrs.steps].every((s) => s === 1)) return undefined;
  const axes = a.shape.flatMap((_, i) => (a.attrs.starts[i] !== b.attrs.starts[i] ? [i] : []));
  const axis = axes[0];
  if (axes.length !== 1 || axis === undefined) return undefined;
  if (!a.inputs[0]!.shape.every((d, i) => i === axis || d === b.inputs[0]!.shape[i]))
    return undefined;
  const [first, second] = a.attrs.starts[axis]! < b.attrs.starts[axis]! ? [a, b] : [b, a];
  return first.attrs.starts[axis]! + first.inputs[0]!.shape[axis]! === second.attrs.starts[axis]
    ? { axis, first, second }
    : undefined;
}

const rules: { [P in Primitive]?: Rule<P> } = {
  neg(t) {
    const x = t.inputs[0]!;
    return folded(t, (v) => -v) ?? (x.op === 'neg' ? x.inputs[0] : undefined);
  },
  add(t, uses) {
    const [a, b] = t.inputs as [Tensor, Tensor];
    if (isFill(a, 0)) return spread(b, t);
    if (isFill(b, 0)) return spread(a, t);
    const parts = adjacent(a, b);
    if (parts !== undefined) {
      const { axis, first, second } = parts;
      return embed(
        concat([first.inputs[0]!, second.inputs[0]!], axis),
        first.attrs.starts,
        first.attrs.steps,
        t.shape,
      );
    }
    if (uses(a) === 1 && uses(b) === 1) {
      // both kinds are linear in what they let through
      if (a.op === 'gate' && b.op === 'gate' && a.inputs[1] === b.inputs[1])
        return gate(add(a.inputs[0]!, b.inputs[0]!), a.inputs[1]!);
      if (
        a.op === 'where' &&
        b.op === 'where' &&
        a.inputs[0] === b.inputs[0] &&
        isFill(a.inputs[2]!, 0) &&
        isFill(b.inputs[2]!, 0)
      )
        return spread(where(a.inputs[0]!, add(a.inputs[1]!, b.inputs[1]!), 0), t);
    }
    if (b.op === 'neg') return sub(a, b.inputs[0]!);
    if (a.op === 'neg') return sub(b, a.inputs[0]!);
    return folded(t, (x, y) => x + y);
  },
  sub(t) {
    const [a, b] = t.inputs as [Tensor, Tensor];
    if (isFill(b, 0)) return spread(a, t);
    if (isFill(a, 0)) return spread(neg(b), t);
    return folded(t, (x, y) => x - y);
  },
  mul(t) {
    const [a, b] = t.inputs as [Tensor, Tensor];
    if (isFill(a, 1)) return spread(b, t);
    if (isFill(b, 1)) return spread(a, t);
    if (isFill(a, 0) || isFill(b, 0)) return fill(0, t.shape);
    if (isFill(a, -1)) return spread(neg(b), t);
    if (isFill(b, -1)) return spread(neg(a), t);
    return scaled(a, b, t) ?? scaled(b, a, t) ?? folded(t, (x, y) => x * y);
  },
  div(t) {
    const [a, b] = t.inputs as [Tensor, Tensor];
    if (isFill(b, 1)) return spread(a, t);
    if (isFill(a, 0)) return fill(0, t.shape);
    // a unit that is taken in and out again around a gate, which is linear in what it lets through
    const passed = a.op === 'gate' ? a.inputs[0]! : undefined;
    if (
      passed?.op === 'mul' &&
      passed.inputs[1] === b &&
      sameShape(passed.inputs[0]!.shape, t.shape)
    )
      return gate(passed.inputs[0]!, a.inputs[1]!);
    return folded(t, (x, y) => x / y);
  },
  gate: (t) => (isFill(t.inputs[0]!, 0) ? fill(0, t.shape) : undefined),
  broadcast(t) {
    const x = t.inputs[0]!;
    if (sameShape(x.shape, t.shape)) return x;
    if (isFill(x)) return fill(x.attrs.value, t.shape);
    return x.op === 'broadcast' ? broadcast(x.inputs[0]!, t.shape) : undefined;
  },
  reshape(t) {
    const x = t.inputs[0]!;
    if (sameShape(x.shape, t.shape)) return x;
    if (isFill(x)) return fill(x.attrs.value, t.shape);
    if (x.op === 'constant') return constant(x.attrs.data, t.shape, x.attrs.label);
    return x.op === 'reshape' ? reshape(x.inputs[0]!, t.shape) : undefined;
  },
  transpose(t) {
    const { permutation } = t.attrs;
    const x = t.inputs[0]!;
    if (permutation.every((p, i) => p === i)) return x;
    return x.op === 'transpose'
      ? transpose(
          x.inputs[0]!,
          permutation.map((p) => x.attrs.permutation[p]!),
        )
      : undefined;
  },
  sum(t) {
    const x = t.inputs[0]!;
    if (t.attrs.axes.every((a) => x.shape[a] === 1)) return x;
    return isFill(x)
      ? fill(x.attrs.value * t.attrs.axes.reduce((n, a) => n * x.shape[a]!, 1), t.shape)
      : undefined;
  },
  slice(t) {
    const x = t.inputs[0]!;
    if (sameShape(x.shape, t.shape)) return x;
    if (isFill(x)) return fill(x.attrs.value, t.shape);
    if (x.op !== 'concat' || t.attrs.steps.some((s) => s !== 1)) return undefined;
    // a slice that is exactly one part of a concatenation is that part
    const { axis } = x.attrs;
    let at = 0;
    for (const part of x.inputs) {
      if (
        sameShape(part.shape, t.shape) &&
        t.attrs.starts.every((s, i) => s === (i === axis ? at : 0))
      )
        return part;
      if (t.attrs.starts[axis]! >= at && t.attrs.ends[axis]! <= at + part.shape[axis]!) {
        const shift = (v: readonly number[]) => v.map((p, i) => (i === axis ? p - at : p));
        return slice(part, shift(t.attrs.starts), shift(t.attrs.ends));
      }
      at += part.shape[axis]!;
    }
    return undefined;
  },
  embed(t) {
    const x = t.inputs[0]!;
    if (sameShape(x.shape, t.shape)) return x;
    return isFill(x, 0) ? fill(0, t.shape) : undefined;
  },
  concat: (t) =>
    t.inputs.length === 1
      ? t.inputs[0]
      : t.inputs.every((x) => isFill(x, 0))
        ? fill(0, t.shape)
        : undefined,
  scatterPlane: (t) => (isFill(t.inputs[0]!, 0) ? fill(0, t.shape) : undefined),
  conv2dInputGrad: (t) => (isFill(t.inputs[0]!, 0) ? fill(0, t.shape) : undefined),
  averagePoolInputGrad: (t) => (isFill(t.inputs[0]!, 0) ? fill(0, t.shape) : undefined),
};

const elementwise = new Set<Primitive>(['add', 'sub', 'mul', 'div', 'gate', 'greater', 'where']);

const identities = new WeakMap<object, number>();
let identityCount = 0;
/** Short constants are equal when their numbers are; long ones, such as weights, when they are the same array. */
function keyOf(t: Tensor): string {
  if (t.op === 'constant') {
    const { data } = t.attrs;
    if (data.length <= 4096) return `constant ${data} ${t.shape}`;
    if (!identities.has(data)) identities.set(data, identityCount++);
    return `constant ${identities.get(data)} ${t.shape}`;
  }
  // JSON has no infinities and no NaN
  if (t.op === 'fill') return `fill ${t.attrs.value} ${t.shape}`;
  return `${t.op} ${t.inputs.map((x) => x.id)} ${JSON.stringify(t.attrs)}`;
}

/** Equivalent roots of a smaller graph. Rules are applied until none changes anything. */
export function simplify(roots: readonly Tensor[]): Tensor[] {
  let current = roots;
  for (;;) {
    const next = pass(current);
    if (!next.changed) return next.roots;
    current = next.roots;
  }
}

function pass(roots: readonly Tensor[]): { roots: Tensor[]; changed: boolean } {
  const order = topological(roots);
  const uses = new Map<Tensor, number>();
  const use = (t: Tensor) => uses.set(t, (uses.get(t) ?? 0) + 1);
  for (const t of order) t.inputs.forEach(use);
  roots.forEach(use);

  const unique = new Map<string, Tensor>();
  const replaced = new Map<Tensor, Tensor>();
  let changed = false;
  for (const t of order) {
    const inputs = t.inputs.map((x) => replaced.get(x)!);
    const rebuilt = inputs.every((x, i) => x === t.inputs[i])
      ? t
      : make(t.op, inputs, t.attrs as never);
    // equal nodes are rewritten once, since a rule may make a long constant, which equals no other
    const key = keyOf(rebuilt);
    let result = unique.get(key);
    if (result === undefined) {
      const rule = rules[rebuilt.op] as Rule<Primitive> | undefined;
      const rewritten =
        rule?.(rebuilt, (x) => uses.get(x) ?? 1) ??
        (elementwise.has(rebuilt.op) ? unspread(rebuilt) : undefined) ??
        rebuilt;
      uses.set(rewritten, uses.get(t)!);
      const rewrittenKey = keyOf(rewritten);
      result = unique.get(rewrittenKey) ?? rewritten;
      unique.set(rewrittenKey, result).set(key, result);
    }
    if (result !== t) changed = true;
    replaced.set(t, result);
  }
  return { roots: roots.map((r) => replaced.get(r)!), changed };
}
