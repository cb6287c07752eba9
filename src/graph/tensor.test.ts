// Shape inference: what every primitive gives, and which operands it refuses, in which words.
import { describe, expect, it } from 'vitest';
import * as g from './ops.js';
import type { Shape, Window } from './shape.js';
import { type Conv, type Kind, make, primitives, type Tensor, topological } from './tensor.js';

const x = (...shape: number[]) => g.input('x', shape);
const slide: Window = { kernel: [3, 2], stride: [2, 1], pads: [1, 0, 0, 1] };
const plain: Window = { kernel: [2, 2], stride: [1, 1], pads: [0, 0, 0, 0] };
const truth = g.greater(x(2, 3), 0);
const index = g.maxPoolIndex(x(2, 3, 6, 5), slide);

describe('infers', () => {
  const elementwise = [
    g.neg,
    g.exp,
    g.log,
    g.sqrt,
    g.abs,
    g.sign,
    g.relu,
    g.sigmoid,
    g.softplus,
    g.detach,
  ];
  const spreading = [g.add, g.sub, g.mul, g.div, g.gate];
  interface Good {
    readonly tensor: Tensor;
    readonly shape: Shape;
    readonly kind?: Kind;
  }
  const good: readonly Good[] = [
    { tensor: x(2, 3), shape: [2, 3] },
    { tensor: g.constant(new Float32Array(6), [3, 2]), shape: [3, 2] },
    { tensor: g.fill(7), shape: [] },
    { tensor: g.fill(7, [2, 2]), shape: [2, 2] },
    ...elementwise.map((f) => ({ tensor: f(x(2, 3)), shape: [2, 3] })),
    ...spreading.map((f) => ({ tensor: f(x(2, 1, 4), x(3, 1)), shape: [2, 3, 4] })),
    { tensor: g.greater(x(2, 1), x(3)), shape: [2, 3], kind: 'bool' },
    { tensor: g.where(truth, x(4, 1, 1), 0), shape: [4, 2, 3] },
    { tensor: g.sum(x(2, 3, 4), [0, 2]), shape: [1, 3, 1] },
    { tensor: g.sum(x(2, 3, 4)), shape: [1, 1, 1] },
    { tensor: g.broadcast(x(3), [2, 3]), shape: [2, 3] },
    { tensor: g.reshape(x(2, 6), [3, 1, 4]), shape: [3, 1, 4] },
    { tensor: g.reshape(x(1, 1), []), shape: [] },
    { tensor: g.transpose(x(2, 3, 4), [2, 0, 1]), shape: [4, 2, 3] },
    { tensor: g.concat([x(2, 1), x(2, 3), x(2, 1)], 1), shape: [2, 5] },
    { tensor: g.slice(x(5, 7), [1, 0], [5, 7], [2, 3]), shape: [2, 3] },
    { tensor: g.embed(x(2, 3), [1, 0], [3, 2], [5, 5]), shape: [5, 5] },
    { tensor: g.matmul(x(2, 3), x(3, 5)), shape: [2, 5] },
    { tensor: g.matmul(x(3, 2), x(5, 3), { transposeA: true, transposeB: true }), shape: [2, 5] },
    { tensor: g.matmul(x(7, 2, 3), x(7, 5, 3), { transposeB: true }), shape: [7, 2, 5] },
    { tensor: g.conv2d(x(2, 3, 6, 5), x(4, 3, 3, 2), x(4), slide), shape: [2, 4, 3, 5] },
    {
      tensor: g.conv2dInputGrad(x(2, 4, 3, 5), x(4, 3, 3, 2), [2, 3, 6, 5], slide),
      shape: [2, 3, 6, 5],
    },
    {
      tensor: g.conv2dFilterGrad(x(2, 3, 6, 5), x(2, 4, 3, 5), [4, 3, 3, 2], slide),
      shape: [4, 3, 3, 2],
    },
    {
      tensor: g.conv2d(x(2, 4, 6, 5), x(6, 2, 3, 2), undefined, { ...slide, groups: 2 }),
      shape: [2, 6, 3, 5],
    },
    { tensor: g.erf(x(2, 3)), shape: [2, 3] },
    { tensor: g.maxPool(x(2, 3, 6, 5), slide), shape: [2, 3, 3, 5] },
    { tensor: index, shape: [2, 3, 3, 5], kind: 'index' },
    { tensor: g.gatherPlane(x(2, 3, 9, 9), index), shape: [2, 3, 3, 5] },
    { tensor: g.scatterPlane(x(2, 3, 3, 5), index, 6, 5), shape: [2, 3, 6, 5] },
    { tensor: g.averagePool(x(2, 3, 6, 5), slide), shape: [2, 3, 3, 5] },
    {
      tensor: g.averagePoolInputGrad(x(2, 3, 3, 5), [2, 3, 6, 5], slide),
      shape: [2, 3, 6, 5],
    },
  ];

  it.each(good)('$tensor.op: $shape', ({ tensor, shape, kind = 'real' }) => {
    expect(tensor.shape).toEqual(shape);
    expect(tensor.kind).toBe(kind);
  });

  it('every primitive', () => {
    expect([...new Set(good.map(({ tensor }) => tensor.op))].sort()).toEqual(
      [...primitives].sort(),
    );
  });
});

