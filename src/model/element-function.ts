// Functions of single values that stand in networks from elsewhere, beside the ReLU. Those with a kink are written with
// differences of rectifiers, so that softplus can stand in for them as it does for the ReLU.
import {
  add,
  constant,
  erf,
  exp,
  mul,
  neg,
  relu,
  sigmoid,
  softplus,
  sub,
  type Tensor,
} from '../graph/index.js';

export type ElementFunction =
  /** No smaller than `low`, no larger than `high`; one of them may be infinite. */
  | { readonly name: 'clip'; readonly low: number; readonly high: number }
  /** A slope below 0, one for all or one for each channel. */
  | { readonly name: 'leaky'; readonly slope: number | readonly number[] }
  /** γ·(x above 0, α(exp(x) − 1) below). */
  | { readonly name: 'elu'; readonly alpha: number; readonly gamma: number }
  /** slope·x + shift, clipped to 0 … 1. */
  | { readonly name: 'hardsigmoid'; readonly slope: number; readonly shift: number }
  /** x times that, with slope 1/6 and shift 1/2. */
  | { readonly name: 'hardswish' }
  /** x·σ(x). */
  | { readonly name: 'silu' }
  /** x·Φ(x), Φ being the normal distribution. */
  | { readonly name: 'gelu' }
  /** The same with Φ approximated by a tanh. */
  | { readonly name: 'gelu-tanh' }
  /** x·tanh(softplus(x)). */
  | { readonly name: 'mish' }
  | { readonly name: 'sigmoid' }
  | { readonly name: 'tanh' }
  | { readonly name: 'softplus' };

type Name = ElementFunction['name'];
type Of<N extends Name> = ElementFunction & { readonly name: N };

/** How relu(x) is computed: exactly, or by a smooth function that stands in for it. */
export type Rectify = 'exact' | ((x: Tensor) => Tensor);

interface Entry<N extends Name> {
  readonly compute: (f: Of<N>, x: Tensor, rectify: Rectify) => Tensor;
  /** Whether it has a kink, which softplus smooths. */
  readonly kink?: true;
  /** Whether it falls nowhere. */
  readonly increasing?: true;
  /** Whether it is a ReLU that is bounded, or that lets a part through: propagation rules take it for one. */
  readonly rectifier?: true;
  /** Whether it gives no values below 0. */
  readonly positive?: true;
}

const rectified = (x: Tensor, rectify: Rectify): Tensor =>
  rectify === 'exact' ? relu(x) : rectify(x);

/** tanh(x) = 2σ(2x) − 1. */
const tanh = (x: Tensor): Tensor => sub(mul(sigmoid(mul(x, 2)), 2), 1);

function clip({ low, high }: Of<'clip'>, x: Tensor, rectify: Rectify): Tensor {
  const above = (t: Tensor) => add(low, rectified(sub(t, low), rectify));
  if (high === Number.POSITIVE_INFINITY) return low === Number.NEGATIVE_INFINITY ? x : above(x);
  if (low === Number.NEGATIVE_INFINITY) return sub(high, rectified(sub(high, x), rectify));
  // exactly, a difference of large numbers would leave their rounding
  if (rectify === 'exact') return sub(high, relu(sub(high, above(x))));
  return sub(above(x), rectify(sub(x, high)));
}

const hardsigmoid = (slope: number, shift: number, x: Tensor, rectify: Rectify): Tensor =>
  clip({ name: 'clip', low: 0, high: 1 }, add(mul(x, slope), shift), rectify);

/** 1/√2 and √(2/π). */
const [HALF_ROOT, ROOT] = [Math.SQRT1_2, Math.sqrt(2 / Math.PI)];

const table: { readonly [N in Name]: Entry<N> } = {
  clip: { compute: clip, kink: true, increasing: true, rectifier: true },
  leaky: {
    compute({ slope }, x, rectify) {
      const positive = rectified(x, rectify);
      const factor =
        typeof slope === 'number'
          ? slope
          : constant(Float32Array.from(slope), [1, slope.length, 1, 1], 'slope');
      // r(x) + slope·(x − r(x))
      return add(positive, mul(sub(x, positive), factor));
    },
    kink: true,
    rectifier: true,
  },
  elu: {
    compute({ alpha, gamma }, x, rectify) {
      const below = neg(rectified(neg(x), rectify));
      return mul(add(rectified(x, rectify), mul(sub(exp(below), 1), alpha)), gamma);
    },
    kink: true,
  },
  hardsigmoid: {
    compute: ({ slope, shift }, x, rectify) => hardsigmoid(slope, shift, x, rectify),
    kink: true,
    positive: true,
  },
  hardswish: {
    compute: (_, x, rectify) => mul(x, hardsigmoid(1 / 6, 0.5, x, rectify)),
    kink: true,
  },
  silu: { compute: (_, x) => mul(x, sigmoid(x)) },
  gelu: { compute: (_, x) => mul(mul(x, 0.5), add(erf(mul(x, HALF_ROOT)), 1)) },
  'gelu-tanh': {
    compute(_, x) {
      const inner = mul(add(x, mul(mul(mul(x, x), x), 0.044715)), ROOT);
      return mul(mul(x, 0.5), add(tanh(inner), 1));
    },
  },
  mish: { compute: (_, x) => mul(x, tanh(softplus(x))) },
  sigmoid: { compute: (_, x) => sigmoid(x), increasing: true, positive: true },
  tanh: { compute: (_, x) => tanh(x), increasing: true },
  softplus: { compute: (_, x) => softplus(x), increasing: true, positive: true },
};

const entryOf = <N extends Name>(f: Of<N>): Entry<N> => table[f.name] as Entry<N>;

/** A function of each value of x. */
export const elementFunction = (f: ElementFunction, x: Tensor, rectify: Rectify): Tensor =>
  entryOf(f).compute(f, x, rectify);

/** Whether a function has a kink, which softplus smooths. */
export const hasKink = (f: ElementFunction): boolean => entryOf(f).kink === true;

/** Whether a function falls nowhere. */
export const increases = (f: ElementFunction): boolean =>
  entryOf(f).increasing === true ||
  (f.name === 'leaky' && [f.slope].flat().every((slope) => slope >= 0));

/** Whether propagation rules take a function for a ReLU: one that is bounded, or that lets a part through. */
export const isRectifier = (f: ElementFunction): boolean => entryOf(f).rectifier === true;

/** Whether a function gives no values below 0. */
export const isPositive = (f: ElementFunction): boolean =>
  entryOf(f).positive === true || (f.name === 'clip' && f.low >= 0);
