// An ONNX file as it is, run by ONNX Runtime: what a network that is read from it is compared with.
import * as ort from 'onnxruntime-node';
import { messageOf, UserError } from '../../errors.js';

/** ONNX Runtime's own messages, but for fatal ones. */
const SILENT = 4;

/**
 * The output of a model file for one input.
 * Throws a UserError that names the file where ONNX Runtime refuses it.
 */
export async function runFile(
  file: string,
  input: { readonly name: string; readonly data: Float32Array; readonly shape: readonly number[] },
  output: string,
): Promise<Float32Array> {
  try {
    const session = await ort.InferenceSession.create(file, {
      executionProviders: ['cpu'],
      logSeverityLevel: SILENT,
    });
    try {
      const half = isHalf(session, input.name);
      const given = half
        ? new ort.Tensor('float16', Uint16Array.from(input.data, halfOf), input.shape)
        : new ort.Tensor('float32', input.data, input.shape);
      const results = await session.run({ [input.name]: given }, [output]);
      const { data } = results[output]!;
      return data instanceof Uint16Array
        ? Float32Array.from(data, floatOf)
        : Float32Array.from(data as Float32Array);
    } finally {
      await session.release();
    }
  } catch (error) {
    throw new UserError(`${file}: ONNX Runtime does not run it: ${messageOf(error)}`);
  }
}

const word = new DataView(new ArrayBuffer(4));

/** The bits of the float16 number next to a number. */
function halfOf(value: number): number {
  word.setFloat32(0, value);
  const bits = word.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  if (exponent >= 31) return sign | 0x7c00;
  if (exponent <= 0) return sign | Math.round(Math.abs(value) * 2 ** 24);
  return sign + (exponent << 10) + Math.round((bits & 0x7fffff) / 2 ** 13);
}

/** The number of float16 bits. */
function floatOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Whether an input is of 16 bits. */
function isHalf({ inputMetadata }: ort.InferenceSession, name: string): boolean {
  const found = inputMetadata.find((one) => one.name === name);
  return found !== undefined && 'type' in found && found.type === 'float16';
}
