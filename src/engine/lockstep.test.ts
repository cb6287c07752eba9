// Tasks that share an engine against the same tasks alone, and what batches they make, seen by an engine that
// counts.
import { describe, expect, it } from 'vitest';
import { add, input, matmul, mul, program, reshape, sum, type Tensor } from '../graph/index.js';
import { values } from '../testing/cases.js';
import { float64Engine } from '../testing/float64.js';
import type { Engine, Executable, Held, Inputs } from './engine.js';
import { type Lockstep, lockstep } from './lockstep.js';
import { onnxEngine } from './onnx/onnx.js';

/** x ← x·x + W·y per image, and the sum of x. */
function programOf(images: number) {
  const x = input('x', [images, 2, 3]);
  const y = input('y', [images, 4]);
  const w: Tensor = input('w', [images, 4, 6]);
  const wy = reshape(matmul(reshape(y, [images, 1, 4]), w), [images, 2, 3]);
  return program({ next: add(mul(x, x), wy), total: sum(x, [1, 2]) });
}
const w = values([4, 6], 'w');
const given = (n: number) => ({ x: values([6], `x${n}`), y: values([4], `y${n}`), w });

/** An engine that tells the inputs of each batch, and how many results are held. */
function counting(engine: Engine = float64Engine) {
  const batches: Inputs[] = [];
  const state = { held: 0 };
  const counted: Engine = {
    ...engine,
    async compile(p) {
      const executable = await engine.compile(p);
      return {
        ...executable,
        async hold(inputs) {
          batches.push(inputs);
          const results = Object.entries(await executable.hold(inputs)).map(
            ([name, one]): [string, Held] => {
              state.held++;
              return [
                name,
                {
                  read: () => one.read(),
                  release() {
                    state.held--;
                    one.release();
                  },
                },
              ];
            },
          );
          return Object.fromEntries(results);
        },
      };
    },
  };
  return { engine: counted, batches, state };
}

/** Iterates x a number of times, with x left where it is computed. */
async function iterate(executable: Executable, n: number, steps: number) {
  const { y } = given(n);
  let x: Float32Array | Held = given(n).x;
  for (let i = 0; i < steps; i++) {
    const { next, total } = await executable.hold({ x, y, w });
    total!.release();
    if ('release' in x) x.release();
    x = next!;
  }
  const numbers = await (x as Held).read();
  (x as Held).release();
  return [...numbers];
}
const iterated = async ({ engine, together }: Lockstep, steps: readonly number[]) => {
  const executable = await engine.compile(programOf(engine.batch));
  const results = await together(steps.map((count, n) => () => iterate(executable, n, count)));
  await executable.release();
  return results;
};

describe('tasks together', () => {
  it.each([
    ['float64', float64Engine],
    ['ONNX Runtime', onnxEngine()],
  ])('compute what they compute alone, on %s', async (_, engine) => {
    const steps = [3, 3, 1, 4, 2, 3, 3];
    const alone = await iterated(lockstep(engine, 1), steps);
    for (const images of [2, 3, 7, 9])
      expect(await iterated(lockstep(engine, images), steps)).toEqual(alone);
  });

  it('wait for each other and for no one else', async () => {
    const { engine, batches } = counting();
    // the third ends after one step, and the first two are not held up by it
    await iterated(lockstep(engine, 3), [3, 3, 1]);
    expect(batches).toHaveLength(3);
  });

  it('hand a batch of results on without reading it, and free all', async () => {
    const { engine, batches, state } = counting();
    await iterated(lockstep(engine, 3), [4, 4, 4, 4]);
    expect(batches).toHaveLength(8);
    expect(batches.filter(({ x }) => 'read' in x!)).toHaveLength(6);
    expect(state.held).toBe(0);
  });

  it('may ask different programs at the same time', async () => {
    const { engine, batches } = counting();
    const { engine: shared, together } = lockstep(engine, 2);
    const [a, b] = await Promise.all([1, 2].map(() => shared.compile(programOf(2))));
    const results = await together([() => a!.run(given(0)), () => b!.run(given(1))]);
    expect(batches).toHaveLength(2);
    const alone = await float64Engine.compile(programOf(1));
    expect(results).toEqual([await alone.run(given(0)), await alone.run(given(1))]);
  });

  it('one image outside of any group runs at once', async () => {
    const { engine } = lockstep(float64Engine, 4);
    const executable = await engine.compile(programOf(4));
    const alone = await float64Engine.compile(programOf(1));
    expect(await executable.run(given(5))).toEqual(await alone.run(given(5)));
  });

  it('share the fault of a batch, and the next batch goes on', async () => {
    const { engine, together } = lockstep(float64Engine, 2);
    const executable = await engine.compile(programOf(2));
    const wrong = { ...given(1), y: new Float32Array(3) };
    const ask = (inputs: Inputs) => () => executable.run(inputs);
    await expect(together([ask(given(0)), ask(wrong)])).rejects.toThrow(
      'input y needs 4 numbers, got 3',
    );
    expect(await together([ask(given(0))])).toHaveLength(1);
  });

  it('that fail by themselves do not hold up the others', async () => {
    const { engine, together } = lockstep(float64Engine, 2);
    const executable = await engine.compile(programOf(2));
    let finished = 0;
    const fails = async () => {
      throw new Error('a mistake');
    };
    const works = async () => {
      await iterate(executable, 0, 5);
      finished++;
    };
    await expect(together([fails, works])).rejects.toThrow('a mistake');
    expect(finished).toBe(1);
  });
});
