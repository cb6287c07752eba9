// What a config may ask for as its engine, and the engine and device that were chosen.

/** What a config says of its engine. */
export interface Wish {
  readonly name: 'auto' | 'onnx' | 'tfjs';
  /** Of `onnx`; default cpu. */
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
