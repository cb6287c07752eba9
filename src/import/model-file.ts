// Reads an ONNX model file: its nodes, with attributes as plain values, and its weights, which may stand in files beside it.
// A file may come from anywhere: what it claims is checked before it is believed.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, UserError } from '../errors.js';
import { sizeOf } from '../graph/shape.js';
import { shown } from '../shown.js';
import { type ElementName, elementTypes, floats } from '../weights/elements.js';
import { type Constant, type NumberType, numbers } from './constant.js';
import {
  type AttributeProto,
  decodeModel,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type Whole,
} from './message.js';

export type AttributeValue = number | string | readonly number[] | Constant;

export interface ModelNode {
  /** As the file has it, else its first output's. */
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeValue>;
}

/** A tensor that goes in or out: sizes that are not given are undefined. */
export interface ModelValue {
  readonly name: string;
  readonly shape: readonly (number | undefined)[] | undefined;
}

export interface ModelFile {
  readonly file: string;
  /** Of the file, and of those beside it that hold its weights. */
  readonly sha256: string;
  readonly producer: string;
  readonly opset: number;
  readonly nodes: readonly ModelNode[];
  readonly constants: ReadonlyMap<string, Constant>;
  /** Without those that are constants. */
  readonly inputs: readonly ModelValue[];
  readonly outputs: readonly ModelValue[];
  /** Whether weights are of 16 bits. */
  readonly half: boolean;
}

/** Bytes of a model file at most: what its format can hold. */
const MOST_BYTES = 2 ** 31;
const MOST_NODES = 20_000;
const MOST_AXES = 16;
/** Versions of the operators whose meaning is known. */
const OPSETS = { first: 7, last: 22 } as const;

/** ONNX's numbers of element types. */
const types: Readonly<Record<number, readonly [ElementName, NumberType, ListName]>> = {
  1: ['F32', 'float', 'floatData'],
  2: ['U8', 'int', 'int32Data'],
  3: ['I8', 'int', 'int32Data'],
  4: ['U16', 'int', 'int32Data'],
  5: ['I16', 'int', 'int32Data'],
  6: ['I32', 'int', 'int32Data'],
  7: ['I64', 'int', 'int64Data'],
  9: ['BOOL', 'bool', 'int32Data'],
  10: ['F16', 'float', 'int32Data'],
  11: ['F64', 'float', 'doubleData'],
  12: ['U32', 'int', 'uint64Data'],
  13: ['U64', 'int', 'uint64Data'],
  16: ['BF16', 'float', 'int32Data'],
};
type ListName = 'floatData' | 'int32Data' | 'int64Data' | 'doubleData' | 'uint64Data';
const HALF = [10, 16];

/** What the numbers of an element type are, by ONNX's number of it. */
export const numberType = (dataType: number): NumberType | undefined => types[dataType]?.[1];

const whole = (value: Whole): number => Number(value.toString());

/** Bytes of weights beside the model, by the name that the model gives. */
type Beside = (location: string) => Promise<Uint8Array>;

/** Where the weights of a tensor stand, if not in the model. */
function placeOf({ externalData }: TensorProto) {
  const entry = (key: string) => externalData.find((one) => one.key === key)?.value;
  return { location: entry('location'), offset: entry('offset') ?? '0', length: entry('length') };
}

async function rawOf(
  tensor: TensorProto,
  bytes: number,
  beside: Beside,
  bad: (why: string) => UserError,
): Promise<Uint8Array> {
  if (tensor.dataLocation === 0) return tensor.rawData;
  const { location, offset, length } = placeOf(tensor);
  if (location === undefined) throw bad('its numbers are in another file, which is not named');
  const data = await beside(location);
  const [from, size] = [Number(offset), length === undefined ? bytes : Number(length)];
  if (!Number.isSafeInteger(from) || from < 0 || size !== bytes || from + bytes > data.length)
    throw bad(
      `its ${bytes} bytes are at ${shown(offset, 20)} of ${shown(location)}, which has ${data.length}`,
    );
  return data.subarray(from, from + bytes);
}

