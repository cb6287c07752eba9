// What an attack on an explanation maximises: a dissimilarity D of saliency maps, as a graph of the map and of
// references taken from the clean image. The same D is differentiated on the surrogate network and
// evaluated on the ReLU network; only the references differ.

import type { Values } from '../engine/engine.js';
import type { Shape, Tensor } from '../graph/index.js';
import type { Point } from '../metric/center.js';

export interface Dissimilarity {
  readonly name: string;
  /** Shapes of the references for N images of H×W pixels. */
  references(images: number, height: number, width: number): Readonly<Record<string, Shape>>;
  /** D of each of the maps [N,1,H,W]: [N,1,1,1]. */
  of(map: Tensor, references: Readonly<Record<string, Tensor>>): Tensor;
  /**
   * The references for reporting, from the ReLU network's map of the clean image.
   * @param center the point that shifts are measured from where that is not the map's center
   */
  clean(map: Float32Array, height: number, width: number, center?: Point): Values;
  /**
   * The references of the direction where they differ from the reported ones, from the surrogate's map of the
   * clean image and the number of steps taken so far.
   */
  surrogate?(map: Float32Array, height: number, width: number, step: number): Values;
}
