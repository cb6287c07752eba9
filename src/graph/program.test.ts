// Programs: what closes into one, how it reads as text, and what it costs, counted by hand.
import { describe, expect, it } from 'vitest';
import { gradient } from './derivative.js';
import * as g from './ops.js';
import { flopsOf, memoryOf, print, program } from './program.js';
import type { Shape, Window } from './shape.js';
import type { Tensor } from './tensor.js';

describe('closing', () => {
  it('keeps the inputs that the outputs depend on, and no others', () => {
    const [x, y] = [g.input('x', [2]), g.input('y', [2])];
    const { inputs, outputs } = program({ twice: g.mul(x, 2), none: g.mul(y, 0) });
    expect(inputs.map((t) => t.attrs.name)).toEqual(['x']);
    expect(Object.keys(outputs)).toEqual(['twice', 'none']);
  });

  it('refuses two inputs of one name but of two shapes', () => {
    const y = g.add(g.input('x', [2]), g.sum(g.input('x', [3])));
    expect(() => program({ y })).toThrow('two inputs of a program are named x');
  });

  it('takes two inputs of one name and one shape for the same', () => {
    const { inputs } = program({ y: g.add(g.input('x', [2]), g.exp(g.input('x', [2]))) });
    expect(inputs).toHaveLength(1);
  });

  it.each([
    ['bool', g.greater(g.input('x', [2]), 0)],
    [
      'index',
      g.maxPoolIndex(g.input('x', [1, 1, 2, 2]), {
        kernel: [2, 2],
        stride: [1, 1],
        pads: [0, 0, 0, 0],
      }),
    ],
  ])('refuses an output of %s elements', (kind, y) => {
    expect(() => program({ y })).toThrow(`output y of a program holds ${kind} elements`);
  });
});

/** A network of one layer of each kind, a score and its derivative. */
function network() {
  const image = g.input('image', [1, 1, 5, 5]);
  const filters = g.constant(new Float32Array(18).fill(1), [2, 1, 3, 3], 'filters');
  const a = g.relu(g.conv2d(image, filters, undefined, { stride: [2, 1], pads: [1, 0, 0, 0] }));
  const pooled = g.maxPool(a, { kernel: [2, 3], stride: [2, 1], pads: [0, 0, 0, 0] });
  const dense = g.constant(new Float32Array(6), [3, 2]);
  const scores = g.matmul(g.reshape(pooled, [1, 2]), dense, { transposeB: true });
  const score = g.sum(g.mul(scores, g.input('target', [1, 3])));
  return { scores, slope: gradient(score, [image])[0]! };
}

describe('printing', () => {
  it('shows one node a line with its operands, attributes and shape', () => {
    expect(print(program(network()))).toBe(
      `
%0 = input image : [1,1,5,5]
%1 = constant filters : [2,1,3,3]
%2 = conv2d %0, %1 stride=[2,1] pads=[1,0,0,0] : [1,2,2,3]
%3 = relu %2 : [1,2,2,3]
%4 = maxPool %3 kernel=[2,3] stride=[2,1] pads=[0,0,0,0] : [1,2,1,1]
%5 = reshape %4 : [1,2]
%6 = constant : [3,2]
%7 = matmul %5, %6 transposeB=true : [1,3]
%8 = fill 0 : []
%9 = greater %3, %8 : [1,2,2,3]
%10 = input target : [1,3]
%11 = matmul %10, %6 : [1,2]
%12 = reshape %11 : [1,2,1,1]
%13 = maxPoolIndex %3 kernel=[2,3] stride=[2,1] pads=[0,0,0,0] : [1,2,1,1]
%14 = scatterPlane %12, %13 height=2 width=3 : [1,2,2,3]
%15 = where %9, %14, %8 : [1,2,2,3]
%16 = conv2dInputGrad %15, %1 stride=[2,1] pads=[1,0,0,0] : [1,1,5,5]
return scores = %7, slope = %16
`.trim(),
    );
  });

  it('does not depend on what was built before, or in which order windows name their parts', () => {
    const x = g.input('x', [1, 1, 4, 4]);
    const one = print(
      program({ y: g.maxPool(x, { kernel: [2, 2], stride: [1, 1], pads: [0, 0, 0, 0] }) }),
    );
    network();
    const again = g.input('x', [1, 1, 4, 4]);
    const two = print(
      program({ y: g.maxPool(again, { pads: [0, 0, 0, 0], stride: [1, 1], kernel: [2, 2] }) }),
    );
    expect(two).toBe(one);
  });

  it('names every tensor once, before it is used', () => {
    const lines = print(program(network())).split('\n');
    const named = new Set<string>();
    for (const line of lines.slice(0, -1)) {
      const [name, ...operands] = line.match(/%\d+/g)!;
      expect(named).not.toContain(name);
      for (const operand of operands) expect(named).toContain(operand);
      named.add(name);
    }
    expect(named.size).toBe(lines.length - 1);
  });
});

