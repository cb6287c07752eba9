// An equivalent network whose max-pools stand before the activations they followed. The nonlinearity
// is increasing, so the largest value passes through it unchanged, and so does its derivative; but it
// is then computed on the pooled planes, a quarter of the pixels.
import { increases } from './element-function.js';
import type { Layer } from './layers.js';

type Activation = Layer & { kind: 'activation' };

/** Whether a layer is an activation whose largest value is that of the largest input. */
const isIncreasing = (layer: Layer | undefined): layer is Activation =>
  layer?.kind === 'activation' && (layer.function === undefined || increases(layer.function));

/** Moves every max-pool before the activations it reads, directly or through a concatenation. */
export function poolFirst(layers: readonly Layer[]): Layer[] {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const readers = (name: string) => layers.filter((layer) => layer.from.includes(name)).length;
  /** The activations a layer joins, when nothing else reads them or it. */
  const activationsBehind = (
    name: string,
  ): { join?: Layer; activations: Activation[] } | undefined => {
    const layer = byName.get(name);
    if (layer === undefined || readers(name) !== 1) return undefined;
    if (isIncreasing(layer)) return { activations: [layer] };
    if (layer.kind !== 'concat') return undefined;
    const parts = layer.from.map((part) => byName.get(part));
    if (!parts.every((part): part is Activation => isIncreasing(part) && readers(part.name) === 1))
      return undefined;
    return { join: layer, activations: parts };
  };

  const removed = new Set<string>();
  const replacement = new Map<string, Layer[]>();
  for (const pool of layers) {
    if (pool.kind !== 'maxPool') continue;
    const behind = activationsBehind(pool.from[0]!);
    if (behind === undefined) continue;
    const { join, activations } = behind;
    const moved = activations.flatMap((activation, i): Layer[] => {
      const name = join === undefined ? pool.name : `${pool.name}.${i}`;
      const shape = [activation.shape[0], pool.shape[1], pool.shape[2]] as const;
      return [
        { ...pool, name: `${name}.pooled`, from: activation.from, shape },
        { ...activation, name, from: [`${name}.pooled`], shape },
      ];
    });
    if (join !== undefined)
      moved.push({
        ...join,
        name: pool.name,
        from: activations.map((_, i) => `${pool.name}.${i}`),
        shape: pool.shape,
      });
    for (const { name } of join === undefined ? activations : [...activations, join])
      removed.add(name);
    replacement.set(pool.name, moved);
  }
  return layers.flatMap((layer) =>
    removed.has(layer.name) ? [] : (replacement.get(layer.name) ?? [layer]),
  );
}
