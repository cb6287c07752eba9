// The engine that a config asks for, and the engine and device that are chosen.

/** The engine that a config asks for. */
export interface Wish {
  readonly name: 'auto' | 'onnx' | 'tfjs';
  /** The device of `onnx`; default cpu. */
  readonly device?: 'cpu' | 'webgpu' | 'cuda';
}

/** An engine and its device. */
export interface Choice {
  readonly name: 'onnx' | 'tfjs';
  readonly device: string;
  /** The manifests of Vulkan drivers it may use; by default those that Vulkan's loader finds. */
  readonly drivers?: string;
}

/** The processor, without a trial. */
export const processor: Choice = { name: 'onnx', device: 'cpu' };
