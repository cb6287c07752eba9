// What the parent process and its workers say to each other.
import type { Choice } from '../engine/choice.js';
import type { Prediction } from '../subject/images.js';
import type { Probe } from '../task/computer.js';
import type { Found, TaskConfig } from '../task/task.js';

/** The first message to a worker. */
export interface Setup {
  readonly config: TaskConfig;
  readonly dataRoot: string;
  readonly engine: Choice;
  /** The most cells of one group that there are, which a batch need not exceed. */
  readonly most: number;
  /** How many cells or images form a batch; by default what the config says, else what the device has room for. */
  readonly batch?: number;
  /** What was prepared for all cells, once it is there. */
  readonly shared?: unknown;
}

/** What a worker computes with. */
export interface Ready {
  readonly kind: 'ready';
  readonly engine: { readonly name: string; readonly version: string; readonly device: string };
  readonly batch: number;
}

/** `ahead` names images that later jobs will need. */
export type Job = { readonly ahead?: readonly number[] } & (
  | { readonly kind: 'predict'; readonly images: readonly number[] }
  | { readonly kind: 'prepare'; readonly parts: readonly unknown[] }
  | { readonly kind: 'share'; readonly shared: unknown }
  | { readonly kind: 'probe'; readonly cell: unknown }
  /** Cells of one group. */
  | { readonly kind: 'cells'; readonly cells: readonly unknown[] }
);

/** What a worker answers to a job of a kind. */
export interface Results {
  readonly predict: readonly Prediction[];
  readonly prepare: readonly unknown[];
  readonly share: true;
  readonly probe: Probe;
  readonly cells: readonly Found[];
}

export type Answer =
  | Ready
  | { readonly kind: 'step' }
  | { readonly kind: 'note'; readonly text: string }
  | { readonly kind: 'done'; readonly results: Results[Job['kind']] }
  /** Whether it is a mistake of the user, such as a broken image, a batch too large for the device, or another fault. */
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly why: 'user' | 'memory' | 'fault';
    };
