// Clean images for attacks: with the scores and the map that iterates are compared with, and, with `center: truncated`,
// the center that shifts are measured from.
import type { Clean } from '../../attack/index.js';
import { truncatedCenter } from '../../metric/center.js';
import type { BoundNetwork } from '../../model/index.js';
import type { CleanMap, CleanMaps } from '../../subject/clean-maps.js';
import type { AttackConfig } from './config.js';

/** Whether centers are truncated to whole pixels, as in the authors' program. */
export const truncates = ({ semantics }: AttackConfig): boolean => semantics.center === 'truncated';

/** The clean images of a config; the latest is kept. */
export class CleanImages {
  private latest: { readonly key: string; readonly value: Clean } | undefined;

  constructor(
    private readonly config: AttackConfig,
    private readonly network: BoundNetwork,
    private readonly maps: CleanMaps,
  ) {}

  /** An image with its scores and the map of a method for the class `label`. */
  async of(image: number, method: number, label: number): Promise<Clean> {
    const key = `${image} ${method}`;
    if (this.latest?.key !== key) {
      const clean = await this.maps.of(image, method, label);
      const center = truncates(this.config) ? await this.surrogateCenter(clean, method) : undefined;
      this.latest = { key, value: { ...clean, center } };
    }
    return this.latest.value;
  }

  /** The truncated center of the surrogate's map of a clean image. */
  private async surrogateCenter({ x, target, draws }: CleanMap, method: number) {
    const { height, width } = this.network.network;
    const surrogate = await this.maps.evaluators.surrogate(method);
    return truncatedCenter((await surrogate.evaluate(x, target, draws)).map, height, width);
  }
}
