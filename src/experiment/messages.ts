// What the parent process and its workers say to each other.
import type { Prediction, Probe } from './computer.js';
import type { Config } from './config.js';
import type { AnyCell, AnyRow, Found } from './task.js';

/** The first message to a worker. */
export interface Setup {
  readonly config: Config;
  readonly dataRoot: string;
}

export type Job =
  | { readonly kind: 'predict'; readonly image: number }
  | { readonly kind: 'probe'; readonly cell: AnyCell }
  | { readonly kind: 'cell'; readonly cell: AnyCell; readonly label: number };

export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'step' }
  | { readonly kind: 'predicted'; readonly prediction: Prediction }
  | { readonly kind: 'probed'; readonly probe: Probe }
  | { readonly kind: 'computed'; readonly result: Found<AnyRow> }
  /** `user` tells a mistake of the user, such as a broken image, from a fault. */
  | { readonly kind: 'failed'; readonly message: string; readonly user: boolean };
