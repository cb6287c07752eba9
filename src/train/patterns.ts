// Learns the patterns of pattern attribution (Kindermans et al. 2018): for every unit the direction in its input
// that its output tells of, from covariances over images and all places where its filter stands. Sums of
// an image come from the engine as filter gradients; over images they are added up in float64.
import type { Engine, Executable } from '../engine/engine.js';
import {
  broadcast,
  conv2dFilterGrad,
  fill,
  greater,
  input,
  matmul,
  program,
  relu,
  reshape,
  sum,
  type Tensor,
  where,
} from '../graph/index.js';
import { type BoundNetwork, type Layer, outputsOf } from '../model/index.js';
import type { WeightTensor } from '../weights/safetensors.js';

type Linear = Layer & { kind: 'conv' | 'dense' };

/** Images that run together at most, and their pixels: one image of ImageNet's size, or several small ones. */
const AT_ONCE = 32;
const PIXELS_AT_ONCE = 227 * 227;

/** How many images a learner takes at once. */
export const imagesAtOnce = ({ network }: BoundNetwork): number =>
  Math.max(1, Math.min(AT_ONCE, Math.floor(PIXELS_AT_ONCE / (network.height * network.width))));

/** Whether outputs of a layer read parts of its inputs. */
const hasGroups = (layer: Linear): boolean => layer.kind === 'conv' && layer.groups !== undefined;

/** Units that nothing but nonlinearities reads: their patterns are of the inputs that open them. */
const isRectified = (layers: readonly Layer[], { name }: Layer): boolean => {
  const readers = layers.filter(({ from }) => from.includes(name));
  return readers.length > 0 && readers.every(({ kind }) => kind === 'activation');
};

/** Σ over images and places of x·g, for every place in a filter: the shape of the weights, its outputs those of g. */
function products(layer: Linear, x: Tensor, g: Tensor): Tensor {
  const [images, outputs] = g.shape as [number, number];
  if (layer.kind === 'conv')
    return conv2dFilterGrad(x, g, [outputs, x.shape[1]! / (layer.groups ?? 1), ...layer.kernel], {
      groups: layer.groups ?? 1,
      stride: layer.stride,
      pads: layer.pads,
    });
  const size = x.shape.slice(1).reduce((n, d) => n * d, 1);
  return matmul(reshape(g, [images, outputs]), reshape(x, [images, size]), { transposeA: true });
}

/** Sums of one layer over images and places: of what, by the names of a program's outputs. */
function sums(layer: Linear, x: Tensor, y: Tensor, rectified: boolean): Record<string, Tensor> {
  const of = (t: Tensor) => sum(t, [0, 2, 3]);
  if (!rectified) {
    const [images, , rows, columns] = y.shape as [number, number, number, number];
    // the same for all outputs, unless each has inputs of its own
    const outputs = hasGroups(layer) ? layer.shape[0] : 1;
    const everywhere = fill(1, [images, outputs, rows, columns]);
    return { y: of(y), xy: products(layer, x, y), x: products(layer, x, everywhere) };
  }
  const open = broadcast(where(greater(y, 0), 1, 0), y.shape);
  return {
    y: of(y),
    open: of(open),
    xy: products(layer, x, relu(y)),
    x: products(layer, x, open),
  };
}

/**
 * The pattern of one unit.
 * @param w its weights
 * @param xy Σ x·y, over the places that count
 * @param x Σ x over them
 * @param count how many they are
 * @param meanY mean of y over all places
 */
function patternOf(
  w: ArrayLike<number>,
  xy: Float64Array,
  x: Float64Array,
  count: number,
  meanY: number,
): Float64Array {
  if (count === 0) return xy.map(() => 0);
  const covariance = xy.map((v, i) => v / count - (x[i]! / count) * meanY);
  const along = covariance.reduce((total, c, i) => total + c * w[i]!, 0);
  return covariance.map((c) => c / (along === 0 ? 1 : along));
}

export interface PatternLearner {
  /** Takes images [n,3,H,W] in 0..255 into account, at most `imagesAtOnce`. */
  add(x: Float32Array, images: number): Promise<void>;
  /**
   * The patterns of what was added, by layer: a = cov₊(x,y)/(wᵀcov₊(x,y)), cov₊ = E[xy|y>0] − E[x|y>0]·E[y],
   * with y the unit's output including its bias; the plain covariance where no nonlinearity follows. A unit that never
   * was open has the pattern 0.
   */
  patterns(): Map<string, WeightTensor>;
  release(): Promise<void>;
}

/** A learner of the patterns of a network with its own nonlinearity. */
export function patternLearner(engine: Engine, bound: BoundNetwork): PatternLearner {
  const { network, linear } = bound;
  const layers = network.layers.filter(
    (layer): layer is Linear => layer.kind === 'conv' || layer.kind === 'dense',
  );
  const rectified = new Set(layers.filter((layer) => isRectified(network.layers, layer)));
  const programs = new Map<number, Promise<Executable>>();
  const totals = new Map<string, Float64Array>();
  const places = new Map<string, number>();

  const compile = (images: number): Promise<Executable> => {
    const x = input('x', [images, 3, network.height, network.width]);
    const values = outputsOf(bound, x, network.activation);
    const outputs = layers.flatMap((layer) =>
      Object.entries(
        sums(layer, values.get(layer.from[0]!)!, values.get(layer.name)!, rectified.has(layer)),
      ).map(([what, t]) => [`${layer.name} ${what}`, t] as const),
    );
    return engine.compile(program(Object.fromEntries(outputs)));
  };

  return {
    async add(x, images) {
      const held = programs.get(images) ?? compile(images);
      programs.set(images, held);
      for (const [name, part] of Object.entries(await (await held).run({ x }))) {
        const total = totals.get(name) ?? new Float64Array(part.length);
        for (let i = 0; i < part.length; i++) total[i]! += part[i]!;
        totals.set(name, total);
      }
      for (const { name, shape } of layers)
        places.set(name, (places.get(name) ?? 0) + images * shape[1] * shape[2]);
    },
    patterns: () =>
      new Map(
        layers.map((layer) => {
          const of = (what: string) => totals.get(`${layer.name} ${what}`)!;
          const { data, shape } = linear.get(layer.name)!.weight;
          const size = data.length / shape[0]!;
          const pattern = new Float32Array(data.length);
          const all = places.get(layer.name)!;
          for (let unit = 0; unit < shape[0]!; unit++) {
            const part = <T extends Float32Array | Float64Array>(numbers: T, at = unit) =>
              numbers.subarray(at * size, (at + 1) * size) as T;
            const [x, count] = rectified.has(layer)
              ? [part(of('x')), of('open')[unit]!]
              : [hasGroups(layer) ? part(of('x')) : of('x'), all];
            pattern.set(
              patternOf(part(data), part(of('xy')), x, count, of('y')[unit]! / all),
              unit * size,
            );
          }
          return [layer.name, { shape, data: pattern }];
        }),
      ),
    async release() {
      for (const executable of programs.values()) await (await executable).release();
      programs.clear();
    },
  };
}
