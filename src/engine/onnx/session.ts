// Opens sessions of ONNX Runtime on a device, finds out which operators the device left to the CPU, and puts
// what can go wrong with a device into words.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as ort from 'onnxruntime-node';
import { messageOf, UserError } from '../../errors.js';
import { sizeOf } from '../../graph/shape.js';
import { OutOfMemory } from '../engine.js';
import type { Device } from './forms.js';
import type { EncodedModel } from './proto.js';

// errors are thrown, so that they need not be written to the terminal as well
ort.env.logLevel = 'fatal';
const logSeverityLevel = 4;

type Options = ort.InferenceSession.SessionOptions;

/** What must be there for a device, and how ONNX Runtime says that it is not. */
const needs: { readonly [D in Device]?: { readonly missing: RegExp; readonly what: string } } = {
  webgpu: {
    missing: /Failed to get a WebGPU (adapter|device)/,
    what: 'a GPU and its driver: on Linux the Vulkan loader (libvulkan1) and the Vulkan driver of the GPU (mesa-vulkan-drivers, or NVIDIA’s)',
  },
  cuda: {
    missing: /Failed to load shared library|CUDA failure (3|35|100|803)\b/,
    what: 'an NVIDIA GPU, CUDA 12, cuDNN 9 and ONNX Runtime’s CUDA provider (ONNXRUNTIME_NODE_INSTALL=cuda12 node node_modules/onnxruntime-node/script/install.js)',
  },
};

/**
 * How allocations fail: in the CPU's arena and CUDA's; in CUDA and cuDNN themselves; in WebGPU, where a buffer that
 * could not be made is found invalid when it is used, and a tensor may take more bindings than a shader has or more
 * elements than it counts.
 */
const outOfMemory = new RegExp(
  [
    'Failed to allocate memory|bad_alloc',
    'out of memory|ALLOC_FAILED',
    'Invalid Buffer|max buffer size limit|Too many storage buffers|narrowing_error',
  ].join('|'),
  'i',
);

/** What ONNX Runtime threw, as an error that says what to do about it. */
export function deviceError(error: unknown, device: Device): unknown {
  const message = messageOf(error);
  const need = needs[device];
  if (need?.missing.test(message))
    return new UserError(`device ${device} needs ${need.what}`, { cause: error });
  if (outOfMemory.test(message))
    return new OutOfMemory(`device ${device} has too little memory`, { cause: error });
  return error;
}

/** The result of work on a device, with errors that say what to do about them. */
export const guarded = <T>(device: Device, work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw deviceError(error, device);
  });

const FALLBACK = /fallback to CPU EP has been explicitly disabled/;

const create = ({ model, external }: EncodedModel, options: Options) =>
  ort.InferenceSession.create(model, { ...options, externalData: external });

/** The operators that run on the CPU, from the profile of one run on zeros. */
async function operatorsOnCpu(model: EncodedModel, options: Options): Promise<string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'fragile-'));
  try {
    const profiled = { enableProfiling: true, profileFilePrefix: path.join(folder, 'profile') };
    const session = await create(model, { ...options, ...profiled });
    const zeros = session.inputMetadata.map((input) => {
      const shape = (input as ort.InferenceSession.TensorValueMetadata).shape as readonly number[];
      return [input.name, new ort.Tensor('float32', new Float32Array(sizeOf(shape)), shape)];
    });
    try {
      const results = await session.run(Object.fromEntries(zeros));
      for (const tensor of Object.values(results)) tensor.dispose();
      session.endProfiling();
    } finally {
      await session.release();
    }
    const [file] = await readdir(folder);
    const events = JSON.parse(await readFile(path.join(folder, file!), 'utf8')) as {
      readonly args?: { readonly provider?: string; readonly op_name?: string };
    }[];
    const onCpu = events.filter(({ args }) => args?.provider === 'CPUExecutionProvider');
    return [...new Set(onCpu.map(({ args }) => args!.op_name!))].sort();
  } finally {
    await rm(folder, { recursive: true });
  }
}

export interface Opened {
  readonly session: ort.InferenceSession;
  /** The operators that the device left to the CPU. */
  readonly fallenBack: readonly string[];
}

/**
 * Opens a session for a model.
 * Throws a UserError where the device is not there, and OutOfMemory.
 * @param threads threads within one operator on the CPU (default 1)
 * @param results where they are left: on the device, if ONNX Runtime can (with WebGPU), or brought to the CPU
 */
export async function openSession(
  model: EncodedModel,
  {
    device,
    threads = 1,
    results,
  }: { readonly device: Device; readonly threads?: number; readonly results: 'device' | 'cpu' },
): Promise<Opened> {
  // else CUDA's libraries, which read this when they are loaded, round factors to ten bits (TF32)
  if (device === 'cuda') process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  // laid out anew for every product, VGG-16's matrices take 1 GB more and save no time
  const settings = model.largeMatrix ? { disable_prepacking: '1' } : {};
  const options: Options = {
    executionProviders: [device],
    extra: { session: settings },
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    // planning one block for all tensors costs a third more memory here and saves no time
    enableMemPattern: false,
    logSeverityLevel,
    ...(device === 'webgpu' && results === 'device'
      ? { preferredOutputLocation: 'gpu-buffer' as const }
      : {}),
  };
  try {
    if (device === 'cpu') return { session: await create(model, options), fallenBack: [] };
    const strict = { extra: { session: { ...settings, disable_cpu_ep_fallback: '1' } } };
    try {
      return { session: await create(model, { ...options, ...strict }), fallenBack: [] };
    } catch (error) {
      if (!FALLBACK.test(messageOf(error))) throw error;
      const fallenBack = await operatorsOnCpu(model, options);
      return { session: await create(model, options), fallenBack };
    }
  } catch (error) {
    throw deviceError(error, device);
  }
}
