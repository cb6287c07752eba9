// ONNX's own tests of its operators: what an operator makes of its first input is right, or it is refused by name. They are
// read from the folder that ONNX_TESTS names, such as data/node of Debian's package libonnx-testdata.
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { interpret } from '../engine/reference/interpreter.js';
import { UserError } from '../errors.js';
import { input, program, reshape } from '../graph/index.js';
import { sizeOf } from '../graph/shape.js';
import { type Constant, Refusal } from './constant.js';
import { folds } from './fold.js';
import { encodeModel } from './message.js';
import { type ModelFile, readModel } from './model-file.js';
import { requireInference } from './operations.js';
import { operatorOf } from './operators/index.js';
import { type Invocation, imagesOf, isConstant, planeOf, settled, type Value } from './value.js';

const folder = process.env.ONNX_TESTS ?? '';

/** Tests whose input is stored as whole numbers, though the model takes fractions. */
const unreadable = /BFLOAT16_to_FLOAT/;

/** Operators that are tested here alone. */
const copies = ['Identity', 'Dropout'];

interface Test {
  readonly model: ModelFile;
  readonly inputs: readonly (Constant | undefined)[];
  readonly outputs: readonly (Constant | undefined)[];
}

/** A tensor in a file of its own, read as the weight of a model. */
async function tensorIn(file: string, scratch: string): Promise<Constant | undefined> {
  const tensor = await readFile(file);
  const model = path.join(scratch, 'tensor.onnx');
  const empty = encodeModel({
    irVersion: 8,
    opsetImport: [{ domain: '', version: 13 }],
    graph: { node: [{ opType: 'Identity', input: ['x'], output: ['y'] }] },
  });
  // the graph with a field more: its initializer
  const graph = Buffer.concat([lengthFirst(5, tensor)]);
  await writeFile(model, Buffer.concat([empty, lengthFirst(7, graph)]));
  try {
    return [...(await readModel(model)).constants.values()][0];
  } catch {
    return undefined;
  }
}

/** A field of bytes in a message. */
function lengthFirst(field: number, bytes: Buffer): Buffer {
  const head = [(field << 3) | 2];
  let size = bytes.length;
  for (; size > 127; size = Math.floor(size / 128)) head.push((size % 128) + 128);
  return Buffer.concat([Buffer.from([...head, size]), bytes]);
}

async function testIn(name: string, scratch: string): Promise<Test> {
  const at = path.join(folder, name);
  const model = await readModel(path.join(at, 'model.onnx'));
  const data = path.join(at, 'test_data_set_0');
  const files = await readdir(data);
  const read = async (kind: string) => {
    const list: (Constant | undefined)[] = [];
    for (let i = 0; files.includes(`${kind}_${i}.pb`); i++)
      list.push(await tensorIn(path.join(data, `${kind}_${i}.pb`), scratch));
    return list;
  };
  return { model, inputs: await read('input'), outputs: await read('output') };
}

/** Whether numbers are the same to float32, infinities and what is no number included. */
function isNear(got: readonly number[], wanted: Constant['data']): boolean {
  let size = 1;
  for (const v of wanted) if (Number.isFinite(v)) size = Math.max(size, Math.abs(v));
  return (
    got.length === wanted.length &&
    got.every((v, n) => Object.is(v, wanted[n]) || Math.abs(v - wanted[n]!) <= 1e-4 * size)
  );
}

/** What a model of few nodes makes of its inputs, the first that holds fractions being computed. */
function computed({ model, inputs }: Test): (readonly number[] | undefined)[] {
  const values = new Map<string, Value>(model.constants);
  let image: Constant | undefined;
  model.inputs.forEach(({ name }, i) => {
    const given = inputs[i];
    if (given === undefined) throw new Refusal('has no tensor as input');
    if (image === undefined && given.type === 'float' && sizeOf(given.shape) > 0) {
      image = given;
      values.set(name, settled(input('x', [1, ...planeOf(given.shape)]), given.shape));
    } else values.set(name, given);
  });
  for (const node of model.nodes) {
    const reads = node.inputs.map((name) => values.get(name));
    while (reads.length > 0 && reads.at(-1) === undefined) reads.pop();
    const invocation: Invocation = {
      op: node.op,
      opset: model.opset,
      inputs: reads,
      attributes: node.attributes,
      outputs: node.outputs.length,
    };
    if (node.op === 'Dropout') requireInference(invocation);
    if (copies.includes(node.op)) {
      values.set(node.outputs[0]!, reads[0]!);
      continue;
    }
    const alone = reads.every((value) => value === undefined || isConstant(value));
    const compute = alone ? folds[node.op] : operatorOf(node.op);
    if (compute === undefined) throw new Refusal(`${node.op} is not known`);
    for (const [n, value] of [compute(invocation)].flat().entries())
      values.set(node.outputs[n] ?? '', value);
  }
  return model.outputs.map(({ name }) => {
    const value = values.get(name);
    // statistics and masks are for training
    if (value === undefined) return undefined;
    if (isConstant(value)) return [...value.data];
    const flat = reshape(value.tensor, [imagesOf(value), sizeOf(value.shape)]);
    return [...interpret(program({ y: flat }), image === undefined ? {} : { x: image.data }).y!];
  });
}

it.skipIf(!existsSync(folder))(
  'no operator is computed wrongly (needs ONNX_TESTS)',
  async () => {
    const scratch = await mkdtemp(path.join(tmpdir(), 'onnx-'));
    const wrong: string[] = [];
    const odd: string[] = [];
    let right = 0;
    for (const name of (await readdir(folder)).sort()) {
      if (unreadable.test(name)) continue;
      try {
        const test = await testIn(name, scratch);
        const got = computed(test);
        const bad = test.outputs.findIndex((output, i) => {
          const own = got[i];
          return output !== undefined && own !== undefined && !isNear(own, output.data);
        });
        if (bad >= 0) wrong.push(name);
        else right++;
      } catch (error) {
        // what the primitives refuse names them, and what they were given
        const refused =
          error instanceof Refusal ||
          error instanceof UserError ||
          /^\w+\(\[/.test((error as Error).message);
        if (!refused) odd.push(`${name}: ${(error as Error).message}`);
      }
    }
    await rm(scratch, { recursive: true });
    expect({ wrong, odd }).toEqual({ wrong: [], odd: [] });
    // as many as were right when this was written
    expect(right).toBeGreaterThanOrEqual(380);
  },
  600_000,
);
