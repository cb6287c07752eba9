// What the parent process and its workers say to each other.
import type { CellResult, Prediction, Probe } from './cells.js';
import type { ResolvedConfig } from './config.js';
import type { Cell } from './plan.js';

/** The first message to a worker. */
export interface Setup {
  readonly config: ResolvedConfig;
  readonly dataRoot: string;
}

export type Job =
  | { readonly kind: 'predict'; readonly image: number }
  | { readonly kind: 'probe'; readonly method: number; readonly attack: number }
  | { readonly kind: 'cell'; readonly cell: Cell; readonly label: number };

export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'step' }
  | { readonly kind: 'predicted'; readonly prediction: Prediction }
  | { readonly kind: 'probed'; readonly probe: Probe }
  | { readonly kind: 'computed'; readonly result: CellResult }
  /** `user` tells a mistake of the user, such as a broken image, from a fault. */
  | { readonly kind: 'failed'; readonly message: string; readonly user: boolean };