async function constantOf(
  tensor: TensorProto,
  beside: Beside,
  refuse: (why: string) => UserError,
): Promise<Constant> {
  const bad = (why: string) => refuse(`tensor ${shown(tensor.name)}: ${why}`);
  const kind = types[tensor.dataType];
  if (kind === undefined)
    throw bad(`element type ${tensor.dataType}, expected one of ${Object.keys(types).join(', ')}`);
  const [element, type, list] = kind;
  const shape = tensor.dims.map(whole);
  if (shape.length > MOST_AXES || shape.some((d) => !Number.isSafeInteger(d) || d < 0))
    throw bad(`shape ${shown(`[${shape}]`)}`);
  const count = sizeOf(shape);
  const { bytes } = elementTypes[element];
  const listed = tensor[list];
  const raw =
    listed.length > 0 && tensor.dataLocation === 0
      ? undefined
      : await rawOf(tensor, count * bytes, beside, bad);
  const held = raw === undefined ? listed.length : raw.length / bytes;
  if (held !== count) throw bad(`${held} numbers for shape ${shown(`[${shape}]`)}`);
  // without elements there are no bytes
  if (count === 0) return numbers(type, shape, []);
  if (raw === undefined) return { shape, type, data: ofList(element, type, listed) };
  const buffer = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (type === 'float')
    return { shape, type, data: floats(elementTypes[element], buffer, 0, count) };
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const data = new Float64Array(count);
  for (let i = 0; i < count; i++) data[i] = elementTypes[element].read(view, i * bytes);
  return { shape, type, data };
}

function ofList(
  element: ElementName,
  type: NumberType,
  listed: readonly Whole[],
): Float32Array | Float64Array {
  if (type !== 'float') return Float64Array.from(listed, whole);
  if (element !== 'F16' && element !== 'BF16') return Float32Array.from(listed, Number);
  // the bits of 16-bit numbers stand in a list of whole numbers
  const bits = Buffer.from(Uint16Array.from(listed, Number).buffer);
  return floats(elementTypes[element], bits, 0, listed.length);
}

/** Kinds of attributes by ONNX's numbers. */
const attributeTypes = { float: 1, int: 2, string: 3, tensor: 4, floats: 6, ints: 7 } as const;

async function attributeOf(
  attribute: AttributeProto,
  beside: Beside,
  bad: (why: string) => UserError,
): Promise<AttributeValue | undefined> {
  switch (attribute.type) {
    case attributeTypes.float:
      return attribute.f;
    case attributeTypes.int:
      return whole(attribute.i);
    case attributeTypes.string:
      return Buffer.from(attribute.s).toString();
    case attributeTypes.tensor:
      return attribute.t ? constantOf(attribute.t, beside, bad) : undefined;
    case attributeTypes.floats:
      return attribute.floats.map(Number);
    case attributeTypes.ints:
      return attribute.ints.map(whole);
    default:
      // graphs and others: whoever needs one refuses the node
      return undefined;
  }
}

async function nodeOf(
  node: NodeProto,
  beside: Beside,
  refuse: (why: string) => UserError,
): Promise<ModelNode> {
  const name = node.name || node.output[0] || node.opType;
  const bad = (why: string) => refuse(`node ${shown(name)}: ${why}`);
  if (node.domain !== '' && node.domain !== 'ai.onnx')
    throw bad(
      `operator ${shown(node.opType)} of the domain ${shown(node.domain)}, expected ONNX's own`,
    );
  const attributes = new Map<string, AttributeValue>();
  for (const attribute of node.attribute) {
    const value = await attributeOf(attribute, beside, bad);
    if (value !== undefined) attributes.set(attribute.name, value);
  }
  return { name, op: node.opType, inputs: node.input, outputs: node.output, attributes };
}

const described = ({
  name,
  type,
}: NonNullable<ModelProto['graph']>['input'][number]): ModelValue => ({
  name,
  shape: type?.tensorType?.shape?.dim.map(({ dimValue }) => whole(dimValue) || undefined),
});

