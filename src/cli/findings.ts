// The findings of `fragile doctor` on this machine: every engine and device, tried, each missing one with the reason; and
// the contents of the data root.
import { readdir, stat } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import path from 'node:path';
import { usableCores } from '../cores.js';
import { dataRootOf } from '../data/dataset.js';
import { openDataset } from '../data/open.js';
import type { Choice } from '../engine/choice.js';
import { chooseEngine } from '../engine/choose.js';
import { vulkanDrivers } from '../engine/devices.js';
import { probe } from '../engine/probe.js';
import { messageOf } from '../errors.js';
import { packageVersion } from '../package.js';

/** Every engine with every device. */
const engines: readonly Choice[] = [
  { name: 'onnx', device: 'cpu' },
  { name: 'onnx', device: 'webgpu' },
  { name: 'onnx', device: 'cuda' },
  { name: 'tfjs', device: 'cuda' },
  { name: 'tfjs', device: 'wasm' },
  { name: 'tfjs', device: 'cpu' },
];
/** Milliseconds for which an engine's speed is measured. */
const TIMED = 1000;

/** A table with its title and notes. */
export interface Finding {
  readonly title: string;
  readonly table: readonly (readonly string[])[];
  readonly notes: readonly string[];
}

/** The machine and the program. */
export function machine(): string {
  const [cores, usable] = [availableParallelism(), usableCores()];
  const granted = usable < cores ? ` (${usable} usable here)` : '';
  return `fragile ${packageVersion()}, Node ${process.version}, ${process.platform} ${process.arch}, ${cores} cores${granted}, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
}

/** Tries every engine, one after another, so that they do not disturb each other's speed. */
export async function examineEngines(): Promise<Finding> {
  const { hardware, software } = await vulkanDrivers();
  const table = [['engine', 'device', 'version', 'error', 'GFLOP/s']];
  const notes: string[] = [];
  for (const choice of engines) {
    const probed = await probe(choice, TIMED);
    const { name } = choice;
    if (!probed.usable) {
      table.push([name, choice.device, 'not here', '', '']);
      notes.push(`${name} on ${choice.device}: ${probed.why}`);
      continue;
    }
    const inSoftware =
      probed.device === 'webgpu' && hardware.length === 0 && software.length > 0
        ? ' (software)'
        : '';
    table.push([
      name,
      `${probed.device}${inSoftware}`,
      probed.version,
      probed.error.toExponential(0),
      probed.gflops.toFixed(probed.gflops < 10 ? 1 : 0),
    ]);
  }
  const { name, device } = await chooseEngine({ name: 'auto' });
  notes.push(`engine: auto computes with ${name} on ${device}`);
  return {
    title: 'Engines (error of a second derivative; speed of a convolution in one process)',
    table,
    notes,
  };
}

/** The data sets and weights of a data root. */
export async function examineData(given: string | undefined): Promise<Finding> {
  const root = dataRootOf(given);
  const table = [['data', 'images', 'where']];
  const notes: string[] = [];
  for (const [name, split] of [
    ['imagenet', undefined],
    ['cifar-10', 'train'],
    ['cifar-10', 'test'],
    ['flowers', 'train'],
    ['flowers', 'test'],
  ] as const) {
    const label = split === undefined ? name : `${name} ${split}`;
    try {
      const { entries, location } = await openDataset(
        { name, ...(split === undefined ? {} : { split }) },
        root,
      );
      table.push([label, String(entries.length), location]);
    } catch (error) {
      table.push([label, 'not here', '']);
      notes.push(`${label}: ${messageOf(error)}`);
    }
  }
  const weights = path.join(root, 'weights');
  for (const file of (await readdir(weights).catch(() => [])).sort()) {
    const { size } = await stat(path.join(weights, file));
    table.push([`weights ${path.parse(file).name}`, `${(size / 1e6).toFixed(1)} MB`, weights]);
  }
  return { title: `Data root ${root}`, table, notes };
}
