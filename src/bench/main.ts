// npm run bench: how fast attacks run here. Without options on the processor, against its floor, with each
// explanation method, and what maps cost; with --engine on engines and devices, by the size of batches.

import { Command } from 'commander';
import type { Wish } from '../engine/choice.js';
import { makeFolder } from '../folder.js';
import { writeWhole } from '../record/files.js';
import { enginesReport } from './engines.js';
import { floorReport } from './floor.js';
import { mapsReport } from './maps.js';
import { methodsReport } from './methods.js';

const FOLDER = 'results/bench';

const { engine, batch } = new Command('bench')
  .option('--engine <names...>', 'engines: auto, tfjs, or onnx with a device, as onnx:webgpu')
  .option('--batch <sizes...>', 'images that run together', ['1'])
  .parse()
  .opts<{ engine?: string[]; batch: string[] }>();

const wishOf = (text: string): Wish => {
  const [name, device] = text.split(':');
  return { name, ...(device === undefined ? {} : { device }) } as Wish;
};

const reports: readonly (readonly [string, () => Promise<string>])[] =
  engine === undefined
    ? [
        ['cpu.md', floorReport],
        ['methods.md', methodsReport],
        ['maps.md', mapsReport],
      ]
    : [['engines.md', () => enginesReport(engine.map(wishOf), batch.map(Number))]];
await makeFolder(FOLDER);
for (const [file, measured] of reports) {
  const report = await measured();
  await writeWhole(`${FOLDER}/${file}`, report);
  process.stdout.write(report);
}
