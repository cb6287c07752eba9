// Stores trained weights in a quarter of the room:
//   node scripts/compact-weights.js results/train-cifar-cnn/weights.safetensors fixtures/cifar-cnn.safetensors
// A file in fixtures with the name of a model comes with the program.
import { compact } from '../dist/weights/compact.js';
import { readSafetensors, writeSafetensors } from '../dist/weights/safetensors.js';

const [from, to] = process.argv.slice(2);
const { tensors, metadata } = await readSafetensors(from);
await writeSafetensors(to, compact(tensors), metadata);
