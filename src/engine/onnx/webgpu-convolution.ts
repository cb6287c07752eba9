// Convolutions on WebGPU. ONNX Runtime 1.30 reads and writes several channels at once there, and mistakes one for another
// if their number does not suit it. Such convolutions get channels of zeros until it does.
import { type Shape, sizeOf } from '../../graph/shape.js';
import type { Operation, Operators } from './convolution.js';
import type { Emitter } from './emitter.js';

/** The multiple of 4 at or above n. */
const filled = (n: number) => Math.ceil(n / 4) * 4;

/** As many channels as are read at once. */
const together = (channels: number) => [4, 2].find((n) => channels % n === 0) ?? 1;

/** A tensor [N,C,H,W] with channels of zeros after its own. */
const withChannels = (e: Emitter, x: string, more: number) =>
  e.node('Pad', [x, e.int64([0, 0, 0, 0, 0, more, 0, 0])]);

/** Filters or biases with zeros after those of each group: [groups·O, …] becomes [groups·(O+more), …]. */
function withFilters(e: Emitter, w: string, shape: Shape, groups: number, more: number): string {
  const ofGroup = shape[0]! / groups;
  const size = sizeOf(shape.slice(1));
  const apart = e.node('Reshape', [w, e.int64([groups, ofGroup, size])]);
  const padded = e.node('Pad', [apart, e.int64([0, 0, 0, 0, more, 0])]);
  return e.node('Reshape', [padded, e.int64([groups * (ofGroup + more), ...shape.slice(1)])]);
}

/** The channels [N,C,H,W] without the last of each group. */
function withoutChannels(
  e: Emitter,
  y: string,
  shape: Shape,
  groups: number,
  more: number,
): string {
  const [images, channels, height, width] = shape as [number, number, number, number];
  const ofGroup = channels / groups;
  const dims = [images, groups, ofGroup + more, height * width];
  const apart = e.node('Reshape', [y, e.int64(dims)]);
  const kept = e.node('Slice', [apart, e.int64([0]), e.int64([ofGroup]), e.int64([2])]);
  return e.node('Reshape', [kept, e.int64(shape)]);
}

/** Conv, where the channels of the image are read by threes: 6, 9, 15 …, but not 12. */
const readsByThrees = ({ image, filters, attributes: { group = 1 } }: Operation) =>
  group === 1 &&
  image[1]! > 3 &&
  image[1]! % 3 === 0 &&
  image[1]! % 4 !== 0 &&
  filters[0]! % 4 === 0;

/** Conv, where channels that are written at once are of two groups. */
const writesAcrossGroups = ({ filters, attributes: { group = 1 } }: Operation) =>
  group > 1 && filters[0]! / group > 4 && (filters[0]! / group) % together(filters[0]!) !== 0;

/** ConvTranspose, where filters that are read at once are of two groups. */
const readsAcrossGroups = ({ filters, attributes: { group = 1 } }: Operation) =>
  group > 1 && filters[1] === 1 && (filters[0]! / group) % 2 === 0;

export const webgpuOperators: Operators = {
  Conv(e, [x, w, ...bias], operation) {
    const { image, filters, result, attributes } = operation;
    if (readsByThrees(operation)) {
      const more = filled(image[1]!) - image[1]!;
      const inputs = [withChannels(e, x!, more), withChannels(e, w!, more), ...bias];
      return e.node('Conv', inputs, attributes);
    }
    if (writesAcrossGroups(operation)) {
      const { group = 1 } = attributes;
      const more = filled(filters[0]! / group) - filters[0]! / group;
      const padded = withFilters(e, w!, filters, group, more);
      const biases = bias.map((b) => withFilters(e, b, filters.slice(0, 1), group, more));
      const y = e.node('Conv', [x!, padded, ...biases], attributes);
      return withoutChannels(e, y, result, group, more);
    }
    return e.node('Conv', [x!, w!, ...bias], attributes);
  },
  ConvTranspose(e, [g, w], operation) {
    const { result, attributes } = operation;
    if (!readsAcrossGroups(operation)) return e.node('ConvTranspose', [g!, w!], attributes);
    const y = e.node('ConvTranspose', [g!, withChannels(e, w!, 1)], attributes);
    return withoutChannels(e, y, result, attributes.group!, 1);
  },
};
