// Makes the pictures and the small network that come with the program: eight scenes of coloured shapes,
// and a narrow cifar-cnn with He-normal weights from a fixed seed. It is not trained; it serves to
// show the program at work where no data root is at hand. Run after a build: node scripts/embedded.js
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { networkOf } from '../dist/model/index.js';
import { fixturePath } from '../dist/package.js';
import { keyedRandom } from '../dist/random.js';
import { writeSafetensors } from '../dist/weights/safetensors.js';

const SIZE = 32;
const PICTURES = 8;
const WIDTH = 0.125;

const random = keyedRandom(1, 'embedded');
const between = (low, high) => low + (high - low) * random.uniform();
const colour = () =>
  `hsl(${Math.round(between(0, 360))} ${Math.round(between(45, 90))}% ${Math.round(between(25, 75))}%)`;

function shape() {
  const [x, y, r] = [between(6, 26), between(6, 26), between(3, 9)];
  const turned = `transform="rotate(${Math.round(between(0, 90))} ${x} ${y})"`;
  return random.uniform() < 0.5
    ? `<circle cx="${x}" cy="${y}" r="${r}" fill="${colour()}"/>`
    : `<rect x="${x - r}" y="${y - r / 2}" width="${2 * r}" height="${r}" ${turned} fill="${colour()}"/>`;
}

const folder = fixturePath('embedded');
await mkdir(folder, { recursive: true });
for (let i = 0; i < PICTURES; i++) {
  const ground = `<linearGradient id="g" x2="0" y2="1"><stop stop-color="${colour()}"/><stop offset="1" stop-color="${colour()}"/></linearGradient>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}"><defs>${ground}</defs><rect width="100%" height="100%" fill="url(#g)"/>${[0, 1, 2].map(shape).join('')}</svg>`;
  await writeFile(
    path.join(folder, `scene-${i}.png`),
    await sharp(Buffer.from(svg)).removeAlpha().png().toBuffer(),
  );
}

const normal = () =>
  Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
const tensors = new Map();
for (const [name, dimensions] of networkOf('cifar-cnn', { width: WIDTH }).parameters) {
  const count = dimensions.reduce((n, d) => n * d, 1);
  const spread = name.endsWith('.weight') ? Math.sqrt(2 / (count / dimensions[0])) : 0;
  const centre = name === 'mean' ? 0.5 : 0;
  tensors.set(name, {
    shape: dimensions,
    dtype: 'F16',
    data: Float32Array.from({ length: count }, () => centre + spread * normal()),
  });
}
await writeSafetensors(fixturePath('cifar-cnn.safetensors'), tensors, {
  width: String(WIDTH),
  trained: 'no',
});
