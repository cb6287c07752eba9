// The messages between the parent process and its workers.
import type { Choice } from '../engine/choice.js';
import type { Prediction } from '../subject/images.js';
import type { Probe } from '../task/computer.js';
import type { Found, TaskConfig } from '../task/task.js';

/** The first message to a worker. */
export interface Setup {
  readonly config: TaskConfig;
  readonly dataRoot: string;
  readonly engine: Choice;
  /** The number of cells in the largest group; a batch need not be larger. */
  readonly most: number;
  /** How many cells or images form a batch; default the config's, else computed for the device. */
  readonly batch?: number;
  /** The result of the preparation, if it is known. */
  readonly shared?: unknown;
}

/** The engine and the batch of a worker. */
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

/** Why an image has no prediction. */
export interface Unread {
  readonly failure: string;
}

/** The results of a job, by its kind. */
export interface Results {
  readonly predict: readonly (Prediction | Unread)[];
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
  /**
   * `why`: a mistake of the user, such as weights of another network; a batch too large for the device's memory; or another fault.
   */
  | {
      readonly kind: 'failed';
      readonly message: string;
      readonly why: 'user' | 'memory' | 'fault';
    };
