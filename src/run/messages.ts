// What the parent process and its workers say to each other.
import type { Choice } from '../engine/choice.js';
import type { Prediction, Probe } from '../task/computer.js';
import type { AnyCell, AnyRow, Found } from '../task/task.js';
import type { Config } from '../tasks/attack/config.js';
import type { Head } from '../tasks/influence/head.js';

/** The first message to a worker. */
export interface Setup {
  readonly config: Config;
  readonly dataRoot: string;
  readonly engine: Choice;
  /** The head of an influence experiment, once it is fitted. */
  readonly head?: Head;
  /** Images that run together; by default what the config says, else what the device has room for. */
  readonly images?: number;
}

/** What a worker computes with. */
export interface Ready {
  readonly kind: 'ready';
  readonly engine: { readonly name: string; readonly version: string; readonly device: string };
  readonly images: number;
}

/** A cell with the class the network gives its clean image. */
export interface LabelledCell {
  readonly cell: AnyCell;
  readonly label: number;
}

/** `ahead` names images that later jobs will need. */
export type Job = { readonly ahead?: readonly number[] } & (
  | { readonly kind: 'predict'; readonly images: readonly number[] }
  | { readonly kind: 'features'; readonly images: readonly number[] }
  | { readonly kind: 'probe'; readonly cell: AnyCell }
  /** Cells of one group. */
  | { readonly kind: 'cells'; readonly cells: readonly LabelledCell[] }
);

export type Answer =
  | Ready
  | { readonly kind: 'step' }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'predicted'; readonly predictions: readonly Prediction[] }
  | { readonly kind: 'features'; readonly features: readonly Float32Array[] }
  | { readonly kind: 'probed'; readonly probe: Probe }
  | { readonly kind: 'computed'; readonly results: readonly Found<AnyRow>[] }
  /** Whether it is a mistake of the user, such as a broken image, a batch too large for the device, or another fault. */
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly why: 'user' | 'memory' | 'fault';
    };