describe('floating-point operations, a multiply-add counted as two', () => {
  const x = (...shape: number[]) => g.input(`x${shape}`, shape);
  const same = { stride: [1, 1], pads: [1, 1, 1, 1] } as const;
  const strided = { stride: [2, 2], pads: [0, 0, 0, 0] } as const;
  const wide = g.conv2dInputGrad(x(2, 16, 3, 3), x(16, 3, 3, 3), [2, 3, 8, 8], strided);
  const conv = (image: Shape, options: Pick<Window, 'stride' | 'pads'>) =>
    g.conv2d(x(...image), x(16, 3, 3, 3), undefined, options);
  it.each<[string, Tensor, number]>([
    ['16 filters of 27 weights at 8·8 places', conv([1, 3, 8, 8], same), 2 * 16 * 27 * 64],
    ['two images, 3·3 places each', conv([2, 3, 8, 8], strided), 2 * 2 * 16 * 27 * 9],
    ['the adjoint in the image, as much', wide, 2 * 2 * 16 * 27 * 9],
    [
      'the adjoint in the filters, as much',
      g.conv2dFilterGrad(x(2, 3, 8, 8), x(2, 16, 3, 3), [16, 3, 3, 3], strided),
      2 * 2 * 16 * 27 * 9,
    ],
    ['a dense layer, 10 to 5, of 2 images', g.matmul(x(2, 10), x(10, 5)), 2 * 2 * 10 * 5],
    [
      'the same with its weights the other way round',
      g.matmul(x(2, 10), x(5, 10), { transposeB: true }),
      2 * 2 * 10 * 5,
    ],
    ['with the images across', g.matmul(x(10, 2), x(10, 5), { transposeA: true }), 2 * 2 * 10 * 5],
    ['7 products at once', g.matmul(x(7, 2, 3), x(7, 3, 5)), 2 * 7 * 2 * 3 * 5],
    ['elementwise work does not count', g.exp(g.mul(x(8), x(8))), 0],
    [
      'twice the same counts once',
      g.add(conv([1, 3, 8, 8], same), conv([1, 3, 8, 8], same)),
      2 * 16 * 27 * 64,
    ],
  ])('%s', (_, y, flops) => {
    expect(flopsOf(program({ y }))).toBe(flops);
  });
});

describe('memory', () => {
  it('is what is alive at one time, and the constants by themselves', () => {
    const x = g.input('x', [100]);
    const c = g.constant(new Float32Array(100).fill(2), [100]);
    // x, its square and the exponential of that: the last two are alive together with nothing else
    const chain = g.exp(g.mul(g.mul(x, x), c));
    expect(memoryOf(program({ chain }))).toEqual({ constants: 400, live: 800 });
    // the first is kept for the end, beside every later one and its input
    const kept = g.add(g.exp(g.exp(x)), g.exp(x));
    expect(memoryOf(program({ kept }))).toEqual({ constants: 0, live: 1200 });
    expect(memoryOf(program({ chain, kept, x }))).toEqual({ constants: 400, live: 2000 });
  });
});
