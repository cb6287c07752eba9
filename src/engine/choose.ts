// Chooses and opens the engine of a run. Every engine but ONNX Runtime on the processor is first tried in a process of
// its own.
import { delimiter } from 'node:path';
import { UserError } from '../errors.js';
import { type Choice, processor, type Wish } from './choice.js';
import { hasHardwareVulkan, hasNvidia, vulkanDrivers } from './devices.js';
import type { Engine } from './engine.js';
import { onnxEngine } from './onnx/onnx.js';
import { probe } from './probe.js';

/** The engines that `auto` prefers to the processor, the best first, if the machine seems to have their devices. */
async function candidates(): Promise<Choice[]> {
  const found: Choice[] = [];
  if (hasNvidia()) found.push({ name: 'onnx', device: 'cuda' });
  if (await hasHardwareVulkan()) {
    const { hardware } = await vulkanDrivers();
    // named one by one, so that no driver in software can step in
    const drivers = hardware.length === 0 ? {} : { drivers: hardware.join(delimiter) };
    found.push({ name: 'onnx', device: 'webgpu', ...drivers });
  }
  if (hasNvidia()) found.push({ name: 'tfjs', device: 'cuda' });
  return found;
}

/**
 * Chooses the engine that a config asks for. `auto` takes cuda before webgpu before TensorFlow on a GPU before the
 * processor. Throws a UserError if the named engine cannot be used.
 */
export async function chooseEngine(wish: Wish): Promise<Choice> {
  if (wish.name === 'auto') {
    for (const choice of await candidates()) {
      const probed = await probe(choice);
      if (probed.usable && probed.device === choice.device) return choice;
    }
    return processor;
  }
  if (wish.name === 'onnx' && (wish.device ?? 'cpu') === 'cpu') return processor;
  const choice: Choice = { name: wish.name, device: wish.device ?? 'best' };
  const probed = await probe(choice);
  if (probed.usable) return { ...choice, device: probed.device };
  const named = wish.name === 'tfjs' ? 'tfjs' : `onnx on ${wish.device}`;
  throw new UserError(
    `engine: ${named}: ${probed.why}; expected an engine that \`fragile doctor\` finds here`,
  );
}

/** Backends of TensorFlow.js by the device they compute on. */
const backendOf: Readonly<Record<string, 'tensorflow' | 'wasm' | 'cpu'>> = {
  cuda: 'tensorflow',
  'tensorflow-cpu': 'tensorflow',
  wasm: 'wasm',
  cpu: 'cpu',
};

export interface OpenOptions {
  /** Threads within one operator on a processor; default 1: work is spread over processes. */
  readonly threads?: number;
}

/** Opens an engine that was chosen. */
export async function openEngine(
  { name, device, drivers }: Choice,
  { threads = 1 }: OpenOptions = {},
): Promise<Engine> {
  if (drivers !== undefined) process.env.VK_DRIVER_FILES = drivers;
  if (name === 'onnx') return onnxEngine({ device: device as 'cpu' | 'webgpu' | 'cuda', threads });
  const { tfjsEngine } = await import('./tfjs/tfjs.js');
  return tfjsEngine(device === 'best' ? {} : { backend: backendOf[device]! });
}

/** Whether the device is the processor itself, so that as many processes as cores share the work. */
export const onCpu = ({ device }: { readonly device: string }): boolean =>
  device !== 'webgpu' && device !== 'cuda';
