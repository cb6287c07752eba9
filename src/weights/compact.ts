// Weights in a quarter of the room: large layers as whole numbers from −127 to 127 with one scale per
// output row, everything else as float16. The scales stand beside the tensor under a name of their own.
import type { WeightTensor, WrittenTensor } from './safetensors.js';

/** Layers with more weights than this are stored in 8 bits. */
const LARGE = 100_000;
const LARGEST = 127;

const scaleName = (name: string) => `${name}.row_scale`;

/** Numbers in one output row. */
const rowLength = ({ shape, data }: WeightTensor) => data.length / shape[0]!;

/** Tensors in compact form, to be written. */
export function compact(tensors: ReadonlyMap<string, WeightTensor>): Map<string, WrittenTensor> {
  const out = new Map<string, WrittenTensor>();
  for (const [name, tensor] of tensors) {
    if (tensor.data.length <= LARGE) {
      out.set(name, { ...tensor, dtype: 'F16' });
      continue;
    }
    const length = rowLength(tensor);
    const scales = Float32Array.from({ length: tensor.shape[0]! }, (_, row) => {
      let largest = 0;
      for (let i = row * length; i < (row + 1) * length; i++)
        largest = Math.max(largest, Math.abs(tensor.data[i]!));
      return largest / LARGEST || 1;
    });
    const data = tensor.data.map((w, i) => Math.round(w / scales[Math.floor(i / length)]!));
    out.set(name, { shape: tensor.shape, data, dtype: 'I8' });
    out.set(scaleName(name), { shape: [scales.length], data: scales });
  }
  return out;
}

/** Tensors as they were before they were made compact, to within half a scale; others stay as they are. */
export function expand(tensors: ReadonlyMap<string, WeightTensor>): Map<string, WeightTensor> {
  const out = new Map(tensors);
  for (const [name, tensor] of tensors) {
    const scales = tensors.get(scaleName(name));
    if (scales === undefined || scales.shape.join() !== String(tensor.shape[0])) continue;
    const length = rowLength(tensor);
    out.delete(scaleName(name));
    out.set(name, {
      shape: tensor.shape,
      data: tensor.data.map((w, i) => w * scales.data[Math.floor(i / length)]!),
    });
  }
  return out;
}
