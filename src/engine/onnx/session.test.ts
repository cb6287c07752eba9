// Devices that are not there, and devices that lack an operator.
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../errors.js';
import { add, exp, input, neg, program, sign } from '../../graph/index.js';
import { describeOnWebgpu } from '../../testing/webgpu.js';
import { OutOfMemory } from '../engine.js';
import { toOnnx } from './emit.js';
import { onnxEngine } from './onnx.js';
import { deviceError, openSession } from './session.js';

const runtime = path.dirname(
  createRequire(import.meta.url).resolve('onnxruntime-node/package.json'),
);
const cudaProvider = path.join(
  runtime,
  `bin/napi-v6/${process.platform}/${process.arch}/libonnxruntime_providers_cuda.so`,
);
const linux = process.platform === 'linux';

describe('a device that is not there', () => {
  it.skipIf(!linux)('is told with what WebGPU needs', async () => {
    const root = path.join(import.meta.dirname, '../../..');
    const program = `
      import { onnxEngine } from '${root}/dist/engine/onnx/onnx.js';
      import { input, neg, program } from '${root}/dist/graph/index.js';
      const compiled = onnxEngine({ device: 'webgpu' }).compile(program({ y: neg(input('x', [2])) }));
      await compiled.catch((error) => console.log(error.name + ': ' + error.message));
    `;
    const none = '/nonexistent.json';
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { env: { ...process.env, VK_DRIVER_FILES: none, VK_ICD_FILENAMES: none } },
    );
    expect(stdout.trim()).toMatch(/^UserError: device webgpu needs a GPU and its driver: .*Vulkan/);
  });

  it.skipIf(!linux || existsSync(cudaProvider))('is told with what CUDA needs', async () => {
    const compiled = onnxEngine({ device: 'cuda' }).compile(program({ y: neg(input('x', [2])) }));
    const error: unknown = await compiled.catch((e) => e);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toMatch(/^device cuda needs an NVIDIA GPU, CUDA 12/);
    expect((error as UserError).cause).toBeInstanceOf(Error);
  });
});

describe('what ONNX Runtime says', () => {
  it.each([
    ['cpu', 'bfc_arena.cc:360 Failed to allocate memory for requested buffer of size 31457280000'],
    [
      'webgpu',
      'WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous',
    ],
    ['webgpu', 'was false. Too many storage buffers in shader. Current: 24, Max is 16'],
    [
      'webgpu',
      'Non-zero status code returned while running Add node. Status Message: narrowing_error',
    ],
    ['cuda', 'CUDA failure 2: out of memory ; GPU=0 ; hostname=host'],
  ] as const)('of memory on %s is understood: %s', (device, message) => {
    expect(deviceError(new Error(message), device)).toBeInstanceOf(OutOfMemory);
  });

  it('of anything else is left as it is', () => {
    const error = new Error('Invalid rank for input: in.x Got: 1 Expected: 2');
    expect(deviceError(error, 'webgpu')).toBe(error);
  });
});

describeOnWebgpu('an operator that WebGPU lacks', () => {
  it('runs on the CPU and is named, once', async () => {
    const x = input('x', [3]);
    const model = toOnnx(program({ y: sign(exp(x)), z: exp(add(sign(x), 1)) }), 'cpu');
    for (const results of ['cpu', 'device'] as const) {
      const opened = await openSession(model, { device: 'webgpu', results });
      expect(opened.fallenBack).toEqual(['Sign']);
      await opened.session.release();
    }
  });
});
