// Draws the saved maps of runs as one picture, half their size: a line for each method and image, first the clean
// map and then that of every attack's kept iterate, the target region outlined. Brightness is proportional to
// saliency, white from the 99th percentile of the line's clean map on.
//   node scripts/map-sheet.js OUT.png DIR…
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { dataRootOf } from '../dist/data/dataset.js';
import { readNpy } from '../dist/data/npy.js';
import { openDataset } from '../dist/data/open.js';
import { networkOf } from '../dist/model/index.js';
import { cleanMapFile, keptMapFile } from '../dist/record/kept.js';
import { regionOf } from '../dist/tasks/attack/regions.js';
import { resultsTable } from '../dist/tasks/attack/results.js';

const GAP = 4;

/** A map [H,W] at half its size, as colors; `region` is outlined. */
function drawn(map, region, height, width, white) {
  const [tall, wide] = [Math.floor(height / 2), Math.floor(width / 2)];
  const at = (plane, row, column) => plane[2 * row * width + 2 * column];
  const data = Buffer.alloc(3 * tall * wide);
  for (let row = 0; row < tall; row++)
    for (let column = 0; column < wide; column++) {
      const i = 2 * row * width + 2 * column;
      const mean =
        map === undefined
          ? white / 2
          : (map[i] + map[i + 1] + map[i + width] + map[i + width + 1]) / 4;
      const gray = Math.round(255 * Math.min(1, mean / white));
      const edge =
        region !== undefined &&
        ((column + 1 < wide && at(region, row, column) !== at(region, row, column + 1)) ||
          (row + 1 < tall && at(region, row, column) !== at(region, row + 1, column)));
      data.set(edge ? [255, 220, 0] : [gray, gray, gray], 3 * (row * wide + column));
    }
  return { input: data, raw: { width: wide, height: tall, channels: 3 } };
}

const [out, ...folders] = process.argv.slice(2);
const lines = [];
let size;
for (const folder of folders) {
  const { config } = JSON.parse(await readFile(path.join(folder, 'run.json'), 'utf8'));
  const table = path.join(folder, 'results.csv');
  const rows = resultsTable.parse(await readFile(table, 'utf8'), table);
  const dataset = await openDataset(config.data, dataRootOf(undefined));
  size = networkOf(config.model.name, config.model);
  const { height, width } = size;
  for (const { id: method } of config.explain)
    for (const image of new Set(rows.map((row) => row.image))) {
      const mapIn = (file) => {
        const whole = path.join(folder, file);
        return existsSync(whole) ? readNpy(whole, [height, width]) : undefined;
      };
      const clean = await mapIn(cleanMapFile({ image, method }));
      const white = clean.toSorted()[Math.floor(0.99 * clean.length)];
      const pixels = await dataset.load(
        dataset.entries.find(({ id }) => id === image),
        size,
      );
      const region = await regionOf(config.attack[0], image, pixels, size);
      const kept = rows.filter((row) => row.image === image && row.method === method);
      const maps = [clean];
      for (const row of kept) maps.push(await mapIn(keptMapFile(row)));
      lines.push(maps.map((map) => drawn(map, region, height, width, white)));
    }
}
const [tall, wide] = [Math.floor(size.height / 2) + GAP, Math.floor(size.width / 2) + GAP];
await sharp({
  create: {
    width: wide * Math.max(...lines.map((line) => line.length)) - GAP,
    height: tall * lines.length - GAP,
    channels: 3,
    background: 'white',
  },
})
  .composite(
    lines.flatMap((line, y) => line.map((map, x) => ({ ...map, top: y * tall, left: x * wide }))),
  )
  .png({ palette: true, colors: 32 })
  .toFile(out);
