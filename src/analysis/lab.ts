// The color space CIE L*a*b* (CIE 15:2004), in which distances are about those that people see.

/** From linear sRGB to CIE XYZ (IEC 61966-2-1), each row divided by the white of illuminant D65. */
const toXyz = (
  [
    [0.4124564, 0.3575761, 0.1804375],
    [0.2126729, 0.7151522, 0.072175],
    [0.0193339, 0.119192, 0.9503041],
  ] as const
).map((row, i) => row.map((v) => v / [0.95047, 1, 1.08883][i]!));

/** Light of an sRGB level of 0..255, 0..1. */
const linear = (level: number): number => {
  const v = level / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
};

const EDGE = 6 / 29;
const root = (t: number): number => (t > EDGE ** 3 ? Math.cbrt(t) : t / (3 * EDGE ** 2) + 4 / 29);

/**
 * An image in CIE L*a*b* with white D65.
 * @param image sRGB [3,H,W] in 0..255
 * @returns [3,H,W]: L* in 0..100, a* and b*
 */
export function labOf(image: Float32Array): Float64Array {
  const pixels = image.length / 3;
  const lab = new Float64Array(image.length);
  for (let i = 0; i < pixels; i++) {
    const light = [0, 1, 2].map((channel) => linear(image[channel * pixels + i]!));
    const [x, y, z] = toXyz.map((row) => root(row.reduce((sum, v, c) => sum + v * light[c]!, 0)));
    lab[i] = 116 * y! - 16;
    lab[pixels + i] = 500 * (x! - y!);
    lab[2 * pixels + i] = 200 * (y! - z!);
  }
  return lab;
}
