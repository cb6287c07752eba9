// Tests that need a WebGPU device: they are skipped, and it is said why, where none answers. It is asked in a process
// of its own, since a driver that fails may end the process.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe } from 'vitest';
import { toOnnx } from '../engine/onnx/emit.js';
import { input, neg, program } from '../graph/index.js';

const probe = `
  import * as ort from 'onnxruntime-node';
  const model = Buffer.from(process.argv[1], 'base64');
  const options = { executionProviders: ['webgpu'], logSeverityLevel: 4 };
  try {
    const session = await ort.InferenceSession.create(model, options);
    const x = new ort.Tensor('float32', Float32Array.of(1, 2), [2]);
    const { 'out.y': y } = await session.run({ 'in.x': x });
    if (y.data.join() !== '-1,-2') throw new Error('it computes −(1, 2) as ' + y.data);
    await session.release();
  } catch (error) {
    console.log(error.message.trim().split(' was false. ').at(-1));
  }
`;

/** Why no WebGPU device answers; empty where one does. */
async function whyNot(): Promise<string> {
  const model = Buffer.from(toOnnx(program({ y: neg(input('x', [2])) })).model).toString('base64');
  const run = promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', probe, model],
    { cwd: import.meta.dirname, timeout: 60_000 },
  );
  return run.then(
    ({ stdout }) => stdout.trim(),
    ({ code, signal }) => `the process ended with ${signal ?? code}`,
  );
}

const reason = await whyNot();
if (reason !== '') console.log(`Tests on WebGPU are skipped: ${reason}`);

/** `describe` for tests on a WebGPU device. */
export const describeOnWebgpu: typeof describe.skip = reason === '' ? describe : describe.skip;
