// Which engine a run computes with, and opening it.
import type { Engine } from './engine.js';
import { onnxEngine } from './onnx/onnx.js';

/** What a config says of its engine. */
export interface Wish {
  readonly name: 'auto' | 'onnx';
}

/** An engine and its device. */
export interface Choice {
  readonly name: 'onnx';
  readonly device: 'cpu';
}

export async function chooseEngine(_: Wish): Promise<Choice> {
  return { name: 'onnx', device: 'cpu' };
}

export interface OpenOptions {
  /** Threads within one operator on a CPU; default 1: work is spread over processes. */
  readonly threads?: number;
  /** Is told what a user should know of how the engine runs. */
  readonly note?: (text: string) => void;
}

/** Opens an engine that was chosen. */
export async function openEngine(_: Choice, { threads }: OpenOptions = {}): Promise<Engine> {
  return onnxEngine(threads === undefined ? {} : { threads });
}

/** Whether the device is the processor itself, so that as many processes as cores share the work. */
export const onCpu = ({ device }: { readonly device: string }): boolean => device === 'cpu';