describe('refuses with the name and the shapes', () => {
  const conv = (image: Shape, filters: Shape, bias?: Shape, window: Partial<Window & Conv> = {}) =>
    g.conv2d(x(...image), x(...filters), bias && x(...bias), { ...plain, ...window });
  const pool = (window: Partial<Window>) => g.maxPool(x(1, 1, 4, 4), { ...plain, ...window });

  it.each<[string, () => Tensor, string]>([
    ['an empty axis', () => x(2, 0), 'input() to [2,0]: sizes must be positive whole numbers'],
    ['half an element', () => x(1.5), 'input() to [1.5]: sizes must be positive whole numbers'],
    [
      'too few numbers',
      () => g.constant(new Float32Array(5), [2, 3]),
      'constant() to [2,3]: 5 numbers do not fill the shape',
    ],
    ['operands', () => g.add(x(2, 3), x(2)), 'add([2,3], [2]): shapes do not broadcast'],
    ['compared operands', () => g.greater(x(3), x(2)), 'greater([3], [2]): shapes do not'],
    [
      'branches',
      () => g.where(truth, x(2, 1), x(4)),
      'where([2,3], [2,1], [4]): shapes do not broadcast',
    ],
    [
      'a condition of numbers',
      () => g.where(x(2), 1, 0),
      'where([2], [], []): operand 1 holds real elements, bool ones are needed',
    ],
    [
      'arithmetic with truth values',
      () => g.mul(2, truth),
      'mul([], [2,3]): operand 2 holds bool elements, real ones are needed',
    ],
    [
      'arithmetic with indices',
      () => g.sum(index),
      'sum([2,3,3,5]): operand 1 holds index elements, real ones are needed',
    ],
    ['an axis that is not there', () => g.sum(x(2, 3), [2]), 'sum([2,3]): an axis does not exist'],
    ['an axis from behind', () => g.sum(x(2, 3), [-1]), 'sum([2,3]): an axis does not exist'],
    ['an axis that comes twice', () => g.sum(x(2, 3), [0, 0]), 'sum([2,3]): an axis does not'],
    [
      'a target that is smaller',
      () => g.broadcast(x(2, 3), [3]),
      'broadcast([2,3]) to [3]: the operand does not broadcast to it',
    ],
    [
      'a target with a one where the operand has more',
      () => g.broadcast(x(2, 3), [2, 1]),
      'broadcast([2,3]) to [2,1]: the operand does not broadcast to it',
    ],
    [
      'another number of elements',
      () => g.reshape(x(2, 3), [4, 2]),
      'reshape([2,3]) to [4,2]: the number of elements differs',
    ],
    [
      'negative sizes whose product fits',
      () => g.reshape(x(2, 3), [-2, -3]),
      'reshape([2,3]) to [-2,-3]: sizes must be positive whole numbers',
    ],
    ['an axis named twice', () => g.transpose(x(2, 3), [0, 0]), 'transpose([2,3]): not a perm'],
    [
      'too short a permutation',
      () => g.transpose(x(2, 3), [0]),
      'transpose([2,3]): the permutation has another rank',
    ],
    ['no parts', () => g.concat([], 0), 'concat(): the axis does not exist'],
    [
      'an axis beyond the parts',
      () => g.concat([x(2, 3), x(2, 3)], 2),
      'concat([2,3], [2,3]): the axis does not exist',
    ],
    [
      'parts that differ',
      () => g.concat([x(2, 3), x(3, 3)], 1),
      'concat([2,3], [3,3]): parts differ off the axis',
    ],
    [
      'parts of other ranks',
      () => g.concat([x(2, 3), x(2)], 0),
      'concat([2,3], [2]): parts differ off the axis',
    ],
    [
      'too few starts',
      () => g.slice(x(4, 4), [0], [4, 4]),
      'slice([4,4]): one start, end and step per axis',
    ],
    ['an end outside', () => g.slice(x(4), [0], [5]), 'slice([4]): out of range'],
    ['an empty slice', () => g.slice(x(4), [2], [2]), 'slice([4]): out of range'],
    ['a slice backwards', () => g.slice(x(4), [0], [4], [-1]), 'slice([4]): out of range'],
    [
      'too few steps',
      () => g.embed(x(2), [0], [], [4]),
      'embed([2]) to [4]: one start, step and size per axis',
    ],
    ['a last place outside', () => g.embed(x(3), [0], [2], [4]), 'embed([3]) to [4]: out of range'],
    ['places backwards', () => g.embed(x(2), [3], [-1], [4]), 'embed([2]) to [4]: out of range'],
    ['one place for all', () => g.embed(x(3), [0], [0], [4]), 'embed([3]) to [4]: out of range'],
    ['inner sizes', () => g.matmul(x(2, 3), x(2, 3)), 'matmul([2,3], [2,3]): inner sizes differ'],
    [
      'inner sizes once transposed',
      () => g.matmul(x(2, 3), x(3, 4), { transposeA: true }),
      'matmul([2,3], [3,4]): inner sizes differ',
    ],
    ['batches', () => g.matmul(x(2, 3, 4), x(3, 4, 5)), 'matmul([2,3,4], [3,4,5]): batches differ'],
    [
      'a matrix and a vector',
      () => g.matmul(x(2, 3), x(3)),
      'matmul([2,3], [3]): both of rank 2, or both of rank 3',
    ],
    [
      'other channels',
      () => conv([1, 3, 8, 8], [4, 2, 3, 3]),
      'conv2d([1,3,8,8], [4,2,3,3]): input channels differ',
    ],
    [
      'groups that channels are not of',
      () => conv([1, 4, 8, 8], [4, 4, 3, 3], undefined, { groups: 2 }),
      'conv2d([1,4,8,8], [4,4,3,3]): input channels differ',
    ],
    [
      'groups of unequal size',
      () => conv([1, 4, 8, 8], [3, 2, 3, 3], undefined, { groups: 2 }),
      'conv2d([1,4,8,8], [3,2,3,3]): output channels are not 2 equal groups',
    ],
    ['a flat image', () => conv([3, 8, 8], [4, 3, 3, 3]), 'conv2d([3,8,8], [4,3,3,3]): a tensor'],
    [
      'a bias of another length',
      () => conv([1, 3, 8, 8], [4, 3, 3, 3], [3]),
      'conv2d([1,3,8,8], [4,3,3,3], [3]): the bias must have one number per output channel',
    ],
    [
      'filters larger than the image',
      () => conv([1, 3, 8, 8], [4, 3, 9, 3]),
      'conv2d([1,3,8,8], [4,3,9,3]): the window is larger than the plane',
    ],
    [
      'padding that cuts',
      () => conv([1, 3, 8, 8], [4, 3, 3, 3], undefined, { pads: [0, 0, -1, 0] }),
      'conv2d([1,3,8,8], [4,3,3,3]): padding cannot be negative',
    ],
    [
      'steps of nothing',
      () => conv([1, 3, 8, 8], [4, 3, 3, 3], undefined, { stride: [0, 1] }),
      'conv2d([1,3,8,8], [4,3,3,3]): sizes must be positive whole numbers, not [1,4,Infinity,6]',
    ],
    [
      'an image that would convolve to another size',
      () => g.conv2dInputGrad(x(2, 4, 3, 5), x(4, 3, 3, 2), [2, 3, 9, 5], slide),
      'conv2dInputGrad([2,4,3,5], [4,3,3,2]) to [2,3,9,5]: the convolution of that has another',
    ],
    [
      'an image of another batch',
      () => g.conv2dInputGrad(x(2, 4, 3, 5), x(4, 3, 3, 2), [1, 3, 6, 5], slide),
      'conv2dInputGrad([2,4,3,5], [4,3,3,2]) to [1,3,6,5]: the convolution of that has another',
    ],
    [
      'filters of another size',
      () => g.conv2dFilterGrad(x(2, 3, 6, 5), x(2, 4, 3, 5), [4, 3, 3, 3], slide),
      'conv2dFilterGrad([2,3,6,5], [2,4,3,5]) to [4,3,3,3]: the convolution with that has another',
    ],
    [
      'filters of other outputs',
      () => g.conv2dFilterGrad(x(2, 3, 6, 5), x(2, 4, 3, 5), [5, 3, 3, 2], slide),
      'conv2dFilterGrad([2,3,6,5], [2,4,3,5]) to [5,3,3,2]: the convolution with that has another',
    ],
    [
      'a window larger than the plane',
      () => pool({ kernel: [5, 1] }),
      'maxPool([1,1,4,4]): the window is larger than the plane',
    ],
    [
      'padding as wide as the window',
      () => pool({ kernel: [3, 2], pads: [0, 2, 0, 0] }),
      'maxPool([1,1,4,4]): a window could lie in the padding alone',
    ],
    ['a vector', () => g.maxPool(x(4), plain), 'maxPool([4]): a tensor of rank 4 is needed'],
    [
      'numbers for indices',
      () => g.gatherPlane(x(2, 3, 6, 5), x(2, 3, 3, 5)),
      'gatherPlane([2,3,6,5], [2,3,3,5]): operand 2 holds real elements, index ones are needed',
    ],
    [
      'planes of another batch',
      () => g.gatherPlane(x(1, 3, 6, 5), index),
      'gatherPlane([1,3,6,5], [2,3,3,5]): planes differ',
    ],
    [
      'more values than indices',
      () => g.scatterPlane(x(2, 3, 4, 5), index, 6, 5),
      'scatterPlane([2,3,4,5], [2,3,3,5]): one index per value',
    ],
    [
      'an image whose average pool has another size',
      () => g.averagePoolInputGrad(x(2, 3, 3, 4), [2, 3, 6, 5], slide),
      'averagePoolInputGrad([2,3,3,4]) to [2,3,6,5]: the average pool of that has another shape',
    ],
  ])('%s', (_, build, message) => {
    expect(build).toThrow(message);
  });

  it('but lets errors that are not about shapes through as they are', () => {
    expect(() => make('transpose', [x(2)], {} as never)).toThrow(TypeError);
  });
});

describe('topological order', () => {
  const a = x(2);
  const b = g.exp(a);
  const c = g.mul(b, a);

  it('puts every node once, after its inputs, and leaves out what nothing depends on', () => {
    g.neg(c);
    expect(topological([c, b, c])).toEqual([a, b, c]);
  });

  it('takes chains that are deeper than the stack of calls', () => {
    let deep: Tensor = a;
    for (let i = 0; i < 50_000; i++) deep = make('neg', [deep], {});
    expect(topological([deep])).toHaveLength(50_001);
  });
});
