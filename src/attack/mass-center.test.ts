import { describe, expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { gradient, input, program, sum } from '../graph/index.js';
import { expectClose } from '../testing/float64.js';
import { prefixed, referenceInputs } from './director.js';
import { massCenterDissimilarity } from './mass-center.js';
import { dissimilarityOf, HEIGHT, mapOf, WIDTH } from './testing/maps.js';

const dissimilarity = massCenterDissimilarity();

function centerTwin(map: Float32Array): [number, number] {
  let [row, column] = [0, 0];
  map.forEach((v, i) => {
    row += v * Math.floor(i / WIDTH);
    column += v * (i % WIDTH);
  });
  return [row, column];
}

/** Two pixels that share the mass so that the center stands at the given row and column. */
function centeredAt(row: number, column: number): Float32Array {
  const map = new Float32Array(HEIGHT * WIDTH);
  const [top, left] = [Math.floor(row), Math.floor(column)];
  for (const [di, dj] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ] as const) {
    const share = (di ? row - top : 1 + top - row) * (dj ? column - left : 1 + left - column);
    if (share > 0) map[(top + di) * WIDTH + left + dj] = share;
  }
  return map;
}

describe('the dissimilarity of mass-center', () => {
  it('is the distance in pixels between the centers of mass', () => {
    const [maps, cleans] = [
      [mapOf('a'), mapOf('b')],
      [mapOf('c'), mapOf('d')],
    ];
    const distance = (n: number) => {
      const [[r, c], [r0, c0]] = [centerTwin(maps[n]!), centerTwin(cleans[n]!)];
      return Math.hypot(r - r0, c - c0);
    };
    expect(dissimilarityOf(dissimilarity, maps, cleans)).toBeCloseTo(distance(0) + distance(1), 6);
  });
});

describe('a direction measures from', () => {
  const from = (row: number, column: number, step: number) =>
    dissimilarity.surrogate!(centeredAt(row, column), HEIGHT, WIDTH, step).center!;

  it.each([
    [1.25, 2.5],
    [0.75, 2],
    [3, 1.002],
  ])('the truncated center (%f, %f) at the first step, the center itself later', (row, column) => {
    expect([...from(row, column, 0)]).toEqual([Math.floor(row), Math.floor(column)]);
    for (const step of [1, 2, 50]) expectClose(from(row, column, step), [row, column], 1e-6);
  });

  it.each([
    [2, 1],
    [2.0009, 1.0009],
  ])(
    'a point at the first step that gives ∇(row + column), where the center is (%f, %f)',
    (row, column) => {
      const map = input('map', [1, 1, HEIGHT, WIDTH]);
      const value = dissimilarity.of(map, referenceInputs(dissimilarity, 1, HEIGHT, WIDTH));
      const { slope } = interpret(program({ slope: gradient(value, [map])[0]! }), {
        ...prefixed({ center: from(row, column, 0) }),
        map: centeredAt(row, column),
      });
      // the derivative of row + column in each pixel of a map
      const sums = slope!.map((_, i) => Math.floor(i / WIDTH) + (i % WIDTH));
      const factor = slope![1]!;
      expect(factor).toBeGreaterThan(0);
      expectClose(
        slope!,
        sums.map((s) => s * factor),
        1e-5,
      );
    },
  );
});

describe('truncated', () => {
  const truncated = massCenterDissimilarity({ truncated: true });
  const scores = new Float32Array();

  it('measures at every step from the point that shifts are measured from', () => {
    // the same references report and direct
    expect(truncated.surrogate).toBeUndefined();
    expect(truncated.clean(mapOf('a'), HEIGHT, WIDTH, { center: [2, 1], scores })).toEqual({
      center: Float32Array.of(2, 1),
    });
  });

  it('has a gradient at the clean image, towards what raises the fractions', () => {
    const clean = centeredAt(1.25, 2.5);
    const map = input('map', [1, 1, HEIGHT, WIDTH]);
    const references = referenceInputs(truncated, 1, HEIGHT, WIDTH);
    const { d, slope } = interpret(
      program({
        d: truncated.of(map, references),
        slope: gradient(sum(truncated.of(map, references)), [map])[0]!,
      }),
      {
        ...prefixed(truncated.clean(clean, HEIGHT, WIDTH, { center: [1, 2], scores })),
        map: clean,
      },
    );
    expect(d![0]).toBeCloseTo(Math.hypot(0.25, 0.5), 6);
    const length = Math.hypot(0.25, 0.5);
    expectClose(
      slope!,
      slope!.map((_, i) => (0.25 * Math.floor(i / WIDTH) + 0.5 * (i % WIDTH)) / length),
      1e-6,
    );
  });
});
