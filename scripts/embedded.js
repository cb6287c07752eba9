// Makes the pictures that come with the program: scenes of the ten classes of CIFAR-10, drawn until each class
// has as many as are wanted that the shipped network classifies as intended with confidence 0.6 or more.
// Run after a build: node scripts/embedded.js
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { decodePicture, planesOf } from '../dist/data/picture.js';
import { onnxEngine } from '../dist/engine/onnx/onnx.js';
import { compilePredictor } from '../dist/explain/index.js';
import { softmax } from '../dist/metric/output.js';
import { fixturePath } from '../dist/package.js';
import { keyedRandom } from '../dist/random.js';
import { loadNetwork } from '../dist/subject/network.js';
import { classes, scene } from './scenes.js';

const SIDE = 32;
const EACH = 3;
const TRIES = 60;
const CONFIDENCE = 0.6;

const { bound } = await loadNetwork({ name: 'cifar-cnn' }, '');
const predictor = await compilePredictor(onnxEngine(), bound);
const folder = fixturePath('embedded');
await rm(folder, { recursive: true, force: true });
for (const [label, name] of classes.entries()) {
  await mkdir(path.join(folder, name), { recursive: true });
  let kept = 0;
  for (let i = 0; i < TRIES && kept < EACH; i++) {
    const svg = scene(name, keyedRandom('embedded', name, i));
    const png = await sharp(Buffer.from(svg))
      .resize(SIDE, SIDE, { kernel: 'linear' })
      .removeAlpha()
      .png()
      .toBuffer();
    const file = path.join(folder, name, `${kept}.png`);
    await writeFile(file, png);
    const probabilities = softmax(await predictor.predict(planesOf(await decodePicture(file))));
    if (probabilities[label] >= CONFIDENCE) kept++;
    else await rm(file);
  }
  console.log(`${name}: ${kept} of ${EACH}`);
}
await writeFile(path.join(folder, 'classes.txt'), classes.map((name) => `${name}\n`).join(''));