/** Reads a regular file whole; throws a UserError for what is none or too large. */
async function readRegular(file: string, say: (why: string) => UserError): Promise<Buffer> {
  let handle: Awaited<ReturnType<typeof open>>;
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw say('no such file');
    throw say(messageOf(error));
  }
  try {
    const status = await handle.stat();
    if (!status.isFile()) throw say('not a regular file');
    if (status.size > MOST_BYTES) throw say(`${status.size} bytes, expected ${MOST_BYTES} at most`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Reads files beside a model, each once, and only those whose real path is in its folder. */
function filesBeside(
  file: string,
  taken: Map<string, Buffer>,
  bad: (why: string) => UserError,
): Beside {
  return async (location) => {
    const known = taken.get(location);
    if (known !== undefined) return known;
    const folder = await realpath(path.dirname(path.resolve(file)));
    const at = path.resolve(folder, location);
    const real = await realpath(at).catch(() => undefined);
    if (real === undefined)
      throw bad(`its weights are in ${shown(location)}, which is not beside it`);
    if (path.isAbsolute(location) || !real.startsWith(folder + path.sep))
      throw bad(`its weights are in ${shown(location)}, expected a file in its own folder`);
    const data = await readRegular(real, (why) => bad(`${shown(location)}: ${why}`));
    taken.set(location, data);
    return data;
  };
}

/** The files that a model reads: its own and those of weights beside it. */
function hashOf(model: Buffer, beside: ReadonlyMap<string, Buffer>): string {
  const own = createHash('sha256').update(model).digest('hex');
  if (beside.size === 0) return own;
  const all = createHash('sha256').update(own);
  for (const [location, data] of [...beside].sort(([a], [b]) => (a < b ? -1 : 1)))
    all.update(`${location} ${createHash('sha256').update(data).digest('hex')}`);
  return all.digest('hex');
}

function requireOpset(model: ModelProto, bad: (why: string) => UserError): number {
  const own = model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  if (own === undefined) throw bad('it names no version of its operators');
  const opset = whole(own.version);
  if (opset < OPSETS.first) throw bad(`opset ${opset}, expected ${OPSETS.first} to ${OPSETS.last}`);
  return opset;
}

/** Whether versions of operators are newer than those whose meaning is known. */
export const isNewer = (opset: number): boolean => opset > OPSETS.last;

/**
 * Reads an ONNX model and its weights.
 * Throws a UserError that names the file and what is wrong with it.
 */
export async function readModel(file: string): Promise<ModelFile> {
  const bytes = await readRegular(file, (why) => new UserError(`${file}: ${why}`));
  const bad = (why: string) => new UserError(`${file}: ${why}`);
  let model: ModelProto;
  try {
    model = decodeModel(bytes);
  } catch {
    throw bad('not an ONNX model, or damaged or truncated');
  }
  const { graph } = model;
  if (graph === null || graph.node.length === 0) throw bad('not an ONNX model: it has no nodes');
  if (graph.node.length > MOST_NODES)
    throw bad(`${graph.node.length} nodes, expected ${MOST_NODES} at most`);
  const opset = requireOpset(model, bad);
  const taken = new Map<string, Buffer>();
  const beside = filesBeside(file, taken, bad);
  const weights = new Map<string, Constant>();
  for (const tensor of graph.initializer) {
    if (weights.has(tensor.name)) throw bad(`two tensors are named ${shown(tensor.name)}`);
    weights.set(tensor.name, await constantOf(tensor, beside, bad));
  }
  const nodes: ModelNode[] = [];
  for (const node of graph.node) nodes.push(await nodeOf(node, beside, bad));
  return {
    file,
    sha256: hashOf(bytes, taken),
    producer: `${model.producerName} ${model.producerVersion}`.trim(),
    opset,
    nodes,
    constants: weights,
    inputs: graph.input.filter(({ name }) => !weights.has(name)).map(described),
    outputs: graph.output.map(described),
    half: graph.initializer.some(({ dataType }) => HALF.includes(dataType)),
  };
}
