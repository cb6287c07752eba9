// How many images form a batch. On a GPU: as many as fit in memory, computed from the memory of the run's programs. On
// the processor, where processes share the work: a few small ones, so that large weights are read once for all.
import { deviceMemory } from '../../engine/devices.js';
import { type Engine, held } from '../../engine/engine.js';
import { memoryOf } from '../../graph/index.js';
import type { ComputerOn } from '../../task/computer.js';

/** The largest batch on a GPU: larger ones gain nothing. */
const MOST_ON_DEVICE = 64;
/**
 * The most pixels and the most images of a batch on the processor: one image of ImageNet's size, or several small ones.
 */
const PIXELS_ON_CPU = 227 * 227;
const MOST_ON_CPU = 4;
/** The part of a device's memory that batches may use; engines keep more than the live tensors. */
const USED = 0.4;

/**
 * The largest memory of any program of a run, in bytes: its constants, and the live tensors of one image.
 * @param on makes the computer of the run's cells, on an engine
 */
export async function footprint(on: ComputerOn): Promise<{ constants: number; live: number }> {
  const most = { constants: 0, live: 0 };
  const meter: Engine = {
    name: 'meter',
    version: '',
    device: 'none',
    batch: 1,
    async compile(program) {
      const { constants, live } = memoryOf(program);
      most.constants = Math.max(most.constants, constants);
      most.live = Math.max(most.live, live);
      return {
        fallenBack: [],
        run: async () => ({}),
        hold: async () => ({ none: held(new Float32Array()) }),
        release: async () => {},
      };
    },
  };
  await on(meter).compile();
  return most;
}

/**
 * How many images form a batch on an engine's device.
 * @param network the size of the images
 * @param most the number of cells in the largest group
 * @param on makes the computer of the run's cells, on an engine
 */
export async function batchFor(
  { device }: Pick<Engine, 'device'>,
  { height, width }: { readonly height: number; readonly width: number },
  most: number,
  on: ComputerOn,
): Promise<number> {
  const memory = await deviceMemory(device);
  if (memory === undefined)
    return Math.max(1, Math.min(MOST_ON_CPU, Math.floor(PIXELS_ON_CPU / (height * width))));
  const { constants, live } = await footprint(on);
  // a direction and an evaluation are held at the same time
  const room = USED * memory - 2 * constants;
  return Math.min(MOST_ON_DEVICE, most, Math.max(1, Math.floor(room / (2 * live))));
}
