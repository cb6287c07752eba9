// What an attack on an explanation maximizes: a dissimilarity D of saliency maps, as a graph of the map and of
// references taken from the clean image; it may count the network's scores too. The same D is differentiated on the surrogate network and
// evaluated on the ReLU network; only the references differ.

import type { Values } from '../engine/engine.js';
import type { Shape, Tensor } from '../graph/index.js';
import type { Point } from '../metric/center.js';

/** What an attack may measure by beside the map of the clean image. */
export interface Beside {
  /** The point that shifts are measured from, where that is not the map's center. */
  readonly center?: Point | undefined;
  /** The ReLU network's scores of the clean image. */
  readonly scores: Float32Array;
  /** The map [H,W] that an image is to be given, where there is one. */
  readonly goal?: Float32Array | undefined;
}

/** What programs are compiled from: the same for all images. */
export interface DissimilarityForm {
  readonly name: string;
  /** Shapes of the references for N images of H×W pixels. */
  references(images: number, height: number, width: number): Readonly<Record<string, Shape>>;
  /** D of each of the maps [N,1,H,W]: [N,1,1,1]. */
  of(map: Tensor, references: Readonly<Record<string, Tensor>>): Tensor;
  /** What the network's scores [N, classes] add to D: [N,1,1,1]. */
  ofScores?(scores: Tensor, references: Readonly<Record<string, Tensor>>): Tensor;
}

export interface Dissimilarity extends DissimilarityForm {
  /** The references for reporting, from the ReLU network's map of the clean image. */
  clean(map: Float32Array, height: number, width: number, beside?: Beside): Values;
  /**
   * The references of the direction where they differ from the reported ones, from the surrogate's map of the
   * clean image and the number of steps taken so far.
   */
  surrogate?(map: Float32Array, height: number, width: number, step: number): Values;
}
